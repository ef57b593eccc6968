// A row that arrived stays marked «new» until somebody has looked at it: on the screen, in a window in front, for a moment.

import { say } from "../lib/strings.js";

const LOOK_FOR = 4_000;
const timers = new Map();

const looker = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    clearTimeout(timers.get(target));
    if (isIntersecting) wait(target);
  }
}, { threshold: 0.6 });

function wait(row) {
  timers.set(row, setTimeout(() => {
    if (document.visibilityState === "visible" && document.hasFocus()) markSeen(row);
    else wait(row);
  }, LOOK_FOR));
}

function markSeen(row) {
  clearTimeout(timers.get(row));
  timers.delete(row);
  looker.unobserve(row);
  row.classList.remove("is-new");
  row.querySelector(".new-mark")?.remove();
}

/** Marks a row as new. */
export function markNew(row) {
  row.classList.add("is-new");
  const mark = document.createElement("span");
  mark.className = "new-mark";
  mark.textContent = say("new_mark");
  row.querySelector("h3").append(mark);
  looker.observe(row);
  for (const name of ["pointerenter", "focusin"]) row.addEventListener(name, () => markSeen(row), { once: true });
}

/** Moves the mark when a row is replaced by a newer rendering of itself. */
export function carryNew(old, replacement) {
  if (!old.classList.contains("is-new")) return;
  markSeen(old);
  markNew(replacement);
}
