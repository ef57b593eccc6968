// Countdowns. Every element with data-clock, -due, -at-risk, -started is one; it turns at risk and breached here, at
// the instant and without the server, so that a page that lost its connection still tells the truth about time.

import { now } from "./server_clock.js";
import { around, say } from "./strings.js";
import { everyTick } from "./ticker.js";

const DAY = 86_400;
const PHASES = ["running", "at_risk", "breached"];
const KEY = { running: "left", at_risk: "at_risk", breached: "breached" };

const two = (number) => String(number).padStart(2, "0");

/** Seconds as a clock face: 2:41, 1:02:41, 1 d 3:20. */
export function face(seconds) {
  const days = Math.floor(seconds / DAY);
  const hours = Math.floor((seconds % DAY) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return say("days", { days, time: `${hours}:${two(minutes)}` });
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** Which phase a clock is in at `at`, all in milliseconds. */
export function phaseAt(at, { atRisk, due }) {
  if (at >= due) return "breached";
  return at >= atRisk ? "at_risk" : "running";
}

function read(element) {
  return {
    kind: element.dataset.clock,
    started: Date.parse(element.dataset.started),
    atRisk: Date.parse(element.dataset.atRisk),
    due: Date.parse(element.dataset.due),
  };
}

function build(text) {
  const [before, time, after] = ["clock-before", "clock-time", "clock-after"].map((name) => {
    const span = document.createElement("span");
    span.className = name;
    return span;
  });
  text.replaceChildren(before, " ", time, " ", after);
  return { before, time, after };
}

const built = new WeakMap();

function draw(element, onPhase) {
  const text = element.querySelector(".clock-text");
  if (!text || !element.dataset.due) return;
  const clock = read(element);
  const at = now();
  const phase = phaseAt(at, clock);
  let parts = built.get(text);
  if (!parts) built.set(text, (parts = build(text)));
  if (parts.phase !== phase) {
    [parts.before.textContent, parts.after.textContent] = around(`${clock.kind}_${KEY[phase]}`);
    for (const name of PHASES) element.classList.toggle(`is-${name}`, name === phase);
    const turned = element.dataset.phase && element.dataset.phase !== phase;
    element.dataset.phase = phase;
    parts.phase = phase;
    onPhase?.(element, phase, Boolean(turned));
  }
  const left = clock.due - at;
  const shown = face(left > 0 ? Math.ceil(left / 1000) : Math.floor(-left / 1000));
  if (parts.time.textContent !== shown) {
    parts.time.textContent = shown;
    const fill = element.querySelector(".clock-fill");
    const share = phase === "breached" ? 1 : Math.min(1, left / (clock.due - clock.started));
    if (fill) fill.style.transform = `scaleX(${share})`;
  }
}

/** Draws every countdown on the page, for ever. `onPhase(element, phase, turned)`: `turned` when it happened before our eyes. */
export function runCountdowns(onPhase) {
  const all = () => {
    for (const element of document.querySelectorAll("[data-clock][data-due]")) draw(element, onPhase);
  };
  everyTick(all);
  return all;
}
