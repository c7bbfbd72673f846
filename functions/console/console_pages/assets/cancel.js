// Cancelling a reset: asked for in a dialog that a change of the page closes by itself.
import { noteFrom } from "./notes.js";
import { send } from "./send.js";
import { words } from "./words.js";

export const cancelling = (dialog) => {
  const opener = () => document.getElementById("cancel-open");
  const confirm = dialog.querySelector("[data-confirm]");
  let busy = false;

  const close = () => {
    dialog.close();
    (opener() || document.getElementById("what")).focus();
  };

  const ask = async () => {
    if (busy) return;
    busy = true;
    confirm.setAttribute("aria-disabled", "true");
    confirm.textContent = words.cancelling;
    const answer = await send("POST", dialog.dataset.address, "{}");
    busy = false;
    confirm.setAttribute("aria-disabled", "false");
    confirm.textContent = words.cancel;
    if (dialog.open) close();
    if (answer.status !== 200) {
      const note = noteFrom(answer.status === 401 ? "signed-out" : answer.status === 403 ? "cancel-forbidden" : "cancel-failed");
      document.getElementById("problems").replaceChildren(note);
      note.focus();
    }
    document.dispatchEvent(new Event("look"));
  };

  // The button is part of what is replaced, so presses are heard above it.
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest("#cancel-open");
    if (!pressed || pressed.getAttribute("aria-disabled") === "true") return;
    document.getElementById("problems").replaceChildren();
    dialog.showModal();
    dialog.querySelector("[data-keep]").focus();
  });
  dialog.querySelector("[data-keep]").addEventListener("click", close);
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); }); // Esc keeps the reset
  confirm.addEventListener("click", ask);
  document.addEventListener("replaced", () => { if (dialog.open && !opener()) close(); });
};
