const MOST = 5000; // lines that are kept in the page

const plain = (text) => text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/^.*\r(?!$)/, "");

export default {
  template: `
    <div class="log">
      <form class="bar" role="search" @submit.prevent="jump(1)">
        <input class="field search" type="search" :aria-label="'Search in the ' + label" placeholder="Search in the log"
          spellcheck="false" autocomplete="off" v-model="text" @input="typed" data-log-search>
        <button class="button" type="button" @click="jump(-1)" aria-label="Match before" title="Match before">↑</button>
        <button class="button" type="submit" aria-label="Next match" title="Next match (Enter)">↓</button>
        <span class="quiet" role="status">{{ told }}</span>
        <span class="push bar">
          <label class="check"><input type="checkbox" v-model="wraps"> Wrap lines</label>
          <label class="check" v-if="open"><input type="checkbox" v-model="follows" @change="follows && toEnd()"> Follow</label>
          <button class="button" type="button" @click="toStart">Start</button>
          <button class="button" type="button" @click="toEnd">End</button>
          <a class="button" :href="address + '/log.txt'" download v-if="size">Download</a>
        </span>
      </form>
      <div class="log-lines" :class="{ wraps }" ref="box" tabindex="0" role="log" aria-live="off" :aria-label="label" @scroll.passive="scrolled">
        <p v-if="!lines.length" class="quiet">{{ empty }}</p>
        <div v-for="l in lines" :key="l.at" :data-at="l.at" class="line" :class="{ current: l.at === current }"><template
          v-for="p in pieces(l.text)"><mark v-if="p.found">{{ p.text }}</mark><template v-else>{{ p.text }}</template></template></div>
      </div>
    </div>`,
  props: { label: String, address: String, grows: Boolean },
  data() {
    return {
      lines: [], start: 0, end: 0, size: 0, text: "", sought: "", matches: [], place: -1, current: -1,
      following: null, searching: false, follows: this.grows, wraps: true, open: this.grows, ready: false,
    };
  },
  computed: {
    told() {
      if (this.searching) return "Searching …";
      if (!this.sought) return "";
      if (!this.matches.length) return "No line has it";
      const more = this.following === null ? "" : "+";
      const count = this.matches.length.toLocaleString("en") + more;
      return (this.place < 0 ? "" : this.place + 1 + " of ") + count + (count === "1" ? " line" : " lines");
    },
    empty() {
      if (!this.ready) return "Loading …";
      return this.open ? "No output yet. It appears here as it is written." : "The training job has written no output.";
    },
  },
  mounted() { this.toEnd(); },
  unmounted() { clearTimeout(this.waiting); },
  methods: {
    async fetched(path, query) {
      const response = await fetch(this.address + path + "?" + new URLSearchParams(query));
      if (!response.ok) throw new Error("the log cannot be read: " + response.status);
      return response.json();
    },
    made(answer) {
      return answer.lines.map(([at, text]) => ({ at, text: plain(text) }));
    },
    take(answer) {
      this.size = answer.size;
      this.ready = true;
      return this.made(answer);
    },
    show(answer) {
      this.lines = this.take(answer);
      [this.start, this.end] = [answer.start, answer.end];
    },
    async toEnd() {
      this.show(await this.fetched("/log", { before: -1 }));
      await this.$nextTick();
      if (this.$refs.box) this.$refs.box.scrollTop = this.$refs.box.scrollHeight;
    },
    async toStart() {
      this.follows = false;
      this.show(await this.fetched("/log", { after: 0 }));
      await this.$nextTick();
      this.$refs.box.scrollTop = 0;
    },
    async later() {
      const answer = await this.fetched("/log", { after: this.end });
      if (answer.start !== this.end) return false;
      const more = this.take(answer);
      this.lines = [...this.lines, ...more].slice(-MOST);
      if (more.length) [this.start, this.end] = [this.lines[0].at, answer.end];
      return more.length > 0;
    },
    async earlier() {
      const answer = await this.fetched("/log", { before: this.start });
      const more = this.take(answer);
      if (!more.length) return;
      const box = this.$refs.box, below = box.scrollHeight - box.scrollTop;
      this.lines = [...more, ...this.lines];
      this.start = answer.start;
      if (this.lines.length > MOST) {
        this.end = this.lines[MOST].at;
        this.lines = this.lines.slice(0, MOST);
      }
      await this.$nextTick();
      box.scrollTop = box.scrollHeight - below;
    },
    async alone(action) { // one at a time
      if (this.busy) return;
      this.busy = true;
      try { return await action(); } finally { this.busy = false; }
    },
    scrolled() {
      const box = this.$refs.box;
      const fromEnd = box.scrollHeight - box.scrollTop - box.clientHeight;
      if (this.follows && fromEnd > 80) this.follows = false;
      if (box.scrollTop < 200 && this.start > 0) this.alone(() => this.earlier());
      else if (fromEnd < 200 && this.end < this.size) this.alone(() => this.later());
    },
    async grow(toTheEnd) {
      if (toTheEnd) this.open = false;
      if (!this.follows) {
        this.size = Math.max(this.size, this.end + 1); // scrolling down fetches more
        if (this.ready && this.lines.length) return;
      }
      await this.alone(async () => {
        while (await this.later()) await this.$nextTick();
        if (this.follows && this.$refs.box) this.$refs.box.scrollTop = this.$refs.box.scrollHeight;
      });
    },
    typed() {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.search(), 250);
    },
    search() { // the same search is made once, however often it is asked for
      const text = this.text.trim();
      if (text !== this.sought) {
        [this.sought, this.matches, this.place, this.current, this.following] = [text, [], -1, -1, null];
        this.found = text ? this.more(0) : null;
      }
      return this.found;
    },
    async more(after) {
      const text = this.sought;
      this.searching = true;
      const before = this.matches.length;
      try {
        do {
          const found = await this.fetched("/log-search", { text, after });
          if (text !== this.sought) return;
          this.matches.push(...found.matches);
          this.following = after = found.next;
        } while (after !== null && this.matches.length === before);
      } finally {
        if (text === this.sought) this.searching = false;
      }
    },
    async jump(step) {
      await this.search();
      if (step > 0 && this.place + 1 >= this.matches.length && this.following !== null) await this.more(this.following);
      const count = this.matches.length;
      if (!count) return;
      this.place = this.place < 0 && step < 0 ? count - 1 : (this.place + step + count) % count;
      this.follows = false;
      await this.goTo(this.matches[this.place]);
    },
    async goTo(at) {
      if (!this.lines.some((line) => line.at === at)) {
        const before = at ? await this.fetched("/log", { before: at }) : { lines: [] };
        this.show(await this.fetched("/log", { after: at }));
        if (before.lines.length) {
          this.lines = [...this.made(before).slice(-50), ...this.lines];
          this.start = this.lines[0].at;
        }
      }
      this.current = at;
      await this.$nextTick();
      const box = this.$refs.box, line = box.querySelector(`[data-at="${at}"]`);
      if (line) box.scrollTop = line.offsetTop - box.clientHeight / 3;
    },
    pieces(text) {
      if (!this.sought) return [{ text }];
      const found = [], low = text.toLowerCase(), sought = this.sought.toLowerCase();
      let from = 0;
      for (let at = low.indexOf(sought); at >= 0 && low.length === text.length; at = low.indexOf(sought, from)) {
        if (at > from) found.push({ text: text.slice(from, at) });
        from = at + sought.length;
        found.push({ text: text.slice(at, from), found: true });
      }
      if (from < text.length || !found.length) found.push({ text: text.slice(from) });
      return found;
    },
  },
};
