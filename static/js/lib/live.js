// The live connection: an EventSource that is rebuilt whenever it falls silent, with jitter, so that a thousand pages
// do not come back in the same instant after a deploy.

import { showCluster, showFreshness, showLive, showNotLive, showSignedOut, showTrouble } from "./bars.js";
import { observe } from "./server_clock.js";
import { everyTick } from "./ticker.js";

const SILENT_AFTER = 25_000; // two and a half heartbeats
const TELL_AFTER = 2_500; // a restart of the server takes less, and is not worth a red bar
const LONGEST_WAIT = 10_000;
const ASK_SIGN_IN_EVERY = 3;

const shared = {};

/** Has `handle` hear the data of an event on whatever stream the page opens; to be called before it does. */
export function onEveryStream(name, handle) {
  shared[name] = handle;
}

/** Keeps a stream to `url` open. `handlers` maps event names to functions of the event's data (a string). */
export function stayLive(url, handlers) {
  let source = null;
  let timer = null;
  let failures = 0;
  let lastHeard = performance.now();
  let brokenSince = null;

  function heard() {
    lastHeard = performance.now();
    brokenSince = null;
    failures = 0;
    showLive();
  }

  function open() {
    clearTimeout(timer);
    timer = null;
    source?.close();
    source = new EventSource(url);
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => { heard(); handle(event.data); });
    }
    for (const [name, handle] of Object.entries(shared)) {
      source.addEventListener(name, (event) => handle(event.data));
    }
    source.addEventListener("tick", (event) => {
      const tick = JSON.parse(event.data);
      observe(tick.now);
      heard();
      showFreshness(tick);
      showTrouble(tick);
      showCluster(tick);
    });
    source.addEventListener("bye", () => again(Math.random() * 2_000));
    source.onerror = () => {
      brokenSince ??= performance.now();
      failures += 1;
      if (failures % ASK_SIGN_IN_EVERY === 0) askWhetherSignedIn();
      again(Math.min(LONGEST_WAIT, 400 * 2 ** failures) * (0.5 + Math.random()));
    };
  }

  function again(wait) {
    source?.close();
    source = null;
    clearTimeout(timer);
    timer = setTimeout(open, wait);
  }

  function watch() {
    const at = performance.now();
    if (at - lastHeard > SILENT_AFTER && source && timer === null) {
      brokenSince ??= lastHeard;
      again(Math.random() * 1_000);
    }
    if (brokenSince !== null && at - brokenSince > TELL_AFTER) showNotLive(lastHeard);
  }

  function comeBack() {
    if (document.visibilityState === "visible" && (source === null || performance.now() - lastHeard > SILENT_AFTER)) open();
  }

  everyTick(watch);
  // The device says so before the silence does; a message that arrives all the same takes it back.
  window.addEventListener("offline", () => { brokenSince ??= performance.now(); });
  window.addEventListener("online", comeBack);
  window.addEventListener("pageshow", comeBack);
  document.addEventListener("visibilitychange", comeBack);
  window.addEventListener("pagehide", () => source?.close());
  open();
}

/** A stream that cannot open may mean that the session ended; then reconnecting for ever would be a lie. */
async function askWhetherSignedIn() {
  try {
    const answer = await fetch(location.href, { method: "HEAD", redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") showSignedOut();
  } catch { /* the server is away: the red bar already says so */ }
}
