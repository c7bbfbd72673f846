// Assigning a device's user.
import { refusal, send } from "./send.js";
import { showProblem } from "./notes.js";
import { say, words } from "./words.js";

export const userForm = (root) => {
  const button = document.getElementById("save");
  const problems = document.getElementById("problems");
  const email = document.getElementById("user-email");
  const value = (id) => document.getElementById(id).value.trim();
  let busy = false;

  const ready = (state) => {
    busy = !state;
    button.setAttribute("aria-disabled", String(busy));
    button.textContent = busy ? words.saving : words.save;
  };

  const wrong = (state) => {
    email.setAttribute("aria-invalid", String(state));
    document.getElementById("user-email-error").hidden = !state;
    if (state) email.focus();
  };

  const save = async () => {
    if (busy) return;
    ready(false);
    wrong(false);
    problems.replaceChildren();
    const user = { displayName: value("user-name"), email: value("user-email"), locale: value("user-language") };
    const answer = await send("PATCH", root.dataset.address, JSON.stringify({ user }));
    if (answer.status === 200) {
      say(words.saved);
      location.assign(root.dataset.back);
      return;
    }
    ready(true);
    if (refusal(answer).reason === "INVALID_EMAIL") wrong(true);
    else if (answer.status === 401) showProblem(problems, "problem-signed-out");
    else if (answer.status === 403) showProblem(problems, "problem-role");
    else if (answer.status === 0 || answer.status >= 500) showProblem(problems, "problem-unconfirmed");
    else showProblem(problems, "problem-refused", { message: answer.body?.error?.message || String(answer.status) });
  };

  button.addEventListener("click", save);
};
