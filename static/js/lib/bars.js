// The thin bars under the header: shown only when something is wrong, and counting since when.

import { announce } from "./announce.js";
import { now } from "./server_clock.js";
import { inWords, say } from "./strings.js";
import { everyTick } from "./ticker.js";
import { localise } from "./times.js";

const notLive = document.getElementById("bar-not-live");
const signedOut = document.getElementById("bar-signed-out");
const stale = document.getElementById("bar-stale");
const watch = document.getElementById("bar-watch");
const cluster = document.getElementById("bar-cluster");
const asOfMark = document.getElementById("as-of");
const shell = { asOf: Date.parse(document.body.dataset.asOf), stale: !stale.hidden, silentSince: null };

function drawStale() {
  stale.hidden = !shell.stale;
  asOfMark?.classList.toggle("is-stale", shell.stale);
  const words = stale.querySelector("[data-since]");
  if (!shell.stale || !words) return;
  const known = !Number.isNaN(shell.asOf);
  words.textContent = known ? say("stale", { time: inWords(now() - shell.asOf) }) : say("never_heard");
}

function drawSilence() {
  if (shell.silentSince === null) return;
  notLive.querySelector("[data-since]").textContent = say("silent", { time: inWords(performance.now() - shell.silentSince) });
}

/** What the last tick said of PagerDuty: when it was last heard from, and whether that is too long ago. */
export function showFreshness({ as_of: asOf, stale: isStale }) {
  shell.asOf = Date.parse(asOf ?? "");
  if (isStale && !shell.stale) announce(say("stale", { time: inWords(now() - shell.asOf) }));
  shell.stale = isStale;
  const mark = asOfMark?.querySelector("time");
  if (mark && asOf) mark.dateTime = asOf;
  drawStale();
}

/** What the last tick said of the watch over the clocks: "" when all is well, else which sentence to show; and since when. */
export function showTrouble({ trouble, trouble_since: since }) {
  const sentences = [...watch.querySelectorAll("[data-trouble]")];
  const wasHidden = watch.hidden;
  for (const each of sentences) each.hidden = each.dataset.trouble !== trouble;
  const silence = watch.querySelector("[data-silent-since]");
  silence.hidden = !since;
  if (since) silence.querySelector("time").dateTime = since;
  watch.hidden = !trouble;
  if (trouble && wasHidden) announce(sentences.find((each) => !each.hidden)?.textContent ?? "");
}

/** What the last tick said of the cluster: whether it cannot be read, and since when. */
export function showCluster({ cluster_silent: isSilent, cluster_since: since }) {
  const silence = cluster.querySelector("[data-unread-since]");
  silence.hidden = !since;
  const mark = silence.querySelector("time");
  if (since && Date.parse(mark.dateTime) !== Date.parse(since)) { mark.dateTime = since; localise(silence); }
  if (isSilent && cluster.hidden) announce(cluster.querySelector("b").textContent);
  cluster.hidden = !isSilent;
}

/** The stream is gone; `since` is the performance.now() of the last message. */
export function showNotLive(since) {
  if (shell.silentSince === null) announce(say("not_live"));
  shell.silentSince = since;
  notLive.hidden = !signedOut.hidden;
  drawSilence();
}

export function showLive() {
  if (shell.silentSince !== null) announce(say("live_again"));
  shell.silentSince = null;
  notLive.hidden = true;
  signedOut.hidden = true;
}

export function showSignedOut() {
  signedOut.hidden = false;
  notLive.hidden = true;
}

/** Lets the bars count. */
export function runBars() {
  everyTick(() => { drawStale(); drawSilence(); });
}
