// An input whose text lives here: an update of the page does not put back what it was made with.
export default {
  template: `<input :value="text" autocomplete="off" spellcheck="false" @input="type($event.target.value)">`,
  props: { value: String, delay: Number },
  emits: ["typed"],
  data() {
    return { text: this.value };
  },
  unmounted() {
    clearTimeout(this.waiting);
  },
  methods: {
    type(text) {
      this.text = text;
      clearTimeout(this.waiting);
      if (!this.delay) this.$emit("typed", text);
      else this.waiting = setTimeout(() => this.$emit("typed", text), this.delay);
    },
    put(text) {
      clearTimeout(this.waiting);
      this.text = text;
    },
  },
};
