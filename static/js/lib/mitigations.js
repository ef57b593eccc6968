// Mitigations: the command that one equals, to be copied; and a pointer that cannot act right after the acts have changed.

import { say } from "./strings.js";

const TELLS_FOR = 2_000;

function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

async function copy(button) {
  const code = document.getElementById(button.dataset.copy);
  // What is selected can be copied by hand where the browser does not let a page do it.
  select(code);
  let words = say("copy_by_hand");
  try {
    await navigator.clipboard.writeText(code.textContent);
    words = say("copied");
  } catch { /* no permission, or no secure connection */ }
  const label = button.lastChild;
  const before = label.textContent;
  label.textContent = words;
  button.setAttribute("aria-live", "polite");
  setTimeout(() => { label.textContent = before; }, TELLS_FOR);
}

/** Wires the copy buttons of a page, those that come later, too. */
export function watchCopying() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (button) copy(button);
  });
}
