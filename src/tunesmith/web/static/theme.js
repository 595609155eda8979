// The theme, before anything is painted: what the visitor chose ("dark" or "light"), else what the system has.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return localStorage.getItem("tunesmith-theme") || "auto"; } catch { return "auto"; }
  };
  const apply = () => {
    const theme = chosen() === "auto" ? (system.matches ? "dark" : "light") : chosen();
    document.documentElement.dataset.theme = theme;
    document.documentElement.dataset.themeChoice = chosen();
    window.Quasar?.Dark.set(theme === "dark");
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      const name = `Theme: ${chosen()}`;
      button.setAttribute("aria-label", name);
      button.title = name;
    }
  };
  system.addEventListener("change", apply);
  addEventListener("storage", apply);
  window.tunesmithTheme = { apply, next() {
    const order = ["auto", "light", "dark"];
    try { localStorage.setItem("tunesmith-theme", order[(order.indexOf(chosen()) + 1) % 3]); } catch { /* private */ }
    apply();
  } };
  apply();
})();
