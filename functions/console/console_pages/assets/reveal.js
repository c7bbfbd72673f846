// Shows a passcode for 60 seconds. It lives in this closure and in #pc-value, in nothing else: no attribute, input,
// storage, title or live region ever holds it, and it is wiped when it is hidden, and when the page is left,
// frozen or printed.
import { showProblem } from "./notes.js";
import { minutesToWait, sendOnce } from "./send.js";
import { left } from "./times.js";
import { fill, say, words } from "./words.js";

const SHOWN = 60000; // milliseconds
const WARNED = 20000; // milliseconds before the end at which the end is announced
const SHORTEST = 3; // characters of a reason; the server asks for the same
const DIGIT_GROUP = 4, MIXED_GROUP = 3; // as the mails group it

const spoken = (character) => {
  const word = words.phonetic[character.toLowerCase()] || character;
  if (!/[a-z]/i.test(character)) return word;
  return fill(character === character.toUpperCase() ? words.capital : words.small, { word });
};

const box = (character) => {
  const place = document.createElement("span");
  place.className = "pc-box";
  const sign = Object.assign(document.createElement("span"), { className: "pc-sign", textContent: character });
  sign.setAttribute("aria-hidden", "true"); // only the word is read: a screen reader may call O and 0 the same
  place.append(sign, Object.assign(document.createElement("span"), { className: "pc-word", textContent: spoken(character) }));
  return place;
};

const groups = (passcode) => {
  const size = /^[0-9]+$/.test(passcode) ? DIGIT_GROUP : MIXED_GROUP;
  const found = [];
  for (let start = 0; start < passcode.length; start += size) {
    const group = document.createElement("span");
    group.className = "pc-group";
    group.append(...[...passcode.slice(start, start + size)].map(box));
    found.push(group);
  }
  return found;
};

export const reveal = (root) => {
  const part = (id) => document.getElementById(id);
  const value = part("pc-value"), reason = part("pc-reason"), problems = part("pc-problems");
  let until = 0, timer = 0, warned = false, busy = false, wanted = 0;

  const state = (name) => {
    for (const each of root.querySelectorAll("[data-state]")) each.hidden = each.dataset.state !== name;
  };

  const clear = () => {
    clearInterval(timer);
    const inside = root.contains(document.activeElement);
    value.replaceChildren();
    value.setAttribute("aria-label", words.passcode);
    state("hidden");
    return inside;
  };

  const wipe = () => {
    wanted += 1; // an answer that is still on its way belongs to nobody
    reason.value = "";
    return clear();
  };

  const hide = () => {
    const inside = wipe();
    say(words.hidden);
    if (inside) part("pc-show").focus();
  };

  const tick = () => {
    const rest = until - Date.now();
    if (rest <= 0) {
      if (busy) clear(); // the next 60 seconds are on their way
      else hide();
      return;
    }
    part("pc-left").textContent = left(rest);
    if (rest <= WARNED && !warned) { warned = true; say(words.hiddenSoon); }
  };

  const show = (passcode) => {
    value.replaceChildren(...groups(passcode));
    value.setAttribute("aria-label", fill(words.characters, { count: passcode.length }));
    until = Date.now() + SHOWN;
    warned = false;
    clearInterval(timer);
    timer = setInterval(tick, 250);
    state("shown");
    tick();
    value.focus();
  };

  const failed = (answer) => {
    if (answer.status === 404 || answer.status === 410 || answer.status === 400) { location.reload(); return; }
    const id = answer.status === 401 ? "pc-problem-signed-out" : answer.status === 403 ? "pc-problem-role" : answer.status === 429 ? "pc-problem-many" : "pc-problem";
    showProblem(problems, id, { minutes: minutesToWait(answer) });
  };

  // Each call is a new audited reading, so it is never repeated by itself.
  const load = async () => {
    if (busy) return;
    busy = true;
    problems.replaceChildren();
    const mine = wanted += 1;
    const answer = await sendOnce("POST", root.dataset.address, JSON.stringify({ reason: reason.value.trim() }));
    busy = false;
    if (mine !== wanted || document.hidden) return; // the page was left meanwhile
    if (answer.status === 200 && answer.body) show(answer.body.passcode);
    else failed(answer);
  };

  const wrong = (isWrong) => {
    reason.setAttribute("aria-invalid", String(isWrong));
    part("pc-reason-error").hidden = !isWrong;
    if (isWrong) reason.focus();
  };

  const ask = () => { problems.replaceChildren(); wrong(false); state("ask"); reason.focus(); };
  const close = () => { wrong(false); reason.value = ""; state("hidden"); part("pc-show").focus(); };

  part("pc-show").addEventListener("click", ask);
  part("pc-close").addEventListener("click", close);
  part("pc-load").addEventListener("click", () => { const short = reason.value.trim().length < SHORTEST; wrong(short); if (!short) load(); });
  part("pc-hide").addEventListener("click", hide);
  part("pc-more").addEventListener("click", load);
  part("pc-ask").addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  addEventListener("pagehide", wipe);
  addEventListener("beforeprint", wipe);
  document.addEventListener("freeze", wipe);
};
