// The composer of an update: whoever follows a link to it finds it open and may type at once.

import { say } from "./strings.js";

/** Wires every link to the composer, and the address that leads to it. */
export function openComposer() {
  const composer = document.getElementById("update");
  if (!composer) return;
  const open = () => {
    composer.open = true;
    composer.scrollIntoView({ block: "start" });
    composer.querySelector("textarea").focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.('a[href="#update"]')) return;
    event.preventDefault();
    open();
  });
  if (location.hash === "#update") open();
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    composer.querySelector("[data-look]").addEventListener(name, (event) => {
      // What stands there is how earlier words read; a refusal says itself why.
      if (event.detail.xhr.status !== 422) document.getElementById("update-preview").textContent = say("no_preview");
    });
  }
}
