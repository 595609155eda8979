// A choice among a few things, each with a sentence: radio buttons, so that the arrow keys move among them.
export default {
  template: `
    <fieldset class="cards" :class="{ columns }">
      <legend :class="{ unseen: quiet }">{{ label }}</legend>
      <label v-for="o in options" :key="o.key" class="choice" :class="{ chosen: o.key === chosen, off: o.obstacle }">
        <input type="radio" :name="id" :id="id + '-' + o.key" :value="o.key" :checked="o.key === chosen"
          :disabled="!!o.obstacle" @change="choose(o.key)">
        <span><b>{{ o.title }}</b><span v-if="o.sentence" class="note">{{ o.sentence }}</span>
        <span v-if="o.obstacle" class="note obstacle">{{ o.obstacle }}</span></span>
      </label>
    </fieldset>`,
  props: { id: String, label: String, options: Array, value: String, quiet: Boolean, columns: Boolean },
  emits: ["chosen"],
  data() {
    return { chosen: this.value };
  },
  methods: {
    choose(key) {
      this.chosen = key;
      this.$emit("chosen", key);
    },
  },
};
