// Sets the theme before the first paint: the stored choice, else the system's.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => localStorage.getItem("theme") || "system";
  const apply = () => {
    const choice = stored();
    root.dataset.bsTheme = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    root.dataset.theme = choice;
  };
  apply();
  root.dataset.scripts = "run";
  dark.addEventListener("change", apply);
  addEventListener("storage", apply);
})();
