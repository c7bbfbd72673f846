// Keeps #live as the server has it: polls, replaces, tells each change once, and says when the connection is lost.
import { noteFrom } from "./notes.js";
import { request } from "./send.js";
import { countdowns, localTimes, told } from "./times.js";
import { say, words } from "./words.js";

const PACES = [[30, 1], [120, 2], [600, 5], [Infinity, 30]]; // up to that age of the page in s: seconds between polls
const FIRST_RETRY = 2, LONGEST_RETRY = 30; // seconds after a failed poll: 2, 4, 8 … 30
const FAILURES_TOLD = 2; // one lost poll is no news

export const live = (root) => {
  const opened = Date.now();
  const place = document.getElementById("connection");
  let tag = root.parentElement.dataset.tag, failures = 0, timer = 0, polling = false, again = false, updated = new Date(), spoken = root.dataset.say, retryAt = 0, stopped = false;

  const settled = () => root.dataset.settled === "true";

  const pace = () => {
    const age = (Date.now() - opened) / 1000;
    return PACES.find(([until]) => age < until)[1] * 1000;
  };

  const plan = (milliseconds) => {
    clearTimeout(timer);
    if (!settled() && !stopped && !document.hidden) timer = setTimeout(poll, milliseconds);
  };

  const replace = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("live");
    if (!fresh) throw new Error("not the live part");
    const focused = root.contains(document.activeElement) ? document.activeElement.id : null;
    Object.assign(root.dataset, fresh.dataset);
    root.replaceChildren(...fresh.childNodes);
    localTimes(root);
    countdowns(root);
    if (focused !== null) (document.getElementById(focused) || document.getElementById("what")).focus();
    document.title = root.dataset.title;
    if (root.dataset.say !== spoken) say(root.dataset.say);
    spoken = root.dataset.say;
    root.dispatchEvent(new Event("replaced", { bubbles: true }));
  };

  const back = () => {
    updated = new Date();
    if (failures >= FAILURES_TOLD) say(words.connected);
    failures = 0;
    place.replaceChildren();
  };

  const lost = () => {
    failures += 1;
    const most = Math.min(LONGEST_RETRY, FIRST_RETRY ** failures) * 1000;
    const wait = most / 2 + Math.random() * (most / 2);
    retryAt = Date.now() + wait;
    if (failures >= FAILURES_TOLD) tellLost();
    plan(wait);
  };

  const tellLost = () => {
    if (!place.firstElementChild) {
      place.replaceChildren(noteFrom("connection-lost"));
      place.querySelector("button").addEventListener("click", poll);
      say(words.lost);
    }
    place.querySelector("[data-last]").textContent = told(updated, "step");
    seconds();
  };

  const seconds = () => {
    const shown = place.querySelector("[data-seconds]");
    if (shown) shown.textContent = String(Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)));
  };

  const signedOut = () => {
    stopped = true;
    place.replaceChildren(noteFrom("signed-out"));
    say(words.signedOut);
  };

  const poll = async () => {
    if (polling) { again = true; return; }
    polling = true;
    clearTimeout(timer);
    try {
      const answer = await request(root.dataset.address, { headers: tag ? { "If-None-Match": tag } : {} });
      if (answer.status === 401) return signedOut();
      if (answer.status !== 304 && answer.status !== 200) throw new Error(String(answer.status));
      if (answer.status === 200) {
        replace(await answer.text());
        tag = answer.headers.get("ETag") || "";
      }
      back();
      plan(pace());
    } catch {
      lost();
    } finally {
      polling = false;
      if (again) { again = false; poll(); }
    }
    return undefined;
  };

  const wake = () => {
    clearTimeout(timer);
    if (!settled() && !stopped && !document.hidden) poll();
  };

  document.addEventListener("visibilitychange", wake);
  document.addEventListener("look", poll);
  addEventListener("online", wake);
  addEventListener("pageshow", (event) => { if (event.persisted) wake(); });
  setInterval(seconds, 1000);
  plan(pace());
};
