// The choices of the account menu: theme and language.
export const choices = () => {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    const mark = () => button.setAttribute("aria-pressed", String(document.documentElement.dataset.theme === button.dataset.themeChoice));
    mark();
    button.addEventListener("click", () => {
      localStorage.setItem("theme", button.dataset.themeChoice);
      dispatchEvent(new Event("storage"));
      document.querySelectorAll("[data-theme-choice]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    });
  }
  for (const button of document.querySelectorAll("[data-language-choice]")) {
    button.addEventListener("click", () => {
      const secure = location.protocol === "https:";
      document.cookie = `${secure ? "__Host-" : ""}language=${button.dataset.languageChoice}; path=/; max-age=31536000; samesite=lax${secure ? "; secure" : ""}`;
      location.reload();
    });
  }
};
