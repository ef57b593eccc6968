// Lines of a handoff, parts of a review: htmx saves each as it is typed; what could not be saved stays in this browser until it is.

import { stored } from "./lib/stored.js";

const here = document.querySelector("[data-editing]");
const RETRY = 5_000;
const retries = new Map();
const me = document.body.dataset.me;
const nameOf = (field) => `${here.dataset.editing}:${me}:${here.dataset.edited}:${field.id}`;

function say(form, words) {
  const state = form.querySelector(".line-state");
  let line = state.querySelector(".line-trouble");
  if (!line) {
    line = document.createElement("span");
    line.className = "line-trouble notice notice-warning";
    line.setAttribute("role", "alert");
    state.append(line);
  }
  if (line.textContent !== words) line.textContent = words;
}

// With the version that was seen, and the page that may have stored it without hearing so: what somebody else wrote before it could be sent is a conflict, and not overwritten.
const versionOf = (form) => form.querySelector('[name="version"]');
const pageOf = (form) => form.querySelector('[name="page"]');
const keep = (field) => stored.write(nameOf(field), { text: field.value, version: versionOf(field.form).value, page: pageOf(field.form).value });

const save = (form) => form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));

here.addEventListener("input", (event) => {
  if (event.target.matches(".line-form textarea")) keep(event.target);
});

here.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest(".line-form");
  if (!form) return;
  const field = form.querySelector("textarea");
  const status = event.detail.xhr?.status ?? 0;
  const sent = event.detail.requestConfig?.parameters?.text ?? event.detail.requestConfig?.formData?.get?.("text");
  if (event.detail.successful) {
    // From here on it is this page that stored it: another tab may have kept the same words.
    pageOf(form).value = pageOf(form).defaultValue;
    if (sent === field.value) stored.forget(nameOf(field));
    else keep(field);
    return;
  }
  // The answer says why. Whoever reloads the page over two versions wants the other.
  if (status === 409) stored.forget(nameOf(field));
  if (status === 409 || status === 422) return;
  say(form, status === 401 || status === 403 ? here.dataset.signedOut : here.dataset.offline);
  // One at a time, however often it was typed meanwhile.
  clearTimeout(retries.get(form));
  retries.set(form, setTimeout(() => { if (stored.read(nameOf(field)) !== null) save(form); }, RETRY));
});

for (const form of here.querySelectorAll(".line-form")) {
  const field = form.querySelector("textarea");
  const earlier = stored.read(nameOf(field));
  if (earlier?.text === undefined) continue;
  if (earlier.text === field.value) { stored.forget(nameOf(field)); continue; }
  field.value = earlier.text;
  versionOf(form).value = earlier.version;
  pageOf(form).value = earlier.page;
  say(form, here.dataset.kept);
  // htmx has to know the form first.
  setTimeout(() => save(form), 0);
}
