// Entry of every page: each part takes hold only where its page has it.
import { cancelling } from "./cancel.js";
import { choices } from "./choices.js";
import { filters } from "./filters.js";
import { live } from "./live.js";
import { reveal } from "./reveal.js";
import { countdowns, keepCountdowns, localTimes } from "./times.js";
import { userForm } from "./user.js";
import { wizard } from "./wizard.js";

localTimes(document);
countdowns(document);
keepCountdowns();
choices();

const parts = { filters, live, cancel: cancelling, reveal, user: userForm, wizard };
for (const [id, take] of Object.entries(parts)) {
  const root = document.getElementById(id);
  if (root) take(root);
}
