import { echarts } from "nicegui-echart";

// Options with the colours of the theme in the place of their names, and JavaScript in the place of its text.
function resolved(node, style) {
  if (typeof node === "string") {
    const name = node.match(/^var\((--[\w-]+)\)$/);
    return name ? style.getPropertyValue(name[1]).trim() : node;
  }
  if (Array.isArray(node)) {
    return node.length && typeof node[0] === "number" ? node : node.map((item) => resolved(item, style));
  }
  if (node === null || typeof node !== "object") return node;
  const result = {};
  for (const [key, value] of Object.entries(node)) {
    if (key.startsWith(":")) result[key.slice(1)] = new Function(`return (${value})`)();
    else result[key] = resolved(value, style);
  }
  return result;
}

const EVENTS = ["click", "datazoom", "brushEnd", "brushselected", "axisareaselected", "legendselectchanged"];

export default {
  template: '<div role="img" :aria-label="label"></div>',
  props: { options: Object, label: String, enable3d: Boolean, renderer: String, theme: String },
  async mounted() {
    this.drawn = JSON.stringify(this.options);
    this.merged = new Map(); // what was put on top, the latest of each shape
    this.areas = new Map(); // what is chosen on each axis of parallel coordinates
    this.motion = matchMedia("(prefers-reduced-motion: reduce)");
    this.chart = echarts.init(this.$el, null, { renderer: this.renderer });
    for (const event of EVENTS) this.chart.on(event, (e) => this.$emit(event === "click" ? "componentClick" : `chart:${event}`, e));
    this.chart.on("axisareaselected", (e) => this.areas.set(e.parallelAxisId, e.intervals ?? []));
    this.chart.on("finished", () => this.tint());
    this.resizing = new ResizeObserver(() => this.chart?.resize());
    this.resizing.observe(this.$el);
    this.theming = new MutationObserver(() => this.redraw());
    this.theming.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    this.redraw();
  },
  beforeUnmount() {
    this.resizing?.disconnect();
    this.theming?.disconnect();
    this.chart?.dispose();
    this.chart = null;
  },
  methods: {
    style() { return getComputedStyle(document.documentElement); },
    base(style) {
      const text = style.getPropertyValue("--text").trim();
      return {
        animation: !this.motion.matches,
        animationDuration: 200,
        textStyle: { color: text, fontFamily: getComputedStyle(document.body).fontFamily },
      };
    },
    redraw() {
      if (!this.chart) return;
      const style = this.style();
      this.chart.setOption({ ...this.base(style), ...resolved(this.options, style) }, { notMerge: true });
      for (const options of this.merged.values()) this.chart.setOption(resolved(options, style));
      for (const [axis, intervals] of this.areas) this.choose(axis, intervals);
      this.chart.setOption({}); // or what was chosen last would not be drawn: ECharts takes it for drawn by hand
      this.named = "";
      this.name();
    },
    update_chart() {
      const options = JSON.stringify(this.options);
      if (options === this.drawn) return; // only a class or a style has changed, such as whether it is shown
      this.drawn = options;
      this.merged.clear();
      this.redraw();
    },
    merge(options) {
      if (!this.chart) return setTimeout(() => this.merge(options), 20);
      this.keep(options);
      this.chart.setOption(resolved(options, this.style()));
      this.name();
    },
    select(axis, intervals) {
      if (!this.chart) return setTimeout(() => this.select(axis, intervals), 20);
      this.choose(axis, intervals);
      this.chart.setOption({}); // as above
    },
    choose(parallelAxisId, intervals) {
      this.chart.dispatchAction({ type: "axisAreaSelect", parallelAxisId, intervals });
    },
    tint() { // ECharts draws what was not chosen by hand in colours of its own, and has no option for them
      const wanted = this.chart && this.style().getPropertyValue("--accent").trim();
      for (const axis of wanted && this.areas.size ? this.chart.getModel().queryComponents({ mainType: "parallelAxis" }) : []) {
        for (const cover of this.chart.getViewOfComponentModel?.(axis)?._brushController?._covers ?? []) {
          const main = cover.childOfName?.("main");
          if (main && main.style.fill !== wanted) main.setStyle({ fill: wanted, stroke: wanted, lineWidth: 1, opacity: 0.25 });
        }
      }
    },
    extend(id, points) {
      if (!this.chart) return setTimeout(() => this.extend(id, points), 20);
      const known = this.chart.getOption().series?.find((series) => series.id === id);
      const options = { series: [{ id, data: [...(known?.data ?? []), ...points] }] };
      this.keep(options);
      this.chart.setOption(options);
      this.name();
    },
    name() { // in the legend, only the series in which there is something
      const model = this.chart.getModel(), names = new Set();
      if (!model.getComponent("legend")?.get("show")) return;
      model.eachSeries((series) => series.getData().count() && names.add(series.name));
      const named = JSON.stringify([...names]);
      if (named === this.named) return;
      this.named = named;
      this.chart.setOption({ legend: { data: [...names] } });
    },
    keep(options) {
      const shape = JSON.stringify([Object.keys(options), options.series?.map((each) => [each.id, Object.keys(each)])]);
      this.merged.delete(shape);
      this.merged.set(shape, options);
    },
    run_chart_method(name, ...args) {
      return runMethod(this.chart, name, args);
    },
  },
};
