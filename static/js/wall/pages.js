// Twelve clocks at a time. More of them take turns by themselves: a screen on the wall has no pointer.

import { say } from "../lib/strings.js";
import { everyTick } from "../lib/ticker.js";

const ON_A_PAGE = 12;
const TURN_AFTER = 12_000;
const WIDE_CARD = 1.6; // width by height
const isScreen = matchMedia("(min-width: 62rem) and (min-height: 34rem)"); // wall.css: below it is a plain list
const live = document.getElementById("wall-live");
const bar = document.getElementById("wall-pages");
const pause = document.getElementById("wall-pause");
let page = 0;
let turnedAt = performance.now();
let paused = false;

const cards = () => [...document.querySelectorAll("#wall-cards > li")];
const pagesOf = (count) => (isScreen.matches ? Math.max(1, Math.ceil(count / ON_A_PAGE)) : 1);

/** The number of columns that gives `count` cards the best shape on this screen. */
function columnsFor(count) {
  const { clientWidth: width, clientHeight: height } = live;
  const shape = (columns) => Math.abs(Math.log((width / columns) / (height / Math.ceil(count / columns)) / WIDE_CARD));
  return [1, 2, 3, 4].reduce((best, columns) => (shape(columns) < shape(best) ? columns : best));
}

/** Shows the cards of this page; to be called whenever there are others, or another screen. */
export function arrange() {
  const all = cards();
  const pages = pagesOf(all.length);
  page = Math.min(page, pages - 1);
  all.forEach((card, place) => { card.hidden = pages > 1 && Math.floor(place / ON_A_PAGE) !== page; });
  const columns = columnsFor(Math.min(all.length, ON_A_PAGE) || 1);
  const list = document.getElementById("wall-cards");
  list?.style.setProperty("--columns", columns);
  list?.style.setProperty("--rows", Math.ceil(Math.min(all.length, ON_A_PAGE) / columns));
  bar.hidden = pages === 1;
  document.getElementById("wall-page").textContent = say("wall_page", { page: page + 1, pages });
}

function turn(by) {
  const pages = pagesOf(cards().length);
  page = (page + by + pages) % pages;
  turnedAt = performance.now();
  arrange();
}

function setPaused(wanted) {
  paused = wanted;
  turnedAt = performance.now();
  pause.setAttribute("aria-pressed", String(paused));
  pause.querySelector("span").textContent = say(paused ? "wall_go_on" : "wall_pause");
}

/** Turns to the page of this card, unless somebody holds the page. */
export function showCard(card) {
  const place = cards().indexOf(card);
  if (paused || place === -1 || !card.hidden) return;
  page = Math.floor(place / ON_A_PAGE);
  turnedAt = performance.now();
  arrange();
}

// Whoever stands on a card with the keyboard reads it.
const isRead = () => document.getElementById("wall-cards")?.contains(document.activeElement);

const keys = {
  " ": () => setPaused(!paused),
  ArrowRight: () => turn(1),
  ArrowLeft: () => turn(-1),
};

function onKey(event) {
  const isTaken = event.target.closest?.("button, summary, input, select, textarea, dialog, details[open]");
  if (bar.hidden || isTaken || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
}

/** Lets the pages take turns. */
export function runPages() {
  arrange();
  new ResizeObserver(arrange).observe(live);
  isScreen.addEventListener("change", arrange);
  bar.addEventListener("click", (event) => {
    const by = event.target.closest("[data-turn]")?.dataset.turn;
    if (by) turn(Number(by));
    if (event.target.closest("#wall-pause")) setPaused(!paused);
  });
  document.addEventListener("keydown", onKey);
  everyTick(() => {
    if (bar.hidden || paused || isRead()) turnedAt = performance.now();
    else if (performance.now() - turnedAt >= TURN_AFTER) turn(1);
  });
}
