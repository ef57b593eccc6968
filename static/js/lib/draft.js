// A note being written is kept in this browser until the server has taken it.

import { say } from "./strings.js";

const SAVE_AFTER = 300;

const stored = {
  read(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  write(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; } },
  forget(key) { try { localStorage.removeItem(key); } catch { /* nothing was stored */ } },
};

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
  if (stored.write(key, { text: text.value, once: once.value })) tell(say("draft_kept"));
}

function restore(form) {
  const { key, text, once, tell } = partsOf(form);
  const draft = stored.read(key);
  if (!draft?.text || text.value !== "") return;
  text.value = draft.text;
  once.value = draft.once || once.value;
  tell(say("draft_restored"));
}

/** Autosaves the composer and restores it; forgets the words only when the server's answer says that it has them. */
export function keepDraft() {
  const composer = () => document.getElementById("composer");
  let timer = null;
  let sent = null;

  restore(composer());
  document.body.addEventListener("input", (event) => {
    if (!composer().contains(event.target)) return;
    clearTimeout(timer);
    timer = setTimeout(() => { timer = null; save(composer()); }, SAVE_AFTER);
  });
  window.addEventListener("pagehide", () => { if (timer !== null) save(composer()); });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === composer()) sent = partsOf(composer()).text.value;
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== composer() || !event.detail.shouldSwap) return;
    clearTimeout(timer);
    const { key, text } = partsOf(composer());
    const typed = text.value;
    const hadFocus = composer().contains(document.activeElement);
    const accepted = event.detail.xhr.status === 200;
    if (accepted) stored.forget(key);
    document.body.addEventListener("htmx:afterSettle", () => {
      // What was typed while the note was on its way is a note of its own.
      if (typed !== sent) { partsOf(composer()).text.value = typed; save(composer()); }
      if (hadFocus) partsOf(composer()).text.focus({ preventScroll: true });
    }, { once: true });
  });
}
