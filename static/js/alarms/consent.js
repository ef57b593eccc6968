// The header's menu «Alerts»: sound and notifications are off until the person turns them on, for this device.

import { say } from "../lib/strings.js";
import { askPermission, notify, permission } from "./notification.js";
import { canSound, play, wakeSound } from "./sound.js";

const STORED = "alerts";
const menu = document.getElementById("alarm-menu");
const state = document.getElementById("alarm-state");
let chosen = read();

function read() {
  try { return JSON.parse(localStorage.getItem(STORED)) ?? {}; } catch { return {}; }
}

function write() {
  try { localStorage.setItem(STORED, JSON.stringify(chosen)); } catch { /* no storage: until the page is left */ }
}

/** Whether the person wants this channel here and the browser lets us. */
export function consented(channel) {
  return Boolean(chosen[channel]) && (channel !== "notification" || permission() === "granted");
}

function problem() {
  if (chosen.notification && permission() !== "granted") return permission() === "denied" ? "alerts_blocked" : "alerts_not_asked";
  if (chosen.sound && !canSound()) return "alerts_silent";
  return consented("sound") || consented("notification") ? "" : "alerts_off";
}

function tell(key) {
  const words = key && say(key);
  if (state.textContent !== words) state.textContent = words;
}

function draw() {
  for (const button of menu.querySelectorAll("[data-consent]")) {
    button.setAttribute("aria-pressed", String(consented(button.dataset.consent)));
  }
  menu.classList.toggle("is-on", consented("sound") || consented("notification"));
}

const sample = {
  sound: () => { if (canSound()) play("at_risk"); },
  notification: () => notify({ title: say("alerts_try"), tag: "sample" }),
};

async function allowNotifications() {
  const answer = await askPermission();
  if (answer === "denied") return "alerts_blocked";
  if (answer === "default") return "alerts_not_asked";
  if (answer === "missing" || !sample.notification()) return "alerts_cannot";
  choose("notification", true);
  return problem();
}

function choose(channel, wanted) {
  chosen[channel] = wanted;
  write();
  draw();
}

async function turnOn(channel) {
  if (channel === "notification") { tell(await allowNotifications()); return; }
  choose("sound", true);
  tell(problem());
  await wakeSound();
  sample.sound();
  tell(problem());
}

function tryAll() {
  const on = Object.keys(sample).filter(consented);
  for (const channel of on) sample[channel]();
  tell(on.length > 0 ? problem() || "alerts_try" : "alerts_none");
}

/** Runs the menu. `onTurnedOn(channel)` comes first, so that what the person knows of already does not ring. */
export function runConsent(onTurnedOn) {
  menu.addEventListener("click", (event) => {
    if (event.target.closest("#alarm-try")) tryAll();
    const channel = event.target.closest("[data-consent]")?.dataset.consent;
    if (!channel) return;
    if (consented(channel)) { choose(channel, false); tell(problem()); return; }
    onTurnedOn(channel);
    turnOn(channel);
  });
  menu.addEventListener("toggle", () => tell(problem()));
  window.addEventListener("storage", (event) => {
    if (event.key === STORED) { chosen = read(); draw(); }
  });
  // A browser lets a page sound after its first click or key.
  const wake = () => { if (consented("sound") && !canSound()) wakeSound().catch(() => {}); };
  for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, wake);
  wake();
  draw();
}
