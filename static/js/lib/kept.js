// What is typed into a form that is sent as a page is kept in this browser until the portal has answered it: a session that is
// over by then leads to the sign-in page, and from there back to an empty form; a portal that cannot be reached, to no page at all.

import { stored } from "./stored.js";
import { say } from "./strings.js";

const LASTS = 24 * 3_600_000;

const fieldsOf = (form) => [...form.elements].filter((each) => each.name && !["hidden", "submit"].includes(each.type));
const valueOf = (field) => (["checkbox", "radio"].includes(field.type) ? field.checked : field.value);

function put(field, value) {
  if (typeof value === "boolean") field.checked = value;
  else field.value = value;
}

function cameFrom() {
  try { return new URL(document.referrer).pathname; } catch { return ""; }
}

/** Whether this page is the portal's answer to a form that was sent on the page `path`: one that leads back from there. */
function isAnswer(path) {
  const [navigation] = performance.getEntriesByType("navigation");
  return Boolean(path) && navigation?.type === "navigate" && cameFrom() === path;
}

function restore(form, key) {
  const kept = stored.read(key);
  if (!kept) return;
  if (Date.now() - kept.at > LASTS) { stored.forget(key); return; }
  const fields = fieldsOf(form);
  if (fields.map((each) => each.name).join() !== kept.names) return;
  if (fields.every((each, place) => valueOf(each) === kept.values[place])) return;
  fields.forEach((each, place) => put(each, kept.values[place]));
  form.querySelector("[data-draft-state]").textContent = say("draft_restored");
}

function keep(form, key, sent) {
  const fields = fieldsOf(form);
  const names = fields.map((each) => each.name).join();
  stored.write(key, { at: Date.now(), sent, names, values: fields.map(valueOf) });
}

/** Every form with `data-kept`; its words of state stand in its `[data-draft-state]`. */
export function keepForms() {
  const { me, signIn } = document.body.dataset;
  // An answer may be another page than the form's. Being asked to sign in is none.
  if (location.pathname !== new URL(signIn, location.href).pathname) {
    for (const key of stored.names(`form:${me}:`)) if (isAnswer(stored.read(key)?.sent)) stored.forget(key);
  }
  for (const form of document.querySelectorAll("form[data-kept]")) {
    const key = `form:${me}:${form.dataset.kept}`;
    restore(form, key);
    form.addEventListener("input", () => keep(form, key, ""));
    form.addEventListener("submit", () => keep(form, key, location.pathname));
  }
}
