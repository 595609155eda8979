// A labelled field of a form with what is wrong with it. What is typed lives here: nothing from the server overwrites it.
const DELAY = 250; // ms after the last key, until the server is told

export default {
  template: `
    <div class="ask" :class="{ bad: fault, bare, wide }">
      <label v-if="kind === 'check'" class="check"><input type="checkbox" :id="id" :checked="text === true"
        :aria-describedby="described" @change="leave($event.target.checked)"> {{ label }}</label>
      <template v-else>
        <label :for="id" :class="{ unseen: bare }">{{ label }}</label>
        <select v-if="kind === 'select'" class="field" :id="id" :value="text" :aria-describedby="described"
          :aria-invalid="fault ? 'true' : undefined" @change="leave($event.target.value)">
          <option v-for="o in options" :key="o[0]" :value="o[0]">{{ o[1] }}</option>
        </select>
        <textarea v-else-if="kind === 'area'" class="field" :class="{ mono }" :id="id" :value="text" :rows="rows"
          :placeholder="example" :aria-describedby="described" :aria-invalid="fault ? 'true' : undefined"
          spellcheck="false" autocomplete="off" @input="type($event.target.value)" @blur="leave($event.target.value)"></textarea>
        <input v-else class="field" :class="{ mono }" :id="id" :value="text" :placeholder="example"
          :inputmode="kind === 'number' ? 'decimal' : undefined" :list="options.length ? id + '-known' : undefined"
          :aria-describedby="described" :aria-invalid="fault ? 'true' : undefined" spellcheck="false" autocomplete="off"
          autocapitalize="off" @input="type($event.target.value)" @change="leave($event.target.value)"
          @blur="leave($event.target.value)">
        <datalist v-if="kind !== 'select' && options.length" :id="id + '-known'"><option v-for="o in options"
          :key="o[0]" :value="o[0]"></option></datalist>
      </template>
      <p v-if="hint" class="note" :id="id + '-hint'">{{ hint }}</p>
      <p v-if="fault" class="fault" :id="id + '-fault'">{{ fault }}</p>
      <p v-else-if="doubt" class="doubt" :id="id + '-doubt'">{{ doubt }}</p>
    </div>`,
  props: {
    id: String, label: String, kind: String, value: [String, Boolean], options: Array, example: String, hint: String,
    fault: String, doubt: String, bare: Boolean, wide: Boolean, mono: Boolean, rows: Number,
  },
  emits: ["typed", "left"],
  data() {
    return { text: this.value, told: this.value, left: false };
  },
  computed: {
    described() {
      const ids = [this.hint && "hint", this.fault ? "fault" : this.doubt && "doubt"].filter(Boolean);
      return ids.map((each) => `${this.id}-${each}`).join(" ") || undefined;
    },
  },
  beforeUnmount() {
    if (this.timer) this.tell();
  },
  methods: {
    type(text) {
      this.text = text;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.tell(), DELAY);
    },
    tell() {
      clearTimeout(this.timer);
      this.timer = null;
      this.told = this.text;
      this.$emit("typed", this.text);
    },
    leave(text) {
      clearTimeout(this.timer);
      this.timer = null;
      if (this.left && text === this.told) return; // blur after change
      this.text = this.told = text;
      this.left = true;
      this.$emit("left", text);
    },
    put(text) {
      this.text = this.told = text;
    },
  },
};
