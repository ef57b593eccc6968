// My clocks that are at risk or breached: counted in the header and the title, and each told once on this device, by
// voice, sound and notification. The server's list comes by any stream; between its messages the clocks turn here.

import { runConsent, consented } from "../alarms/consent.js";
import { notify } from "../alarms/notification.js";
import { heard, onShared, oneOfTheTabs, share, sharedClocks } from "../alarms/share.js";
import { canSound, play } from "../alarms/sound.js";
import { claim } from "../alarms/told.js";
import { announce } from "./announce.js";
import { phaseAt } from "./countdown.js";
import { onEveryStream, stayLive } from "./live.js";
import { now } from "./server_clock.js";
import { say } from "./strings.js";
import { everyTick } from "./ticker.js";
import { countInTitle } from "./title.js";

const EACH_BY_ITSELF = 3;
const CLAIM_AGAIN_AFTER = 3_600_000; // so that what is asked for is not forgotten
const ORDER = ["running", "at_risk", "breached"];
const me = document.body.dataset.me;
const badge = document.getElementById("alarm-badge");
const settled = new Map();
let clocks = [];

const keyOf = (clock) => [clock.incident, clock.kind, clock.cycle, clock.due, clock.phase].join(":");
const called = (clock) => `${clock.severity} ${clock.what} · ${say(`alarm_${clock.kind}`)}`;

/** The clocks that are at risk or breached now, by the server's word or by the time, whichever is further. */
function alarming() {
  const at = now();
  return clocks
    .map((clock) => {
      const here = phaseAt(at, { atRisk: Date.parse(clock.at_risk), due: Date.parse(clock.due) });
      return { ...clock, phase: ORDER[Math.max(ORDER.indexOf(here), ORDER.indexOf(clock.phase))] };
    })
    .filter((clock) => clock.phase !== "running");
}

const channels = {
  voice: {
    isReady: () => document.visibilityState === "visible",
    tell(fresh) {
      if (fresh.length > EACH_BY_ITSELF) announce(say("alarm_many", { count: fresh.length }));
      else for (const clock of fresh) announce(say(`alarm_${clock.phase}`, { what: called(clock) }));
    },
  },
  sound: {
    isReady: () => consented("sound") && canSound(),
    tell: (fresh) => play(fresh.some((clock) => clock.phase === "breached") ? "breached" : "at_risk"),
  },
  notification: {
    isReady: () => consented("notification"),
    tell(fresh) {
      if (fresh.length > EACH_BY_ITSELF) {
        notify({ title: say("alarm_many", { count: fresh.length }), tag: "alarms", address: badge.href, stays: true });
        return;
      }
      for (const clock of fresh) {
        const title = say(`alarm_${clock.phase}`, { what: clock.severity });
        const address = `/incidents/${clock.incident}/`;
        notify({ title, body: called(clock), tag: keyOf(clock), address, stays: clock.phase === "breached" });
      }
    },
  },
};

async function settle(name, all) {
  const at = Date.now();
  const open = all.filter((clock) => !(at - settled.get(`${name} ${keyOf(clock)}`) < CLAIM_AGAIN_AFTER));
  if (open.length === 0) return [];
  // At once, since the next look does not wait for the answer.
  for (const clock of open) settled.set(`${name} ${keyOf(clock)}`, at);
  const fresh = new Set(await claim(name, open.map(keyOf)));
  return open.filter((clock) => fresh.has(keyOf(clock)));
}

async function tell(name, all) {
  if (!channels[name].isReady()) return;
  const fresh = await settle(name, all);
  if (fresh.length > 0) channels[name].tell(fresh);
}

function write(phase, count) {
  const words = count > 0 ? say(`alarms_${phase}`, { count }) : "";
  const place = badge.querySelector(`[data-alarm="${phase}"]`);
  if (place.textContent !== words) place.textContent = words;
}

function draw(all) {
  const breached = all.filter((clock) => clock.phase === "breached").length;
  badge.hidden = all.length === 0;
  badge.classList.toggle("is-breached", breached > 0);
  write("breached", breached);
  write("at_risk", all.length - breached);
  countInTitle("alarms", all.length);
  showOnIcon(all.length);
}

let onIcon = null;

/** The number on the icon of an installed portal, where the browser has that. */
function showOnIcon(count) {
  if (!navigator.setAppBadge || count === onIcon) return;
  onIcon = count;
  (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
}

function look() {
  const all = alarming();
  draw(all);
  for (const name of Object.keys(channels)) tell(name, all);
}

function know(list) {
  clocks = list;
  look();
}

/** Every page of somebody whom PagerDuty knows. A page with a stream of its own hears there, the others share one. */
export function runAlarms() {
  if (!me || !badge) return;
  runConsent((channel) => settle(channel, alarming()));
  onEveryStream("tick", heard);
  onEveryStream("alarms", (json) => {
    const mine = JSON.parse(json).filter((clock) => clock.people.includes(me));
    share(mine);
    know(mine);
  });
  onShared(know);
  know(sharedClocks());
  everyTick(look);
  if (!document.querySelector("[data-live]")) oneOfTheTabs(() => stayLive("/live/alarms/", {}));
}
