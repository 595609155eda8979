// A file that is sent to the server as it is, with how far it has come.
export default {
  template: `
    <div class="upload" :class="{ over }" @dragover.prevent="over = true" @dragleave="over = false" @drop.prevent="dropped">
      <input ref="input" type="file" class="unseen" tabindex="-1" aria-hidden="true" :accept="accept" @change="picked">
      <button type="button" class="button" :id="id" :disabled="share !== null" @click="$refs.input.click()">{{ label }}</button>
      <span v-if="share === null" class="note">or drop it here</span>
      <span v-else class="sending" role="status"><span class="meter" aria-hidden="true"><span :style="{ width: share * 100 + '%' }"></span></span>
        <span class="note">{{ name }}: {{ Math.round(share * 100) }} %</span></span>
      <p v-if="fault" class="fault" role="alert">{{ fault }}</p>
    </div>`,
  props: { id: String, label: String, accept: String, address: String, largest: Number },
  emits: ["uploaded"],
  data() {
    return { over: false, share: null, name: "", fault: "" };
  },
  methods: {
    picked(event) {
      const file = event.target.files[0];
      event.target.value = "";
      if (file) this.send(file);
    },
    dropped(event) {
      this.over = false;
      const file = event.dataTransfer.files[0];
      if (file && this.share === null) this.send(file);
    },
    send(file) {
      this.fault = "";
      if (file.size > this.largest) {
        this.fault = `${file.name} is larger than ${this.largest / 2 ** 20} MiB; put it on the server and give its path instead`;
        return;
      }
      this.name = file.name;
      this.share = 0;
      const request = new XMLHttpRequest();
      request.upload.onprogress = (event) => { if (event.total) this.share = event.loaded / event.total; };
      request.onerror = () => this.failed("the server did not answer; try again");
      request.onload = () => {
        if (request.status !== 200) return this.failed(request.responseText || request.statusText);
        this.share = null;
        this.$emit("uploaded", JSON.parse(request.responseText).path);
      };
      request.open("POST", `${this.address}?name=${encodeURIComponent(file.name)}`);
      request.setRequestHeader("content-type", "application/octet-stream");
      request.send(file);
    },
    failed(why) {
      this.share = null;
      this.fault = `${this.name} was not sent: ${why}`;
    },
  },
};
