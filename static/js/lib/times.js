// `<time>` elements in the reader's own zone, beside UTC.

import { now } from "./server_clock.js";
import { age, say } from "./strings.js";
import { everyTick } from "./ticker.js";

const language = document.documentElement.lang;
const zone = document.body.dataset.timeZone || "UTC";

const format = (options, timeZone = zone) => new Intl.DateTimeFormat(language, { hourCycle: "h23", timeZone, ...options });
const day = format({ year: "numeric", month: "2-digit", day: "2-digit" });
const shortDay = format({ weekday: "short", month: "short", day: "numeric" });
const minute = format({ hour: "2-digit", minute: "2-digit" });
const second = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const utcSecond = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }, "UTC");
const utcDay = format({ year: "numeric", month: "2-digit", day: "2-digit" }, "UTC");
const utcShortDay = format({ weekday: "short", month: "short", day: "numeric" }, "UTC");
const utcMinute = format({ hour: "2-digit", minute: "2-digit" }, "UTC");
const everything = format({ dateStyle: "full", timeStyle: "long" });

const isToday = (at) => day.format(at) === day.format(now());
// UTC's date only where it is another than the reader's.
const inUtc = (at) => (day.format(at) === utcDay.format(at) ? "" : `${utcShortDay.format(at)} `) + utcSecond.format(at);
const withDay = (at, text) => (isToday(at) ? text : `${shortDay.format(at)} ${text}`);

const shown = {
  moment(element, at) {
    const local = document.createElement("span");
    local.className = "local-time";
    local.textContent = withDay(at, second.format(at));
    const utc = document.createElement("span");
    utc.className = "muted";
    utc.textContent = ` · ${inUtc(at)} UTC`;
    element.replaceChildren(local, utc);
  },
  clock(element, at) { element.textContent = withDay(at, second.format(at)); },
  until(element, at) { element.textContent = withDay(at, minute.format(at)); },
  age(element, at) { write(element, age(now() - at)); },
  ago(element, at) { write(element, say("ago", { time: age(now() - at) })); },
};

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Puts every `<time>` under `root` into the reader's zone. Idempotent. */
export function localise(root) {
  for (const element of root.querySelectorAll("time[data-show][datetime]")) {
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    shown[element.dataset.show]?.(element, at);
    element.title = `${everything.format(at)} · ${inUtc(at)} UTC`;
  }
}

/** Keeps ages and the header's clock current. */
export function keepCurrent() {
  const wall = document.getElementById("wall-clock");
  everyTick(() => {
    for (const element of document.querySelectorAll('time:is([data-show="age"], [data-show="ago"])[datetime]')) {
      const at = Date.parse(element.dateTime);
      if (!Number.isNaN(at)) shown[element.dataset.show](element, at);
    }
    if (wall) write(wall, `${minute.format(now())} · ${utcMinute.format(now())} UTC`);
  });
}
