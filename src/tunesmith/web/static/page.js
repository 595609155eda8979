// Keys that work on every page, and the buttons of the header. "g" waits for a second letter.
(() => {
  const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable], .cm-editor");
  const go = (path) => () => location.assign(path);
  const focusSearch = () => {
    const field = document.querySelector("[data-search] input, input[data-search]");
    if (field) { field.focus(); field.select?.(); } else go("/ui/search")();
  };
  const showKeys = () => document.getElementById("keys")?.showModal();
  const keys = { "/": focusSearch, n: go("/ui/new"), "?": showKeys, t: () => tunesmithTheme.next() };
  const afterG = { j: go("/ui/"), n: go("/ui/new"), s: go("/ui/search"), c: go("/ui/compare") };
  let since = 0;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open], .q-dialog")) return;
    const action = Date.now() - since < 1000 ? afterG[event.key] : keys[event.key];
    since = event.key === "g" ? Date.now() : 0;
    if (action) { event.preventDefault(); action(); }
  });
  addEventListener("click", (event) => {
    if (event.target.closest?.("[data-theme-switch]")) tunesmithTheme.next();
    if (event.target.closest?.("[data-show-keys]")) showKeys();
  });
  addEventListener("load", () => {
    tunesmithTheme.apply();
    document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
})();
