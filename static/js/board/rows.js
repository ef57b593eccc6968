// The rows of the board: inserted, replaced, sorted, and leaving ten seconds after they are over.

import { announce } from "../lib/announce.js";
import { keepFocus } from "../lib/focus.js";
import { say } from "../lib/strings.js";
import { localise } from "../lib/times.js";
import { sortRows } from "./order.js";
import { carryNew, markNew } from "./unseen.js";

const LEAVES_AFTER = 10_000;
const SETTLES_FOR = 400;
const SETTLES_AGAIN_AFTER = 1_200;
const list = document.getElementById("rows");
const leaving = new Map();

export const rows = () => [...list.children];
const byNumber = (number) => document.getElementById(`incident-${number}`);
const isOver = (row) => row.dataset.status === "resolved" || row.dataset.gone === "1";
const version = (row) => Number(row.dataset.version);

let settledAt = -Infinity;

/**
 * For a moment after rows have moved, a pointer cannot act: the thumb that was on its way meant another incident. In a
 * storm of changes it can act most of the time all the same.
 */
function holdPointer() {
  const at = performance.now();
  if (at - settledAt < SETTLES_AGAIN_AFTER) return;
  settledAt = at;
  list.classList.add("is-settling");
  setTimeout(() => list.classList.remove("is-settling"), SETTLES_FOR);
}

/** What a screen reader is told an incident is called: severity, words, service. */
export const called = (row) => [row.dataset.severity, row.querySelector("h3 a").textContent, row.querySelector(".row-what b").textContent].join(", ");

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.querySelectorAll("li[data-incident]")];
}

function prepare(row) {
  localise(row);
  window.htmx?.process(row);
}

function insert(row, isNews) {
  if (isOver(row)) return;
  list.append(row);
  holdPointer();
  prepare(row);
  if (!isNews(row)) return;
  row.classList.add("is-arriving");
  markNew(row);
  announce(say("new_incident", { what: called(row) }));
}

function replace(old, row) {
  const restore = keepFocus(old);
  old.replaceWith(row);
  prepare(row);
  carryNew(old, row);
  restore(row);
  if (old.dataset.status === row.dataset.status) return;
  if (row.dataset.status === "acknowledged") announce(say("now_acknowledged", { what: called(row) }));
  if (row.dataset.status === "resolved") announce(say("now_resolved", { what: called(row) }));
}

/** Hands the keyboard's focus to a neighbour before a row goes out of sight. */
export function passFocusOn(row) {
  if (!row.contains(document.activeElement)) return;
  const inSight = rows().filter((each) => each === row || !each.hidden);
  const here = inSight.indexOf(row);
  const next = inSight[here + 1] ?? inSight[here - 1];
  (next?.querySelector('[data-focus="open"]') ?? document.getElementById("main")).focus({ preventScroll: true });
}

function remove(number) {
  leaving.delete(number);
  const row = byNumber(number);
  if (!row) return;
  passFocusOn(row);
  if (row !== list.lastElementChild) holdPointer();
  row.remove();
  list.dispatchEvent(new Event("rows:changed"));
}

function settle(row) {
  const number = row.dataset.incident;
  if (isOver(row)) {
    row.classList.add("is-leaving");
    if (!leaving.has(number)) leaving.set(number, setTimeout(() => remove(number), LEAVES_AFTER));
  } else if (leaving.has(number)) {
    clearTimeout(leaving.get(number));
    leaving.delete(number);
  }
}

/** Takes one or more rendered rows in; an older version of a row that is here is ignored. `isNews`: which to call new. */
export function takeIn(html, isNews) {
  for (const row of parse(html)) {
    const old = byNumber(row.dataset.incident);
    if (old && version(old) > version(row)) continue;
    if (old) replace(old, row);
    else insert(row, isNews);
    settle(row);
  }
  list.dispatchEvent(new Event("rows:changed"));
}

/** Compares with what the server has, by `{number: version}`; drops the rest and returns the numbers to fetch. */
export function reconcile(known) {
  for (const row of rows()) {
    if (!(row.dataset.incident in known) && !leaving.has(row.dataset.incident)) remove(row.dataset.incident);
  }
  return Object.keys(known).filter((number) => {
    const row = byNumber(number);
    return !row || version(row) < known[number];
  });
}

/** Sorts, once the countdowns have said which rows are breached. */
export function sort() {
  if (sortRows(list)) holdPointer();
}

export const onRowsChanged = (handle) => list.addEventListener("rows:changed", handle);
