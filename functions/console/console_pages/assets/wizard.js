// The reset wizard. The request id comes with the page, so that reload, Back, a second press and a repeat after
// signing in again are all the same request: one reset at most.
import { minutesToWait, refusal, request, send } from "./send.js";
import { showProblem } from "./notes.js";
import { told } from "./times.js";
import { say, words } from "./words.js";

const KEPT = 10 * 60 * 1000; // how long a press waits for signing in again, in milliseconds
const ONCE = "once"; // marks that this page has done something that it may do only once

const element = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

const time = (iso) => {
  const place = element("time", told(new Date(iso), "until"));
  place.dateTime = iso;
  return place;
};

const list = (messages) => {
  const items = document.createElement("ul");
  items.replaceChildren(...messages.map((message) => element("li", message)));
  return items;
};

export const wizard = (root) => {
  const { address, page, fresh, caller, actions, request: requestId } = root.dataset;
  const key = `passcode-reset-press:${requestId}`;
  const field = (id) => document.getElementById(id);
  const button = field("reset");
  const problems = field("problems");
  let busy = false;

  const until = () => {
    const when = new Date(Date.now() + Number(field("valid-for").value) * 1000);
    field("until").dateTime = when.toISOString();
    field("until").textContent = told(when, "until");
  };

  const choices = () => ({ notifyUser: field("notify-user").checked, reason: field("reason").value.trim(), validFor: `${field("valid-for").value}s` });

  const ready = (state) => {
    busy = !state;
    button.setAttribute("aria-disabled", String(busy));
    button.textContent = busy ? words.resetting : words.reset;
  };

  const actionPage = (name) => actions + encodeURIComponent(name.split("/").pop());

  const running = async (name) => {
    const address = `/v1/${name}`;
    try {
      const found = await (await request(address)).json();
      showProblem(problems, "problem-running", { who: element("bdi", found.actor), when: time(found.createTime), link: actionPage(name) });
    } catch {
      showProblem(problems, "problem-running-plain", { link: actionPage(name) });
    }
  };

  // Signing in again needs a top-level visit. The choices, never a passcode, wait in this tab alone for it.
  const renew = (body) => {
    if (sessionStorage.getItem(`${key}:${ONCE}`)) return showProblem(problems, "problem-signed-out");
    sessionStorage.setItem(`${key}:${ONCE}`, "1");
    sessionStorage.setItem(key, JSON.stringify({ caller, body, at: Date.now() }));
    location.replace(page);
    return null;
  };

  const problem = (answer, body) => {
    const { reason, metadata } = refusal(answer);
    const status = answer.status;
    if (status === 401) return renew(body);
    if (reason === "RESET_IN_PROGRESS" && ["PENDING", "ISSUED"].includes(metadata.status || "PENDING")) return running(metadata.action);
    if (reason === "RESET_IN_PROGRESS") return showProblem(problems, "problem-held", { link: actionPage(metadata.action) });
    if (reason === "REQUEST_ID_REUSED") return showProblem(problems, "problem-used", { link: actionPage(metadata.action), fresh });
    if (reason === "DEVICE_NOT_ELIGIBLE") return showProblem(problems, "problem-blocked", { reasons: list(Object.entries(metadata).map(([code, message]) => words.blockers[code] || message)) });
    if (reason === "USER_HAS_NO_ADDRESS") return showProblem(problems, "problem-no-address");
    if (status === 429) return showProblem(problems, reason === "RESETS_STOPPED" ? "problem-stopped" : "problem-many", { minutes: minutesToWait(answer) });
    if (status === 403) return showProblem(problems, "problem-role");
    if (status === 404) return showProblem(problems, "problem-gone");
    if (status === 0 || status >= 500) return showProblem(problems, "problem-unconfirmed");
    return showProblem(problems, "problem-refused", { message: answer.body?.error?.message || String(status) });
  };

  const press = async (body) => {
    if (busy) return;
    ready(false);
    problems.replaceChildren();
    say(words.resetting);
    const answer = await send("POST", address, body);
    if (answer.status === 200 && answer.body) {
      sessionStorage.removeItem(`${key}:${ONCE}`);
      location.replace(actionPage(answer.body.name));
      return;
    }
    ready(true);
    await problem(answer, body);
  };

  // A press that had to sign in again first: the same person, the same body, once.
  const resume = () => {
    const kept = sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
    if (!kept) return;
    const { caller: who, body, at } = JSON.parse(kept);
    const { notifyUser, reason, validFor } = JSON.parse(body);
    field("notify-user").checked = notifyUser && !field("notify-user").disabled;
    field("reason").value = reason;
    field("valid-for").value = validFor.slice(0, -1);
    until();
    if (who === caller && Date.now() - at < KEPT) press(body);
  };

  // What the page says may be older than the device's last report: asked once, and read anew once where it differs.
  const recheck = async () => {
    if (!root.dataset.recheck || sessionStorage.getItem(`${key}:checked`)) return;
    sessionStorage.setItem(`${key}:checked`, "1");
    try {
      const verdict = await (await request(root.dataset.recheck)).json();
      const codes = [...verdict.blockers, ...verdict.warnings].map((finding) => finding.code).sort().join();
      if (codes !== root.dataset.codes && !busy) location.reload();
    } catch {
      // the page stands as it is; the server judges again when the reset is asked for
    }
  };

  field("valid-for").addEventListener("change", until);
  setInterval(until, 30000);
  until();
  button.addEventListener("click", () => press(JSON.stringify({ requestId, ...choices() })));
  // A page out of the browser's memory may be of a request that was used since.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  resume();
  recheck();
};
