const UNITS = [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]];

function duration(seconds) {
  const left = Math.max(0, Math.floor(seconds));
  for (const [size, unit, smaller, smallerUnit] of UNITS) {
    if (left >= size) {
      const rest = Math.floor((left % size) / smaller);
      return `${Math.floor(left / size)} ${unit}` + (rest ? ` ${rest} ${smallerUnit}` : "");
    }
  }
  return `${left} s`;
}

export default {
  template: `
    <div class="table-frame" tabindex="0" role="region" :aria-label="caption">
    <table class="table">
      <caption class="unseen">{{ caption }}</caption>
      <thead><tr>
        <th v-for="c in columns" :key="c.key" scope="col" :class="'to-' + c.align" :aria-sort="order(c)">
          <button v-if="c.sortable" type="button" class="sort" @click="$emit('sort', c.key)">{{ c.label }}<span
            class="arrow" aria-hidden="true">{{ arrow(c) }}</span></button>
          <template v-else>{{ c.label }}</template>
        </th>
      </tr></thead>
      <tbody>
        <tr v-for="r in shown" :key="r.id" :data-row="r.id" :class="{ fresh: fresh.has(r.id) }">
          <td v-for="c in columns" :key="c.key" :class="['to-' + c.align, 'kind-' + c.kind]">
            <template v-for="v in [value(r, c)]">
              <a v-if="c.kind === 'link'" :href="v.href">{{ v.text }}</a>
              <span v-else-if="c.kind === 'status'" class="badge" :class="v.tone">{{ v.text }}</span>
              <span v-else-if="c.kind === 'tags'" class="tags"><span v-for="t in v.items" class="tag"
                :class="t.tone">{{ t.text }}</span></span>
              <svg v-else-if="c.kind === 'spark' && v.path" class="spark" width="112" height="28" viewBox="0 0 112 28"
                role="img" :aria-label="v.label"><path :d="v.path" /><circle :cx="v.x" :cy="v.y" r="2.5" /></svg>
              <template v-else-if="c.kind === 'progress'">
                <span class="meter" :class="v.tone" aria-hidden="true"><span :style="{ width: v.share * 100 + '%' }"></span></span>
                <span>{{ v.text }}</span>
              </template>
              <span v-else-if="c.kind === 'clock'" :title="v.title">{{ v.since ? since(v.since) : v.text }}</span>
              <span v-else :title="v.title">{{ v.text }}</span>
              <span v-if="v.note" class="note">{{ v.note }}</span>
            </template>
          </td>
        </tr>
      </tbody>
    </table>
    </div>`,
  props: { caption: String, columns: Array, rows: Array, sort: String, descending: Boolean },
  emits: ["sort"],
  data() {
    return { shown: this.rows, fresh: new Set(), now: Date.now() };
  },
  watch: {
    rows(rows) { this.shown = rows; },
  },
  mounted() {
    this.clock = setInterval(() => {
      if (!document.hidden && this.columns.some((c) => c.kind === "clock")) this.now = Date.now();
    }, 1000);
  },
  unmounted() {
    clearInterval(this.clock);
  },
  methods: {
    value(row, column) {
      const cell = row.cells[column.key];
      return cell && typeof cell === "object" ? cell : { text: cell ?? "" };
    },
    order(column) {
      if (!column.sortable) return undefined;
      if (column.key !== this.sort) return "none";
      return this.descending ? "descending" : "ascending";
    },
    arrow(column) {
      return column.key !== this.sort ? "" : this.descending ? "↓" : "↑";
    },
    since(start) {
      return duration((Math.max(this.now, start) - start) / 1000);
    },
    patch(rows) {
      const changed = new Map(rows.map((r) => [r.id, r]));
      this.shown = this.shown.map((r) => changed.get(r.id) ?? r);
      this.fresh = new Set(changed.keys());
      clearTimeout(this.fading);
      this.fading = setTimeout(() => { this.fresh = new Set(); }, 1200);
    },
  },
};
