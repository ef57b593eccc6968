// Lines of a handoff, parts of a review: htmx saves each as it is typed; what could not be saved stays in this browser until it is.

import { stored } from "./lib/stored.js";

const here = document.querySelector("[data-editing]");
const RETRY = 5_000;
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

const save = (form) => form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));

here.addEventListener("input", (event) => {
  if (event.target.matches(".line-form textarea")) stored.write(nameOf(event.target), event.target.value);
});

here.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest(".line-form");
  if (!form) return;
  const field = form.querySelector("textarea");
  const status = event.detail.xhr?.status ?? 0;
  const sent = event.detail.requestConfig?.parameters?.text ?? event.detail.requestConfig?.formData?.get?.("text");
  if (event.detail.successful) {
    if (sent === field.value) stored.forget(nameOf(field));
    return;
  }
  if (status === 409 || status === 422) return; // the answer says why
  say(form, status === 401 || status === 403 ? here.dataset.signedOut : here.dataset.offline);
  setTimeout(() => { if (stored.read(nameOf(field)) !== null) save(form); }, RETRY);
});

for (const form of here.querySelectorAll(".line-form")) {
  const field = form.querySelector("textarea");
  const earlier = stored.read(nameOf(field));
  if (earlier === null) continue;
  if (earlier === field.value) { stored.forget(nameOf(field)); continue; }
  field.value = earlier;
  say(form, here.dataset.kept);
  // htmx has to know the form first.
  setTimeout(() => save(form), 0);
}
