// Pieces of a page that are replaced as they change keep what the reader did in them: an open panel, a choice, what is half typed, the focus.

import { keepFocus } from "./focus.js";

function remember(piece) {
  const open = [...piece.querySelectorAll("details[data-key][open]")].map((details) => details.dataset.key);
  // A select that follows the server says what is shown; the others hold what the reader is about to do.
  const choices = [...piece.querySelectorAll("select:not([data-follows])")].map((select) => [select.name, select.value]);
  const typed = [...piece.querySelectorAll("input[data-keep]")].map((input) => [input.id, input.value]);
  const restoreFocus = keepFocus(piece);
  return (replacement) => {
    for (const key of open) {
      const details = replacement.querySelector(`details[data-key="${key}"]`);
      if (details) details.open = true;
    }
    for (const [name, value] of choices) {
      const select = replacement.querySelector(`select[name="${name}"]`);
      if (select?.querySelector(`option[value="${CSS.escape(value)}"]`)) select.value = value;
    }
    for (const [id, value] of typed) {
      const input = replacement.querySelector(`#${CSS.escape(id)}`);
      if (input) input.value = value;
    }
    restoreFocus(replacement);
  };
}

/** Replaces an element by a newer rendering of itself, found by its id. */
export function replacePiece(replacement) {
  const old = document.getElementById(replacement.id);
  if (!old) return;
  const restore = remember(old);
  replacement.removeAttribute("hx-swap-oob");
  old.replaceWith(replacement);
  window.htmx?.process(replacement);
  restore(replacement);
}
