// The incident room: head, clocks, acts and timeline follow the incident; the note being written is never touched.

import { runCountdowns } from "./lib/countdown.js";
import { keepDraft } from "./lib/draft.js";
import { stayLive } from "./lib/live.js";
import { replacePiece } from "./lib/pieces.js";
import { followTimeline } from "./lib/timeline.js";
import { localise } from "./lib/times.js";

const PIECES = "#room-head, #room-clocks, #room-actions, #room-timeline";
const LOOK_AGAIN_AFTER = 1_500;
const room = document.getElementById("room");
const timeline = followTimeline();
const drawCountdowns = runCountdowns();

const versionHere = () => Number(document.getElementById("room-head").dataset.version);

function takeIn(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const head = template.content.querySelector("#room-head");
  if (!head || Number(head.dataset.version) < versionHere()) return;
  timeline.aroundChange(() => {
    for (const piece of template.content.querySelectorAll(PIECES)) {
      localise(piece);
      replacePiece(piece);
    }
  });
  drawCountdowns();
}

let fetching = false;
let wanted = 0;

/** Fetches the pieces until the page is at `version` or at what the server has; one request at a time. */
async function catchUp(version) {
  // 0 says: something may have been missed, whatever the version.
  wanted = Math.max(wanted, version || versionHere() + 1);
  if (fetching) return;
  fetching = true;
  try {
    while (versionHere() < wanted) {
      const asked = wanted;
      const answer = await fetch(room.dataset.liveUrl, { headers: { "HX-Request": "true" }, cache: "no-store" });
      if (!answer.ok) break;
      takeIn(await answer.text());
      if (wanted === asked) break;
    }
  } catch { /* the stream's own bar says that the portal is away; its next connect catches up */ } finally {
    fetching = false;
  }
}

stayLive(room.dataset.live, { incident: (json) => { catchUp(JSON.parse(json).version); } });
const composer = document.getElementById("composer");
if (composer) {
  keepDraft(composer);
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.('a[href="#composer"]')) return;
    event.preventDefault();
    composer.querySelector("textarea").focus();
  });
}

// What the reader did must show even while the stream is away.
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  const before = versionHere();
  setTimeout(() => { if (versionHere() === before) catchUp(before + 1); }, LOOK_AGAIN_AFTER);
});
