// The draft of a handoff: htmx saves each line as it is typed; what could not be saved stays in this browser until it is.

const here = document.querySelector("[data-editing]");
const RETRY = 5_000;
const me = document.body.dataset.me;
const nameOf = (field) => `handoff:${me}:${here.dataset.handoff}:${field.id}`;

function keep(field) {
  try { localStorage.setItem(nameOf(field), field.value); } catch { /* a full or forbidden store: the server has it soon */ }
}

function forget(field) {
  try { localStorage.removeItem(nameOf(field)); } catch { /* as above */ }
}

function kept(field) {
  try { return localStorage.getItem(nameOf(field)); } catch { return null; }
}

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
  if (event.target.matches("textarea, .add-line input[name=text]")) keep(event.target);
});

here.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest(".line-form");
  if (!form) return;
  const field = form.querySelector("textarea");
  const status = event.detail.xhr?.status ?? 0;
  const sent = event.detail.requestConfig?.parameters?.text ?? event.detail.requestConfig?.formData?.get?.("text");
  if (event.detail.successful) {
    if (sent === field.value) forget(field);
    return;
  }
  if (status === 409 || status === 422) return; // the answer says why
  say(form, status === 401 || status === 403 ? here.dataset.signedOut : here.dataset.offline);
  setTimeout(() => { if (kept(field) !== null) save(form); }, RETRY);
});

for (const form of here.querySelectorAll(".add-line")) {
  const field = form.querySelector("input[name=text]");
  if (!field.value && kept(field)) field.value = kept(field);
  form.addEventListener("submit", () => forget(field));
}

for (const form of here.querySelectorAll(".line-form")) {
  const field = form.querySelector("textarea");
  const earlier = kept(field);
  if (earlier === null) continue;
  if (earlier === field.value) { forget(field); continue; }
  field.value = earlier;
  say(form, here.dataset.kept);
  // htmx has to know the form first.
  setTimeout(() => save(form), 0);
}
