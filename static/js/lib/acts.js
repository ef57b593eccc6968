// Acts go out by htmx. A button in flight cannot be pressed again; what could not be sent says so and loses nothing.

import { showError } from "./notices.js";
import { say } from "./strings.js";

const SWAPPED = [409, 422]; // their fragments say why; see htmx-config in base.html

const REST = 600; // the second tap of a double tap comes after a quick answer

const buttonsOf = (element) => (element.matches("form") ? element.querySelectorAll("button") : [element]);

function setBusy(element, busy) {
  for (const button of buttonsOf(element)) {
    // Not `disabled`: that would throw the keyboard's focus out of the page.
    if (busy) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

/** The sentence on an error page that says why. */
function reasonIn(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return page.querySelector("[data-reason]")?.textContent.trim();
}

function explain(event) {
  const { status, responseText } = event.detail.xhr;
  if (SWAPPED.includes(status)) return;
  if (status >= 500) showError(say("server_failed"));
  else showError(reasonIn(responseText) ?? say("refused"));
}

// A look at what would be sent is posted, too, since it may be long.
const isAct = ({ elt, requestConfig }) => requestConfig?.verb === "post" && !elt.hasAttribute("data-look");

/** Calls `handle` for htmx events of acts alone. */
function on(name, handle) {
  document.body.addEventListener(name, (event) => {
    if (isAct(event.detail)) handle(event);
  });
}

export function watchActs() {
  document.body.addEventListener("click", (event) => {
    if (!event.target.closest?.('button[aria-disabled="true"]')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  on("htmx:beforeRequest", (event) => setBusy(event.detail.elt, true));
  on("htmx:afterRequest", (event) => {
    const { elt, successful } = event.detail;
    setTimeout(() => setBusy(elt, false), successful ? REST : 0);
  });
  on("htmx:sendError", () => showError(say("not_sent")));
  on("htmx:timeout", () => showError(say("not_sent")));
  on("htmx:responseError", explain);
}
