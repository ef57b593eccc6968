// The page of a preflight: it shows by itself what the server, the laptop and PagerDuty found.

import { watchCopying } from "./lib/mitigations.js";
import { replacePiece } from "./lib/pieces.js";
import { localise } from "./lib/times.js";

const WHILE_WAITING = 2_000; // a test page rings, a laptop is asked
const ELSE = 20_000;
const AFTER_AN_ACT = [300, 1_500, 4_000, 9_000]; // the server's looks take up to eight seconds
const PIECES = ["preflight", "ring", "laptop-state", "end"];
const here = () => document.getElementById("preflight");
let fetching = false;
let timer = null;

function takeIn(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const countdown = page.getElementById("countdown");
  if (countdown) document.getElementById("countdown").textContent = countdown.textContent;
  const newer = page.getElementById("preflight");
  if (!newer || newer.dataset.stamp === here().dataset.stamp) return;
  // A line works once.
  if (page.querySelector("#laptop-state[data-used]")) document.getElementById("laptop-target")?.replaceChildren();
  for (const id of PIECES) {
    const piece = page.getElementById(id);
    if (!piece) continue;
    localise(piece);
    replacePiece(piece);
  }
}

async function look() {
  if (fetching || document.visibilityState !== "visible") return;
  fetching = true;
  try {
    const answer = await fetch(location.pathname, { cache: "no-store" });
    if (answer.ok && !answer.redirected) takeIn(await answer.text());
  } catch { /* the portal is away: the next look finds it again */ } finally {
    fetching = false;
  }
}

function lookAgain() {
  clearTimeout(timer);
  timer = setTimeout(async () => { await look(); lookAgain(); }, here().dataset.waiting ? WHILE_WAITING : ELSE);
}

watchCopying();
lookAgain();
document.addEventListener("visibilitychange", look);
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.requestConfig?.verb !== "post") return;
  for (const wait of AFTER_AN_ACT) setTimeout(async () => { await look(); lookAgain(); }, wait);
});
