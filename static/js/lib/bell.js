// What the reader is told of their shifts: counted in the header, and each told once on this device.

import { consented } from "../alarms/consent.js";
import { notify } from "../alarms/notification.js";
import { oneOfTheTabs } from "../alarms/share.js";
import { claim } from "../alarms/told.js";
import { announce } from "./announce.js";
import { onEveryStream, stayLive } from "./live.js";

const COUNTED = "notices-count";
const me = document.body.dataset.me;
const bell = document.getElementById("bell");
const place = document.getElementById("bell-count");

function draw(count) {
  place.hidden = count === 0;
  if (place.textContent !== String(count)) place.textContent = String(count);
}

/** Other tabs may have no stream of their own. */
function share(count) {
  try { localStorage.setItem(COUNTED, JSON.stringify({ count, at: Date.now() })); } catch { /* each page asks for itself */ }
}

async function tell(fresh) {
  const ids = fresh.map((notice) => String(notice.id));
  if (document.visibilityState === "visible") {
    const unheard = new Set(await claim("notice-voice", ids));
    for (const notice of fresh) if (unheard.has(String(notice.id))) announce(notice.text);
  }
  if (!consented("notification")) return;
  const untold = new Set(await claim("notice", ids));
  for (const notice of fresh) {
    if (untold.has(String(notice.id))) notify({ title: notice.title, body: notice.text, tag: `notice-${notice.id}`, address: bell.href });
  }
}

async function look() {
  try {
    const answer = await fetch(bell.dataset.news, { headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok) return;
    const news = await answer.json();
    draw(news.count);
    share(news.count);
    await tell(news.fresh);
  } catch { /* the bars say when the server is away */ }
}

/** Every page; call it before a stream is opened. */
export function runBell() {
  if (!bell) return;
  // The first «person» of a page is its stream's beginning, and the page was drawn just now.
  let isDrawn = true;
  onEveryStream("person", (data) => {
    if (isDrawn && JSON.parse(data).begins) { isDrawn = false; return; }
    isDrawn = false;
    look();
  });
  window.addEventListener("storage", (event) => {
    if (event.key === COUNTED && event.newValue) draw(JSON.parse(event.newValue).count);
  });
  // Who is known to PagerDuty shares the stream of their alarms.
  if (!me && !document.querySelector("[data-live]")) oneOfTheTabs(() => stayLive("/live/alarms/", {}));
}
