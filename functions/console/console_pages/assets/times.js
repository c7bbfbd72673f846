// Times in the reader's zone and language, durations and countdowns. The server writes every time in UTC.
import { fill, words } from "./words.js";

// The page's language, in the reader's own region where the browser names one: it decides the order of day and month.
const page = document.documentElement.lang;
const language = navigator.languages.find((tag) => tag.startsWith(`${page}-`)) || (page === "en" ? "en-GB" : page);
const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }; // as logs and the mails tell time
const forms = {
  list: { day: "numeric", month: "short", ...clock },
  detail: { day: "numeric", month: "short", year: "numeric", ...clock },
  step: { ...clock, second: "2-digit" },
  event: { day: "numeric", month: "short", ...clock, second: "2-digit" },
  date: { day: "numeric", month: "long", year: "numeric" },
  until: { weekday: "short", day: "numeric", month: "short", ...clock },
};
const steps = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];

const LAST_MINUTES = 120; // seconds before a deadline in which every second is told

const ago = (when) => {
  const seconds = (Date.now() - when) / 1000;
  const [size, unit] = steps.find(([size]) => Math.abs(seconds) >= size) || [1, "second"];
  return new Intl.RelativeTimeFormat(language, { style: "short", numeric: "always" }).format(-Math.round(seconds / size), unit);
};

export const told = (when, form) => new Intl.DateTimeFormat(language, forms[form]).format(when);

export const localTimes = (root) => {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const when = new Date(time.dateTime);
    time.textContent = time.dataset.form === "ago" ? ago(when) : told(when, time.dataset.form);
    time.title = told(when, "detail");
  }
  for (const zone of root.querySelectorAll("[data-zone]")) zone.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
};

// Two units at most, such as 23 h 41 min; in the last minutes as a clock: 1:07.
export const left = (milliseconds) => {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  if (seconds <= LAST_MINUTES) return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
  if (minutes < 60) return fill(words.minutes, { minutes });
  if (minutes < 2880) return fill(words.hours, { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  return fill(words.days, { days: Math.floor(minutes / 1440), hours: Math.floor(minutes / 60) % 24 });
};

export const countdowns = (root) => {
  for (const place of root.querySelectorAll("[data-until]")) place.textContent = left(new Date(place.dataset.until) - Date.now());
};

// Looks again each 30 seconds, and each second where a deadline is near. Silent: no live region holds a countdown.
export const keepCountdowns = () => {
  const near = () => [...document.querySelectorAll("[data-until]")].some((place) => new Date(place.dataset.until) - Date.now() <= LAST_MINUTES * 1000);
  let turn = 0;
  setInterval(() => {
    turn += 1;
    if (turn % 30 === 0) {
      for (const time of document.querySelectorAll("time[data-form=ago]")) time.textContent = ago(new Date(time.dateTime));
    }
    if (turn % 30 === 0 || near()) countdowns(document);
  }, 1000);
};
