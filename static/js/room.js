// The incident room: head, clocks, acts and timeline follow the incident; the note being written is never touched.

import { runCountdowns } from "./lib/countdown.js";
import { keepDraft } from "./lib/draft.js";
import { followEvidence } from "./lib/evidence.js";
import { watchJudging } from "./lib/judge.js";
import { stayLive } from "./lib/live.js";
import { watchCopying } from "./lib/mitigations.js";
import { replacePiece } from "./lib/pieces.js";
import { followTimeline } from "./lib/timeline.js";
import { localise } from "./lib/times.js";
import { openComposer } from "./lib/update.js";

const PIECES = "#room-head, #room-clocks, #room-actions, #room-timeline, #room-updates, #room-suspects, #room-evidence, #room-runbook, #room-mitigations";
const LOOK_AGAIN_AFTER = 1_500;
const SETTLES_FOR = 700;
const TRY_AGAIN_AFTER = 3_000;
const CONFLICT = 409;
const room = document.getElementById("room");
const timeline = followTimeline();
const drawCountdowns = runCountdowns();
const evidence = followEvidence();
let settling = null;

const versionHere = () => Number(document.getElementById("room-head").dataset.version);

const runbookHere = () => document.getElementById("room-runbook").dataset.chosen;

/** Whether a piece need not take its place: it is what stands there already, or a runbook that was left for another meanwhile. */
function isIdle(piece, runbook) {
  if (piece.id === "room-runbook" && runbook !== runbookHere()) return true;
  return Boolean(piece.dataset.stamp) && piece.dataset.stamp === document.getElementById(piece.id)?.dataset.stamp;
}

function takeIn(html, runbook) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const head = template.content.querySelector("#room-head");
  if (!head || Number(head.dataset.version) < versionHere()) return;
  const before = actsHere();
  timeline.aroundChange(() => {
    for (const piece of template.content.querySelectorAll(PIECES)) {
      if (isIdle(piece, runbook)) continue;
      localise(piece);
      if (piece.id === "room-evidence") evidence.aroundChange(() => replacePiece(piece));
      else replacePiece(piece);
    }
  });
  if (actsHere() !== before) holdPointer();
  drawCountdowns();
}

const levelOf = (act) => act.form?.elements.from_level?.value ?? "";
const actsHere = () => [...document.querySelectorAll("#room-actions [data-focus], #room-mitigations [data-focus]")].map((act) => act.dataset.focus + levelOf(act)).join(" ");

/** For a moment after the acts have changed a pointer cannot act: the thumb that was on its way meant another one. */
function holdPointer() {
  clearTimeout(settling);
  room.classList.add("is-settling");
  settling = setTimeout(() => room.classList.remove("is-settling"), SETTLES_FOR);
}

let fetching = false;
let wanted = 0;
let looking = null;

/** Fetches the pieces until the page is at `version` or at what the server has; one request at a time. */
async function catchUp(version) {
  // 0 says: something may have been missed, whatever the version.
  wanted = Math.max(wanted, version || versionHere() + 1);
  if (fetching) return;
  fetching = true;
  try {
    while (versionHere() < wanted) {
      const asked = wanted;
      const runbook = runbookHere();
      const answer = await fetch(`${room.dataset.liveUrl}?${new URLSearchParams({ runbook, evidence: evidence.stamp() })}`, { headers: { "HX-Request": "true" }, cache: "no-store" });
      if (!answer.ok) { if (answer.status >= 500) lookAgain(); break; }
      takeIn(await answer.text(), runbook);
      if (wanted === asked) break;
    }
  } catch {
    // The stream may be alive all the same, and would not tell a second time.
    lookAgain();
  } finally {
    fetching = false;
  }
}

function lookAgain() {
  clearTimeout(looking);
  looking = setTimeout(() => catchUp(0), TRY_AGAIN_AFTER * (0.5 + Math.random()));
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

const judging = document.getElementById("judge-form");
if (judging.querySelector("textarea")) keepDraft(judging);
watchJudging();
watchCopying();
openComposer();

// What the reader did must show even while the stream is away.
document.body.addEventListener("htmx:afterRequest", (event) => {
  // Refused because the incident is not as it stands here: then it must not go on standing here.
  if (event.detail.xhr.status === CONFLICT) catchUp(0);
  if (!event.detail.successful || event.detail.elt.hasAttribute("data-look")) return;
  const before = versionHere();
  setTimeout(() => { if (versionHere() === before) catchUp(before + 1); }, LOOK_AGAIN_AFTER);
});
