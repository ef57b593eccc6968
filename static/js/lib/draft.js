// What is being written is kept in this browser until the server has taken it.

import { stored } from "./stored.js";
import { say } from "./strings.js";

const SAVE_AFTER = 300;

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const partsOf = (form) => ({
  key: form.dataset.draft,
  text: form.querySelector("textarea"),
  once: form.querySelector('[name="idempotency_key"]'),
  tell: (words) => { form.querySelector("[data-draft-state]").textContent = words; },
});

function save(form) {
  const { key, text, once, tell } = partsOf(form);
  if (text.value === "") { stored.forget(key); tell(""); return; }
  // The key is kept with the words: the same note sent twice after a lost answer is stored once.
  if (stored.write(key, { text: text.value, once: once?.value })) tell(say("draft_kept"));
}

function restore(form) {
  const { key, text, once, tell } = partsOf(form);
  const draft = stored.read(key);
  if (!draft?.text || text.value !== "") return;
  text.value = draft.text;
  if (once) once.value = draft.once || once.value;
  tell(say("draft_restored"));
}

/** Autosaves `form` and restores it; forgets the words only when the server's answer says that it has them. */
export function keepDraft(form) {
  const { key, text, once, tell } = partsOf(form);
  let timer = null;
  let sent = "";

  restore(form);
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { timer = null; save(form); }, SAVE_AFTER);
  });
  window.addEventListener("pagehide", () => { if (timer !== null) save(form); });
  form.addEventListener("htmx:beforeRequest", () => { sent = text.value; });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) { save(form); return; }
    if (once) once.value = newKey();
    // What was typed while the note was on its way is a note of its own.
    if (text.value === sent) text.value = "";
    stored.forget(key);
    save(form);
    tell(say("noted"));
  });
}
