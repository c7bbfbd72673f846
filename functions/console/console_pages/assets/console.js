// Small live parts of every page. Texts come from the server; nothing here builds a sentence.
const language = document.documentElement.lang;
const forms = {
  list: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  detail: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
  step: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  date: { day: "numeric", month: "long", year: "numeric" },
};
const steps = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];

const ago = (when) => {
  const seconds = (Date.now() - when) / 1000;
  const [size, unit] = steps.find(([size]) => Math.abs(seconds) >= size) || [1, "second"];
  return new Intl.RelativeTimeFormat(language, { style: "short", numeric: "always" }).format(-Math.round(seconds / size), unit);
};

export const localTimes = (root) => {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const when = new Date(time.dateTime);
    const exact = new Intl.DateTimeFormat(language, forms.detail).format(when);
    time.textContent = time.dataset.form === "ago" ? ago(when) : new Intl.DateTimeFormat(language, forms[time.dataset.form]).format(when);
    time.title = exact;
  }
  for (const zone of root.querySelectorAll("[data-zone]")) zone.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
};

const choices = () => {
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

localTimes(document);
choices();
