// The page of one mitigation: it follows what becomes of it.

import { stayLive } from "./lib/live.js";
import { watchCopying } from "./lib/mitigations.js";
import { replacePiece } from "./lib/pieces.js";
import { localise } from "./lib/times.js";

const SETTLES_FOR = 700;
const LOOK_AGAIN_AFTER = 1_500;
const ID = "mitigation";
const here = () => document.getElementById(ID);
let settling = null;
let fetching = false;
let isWanted = false;

function takeIn(html) {
  const piece = new DOMParser().parseFromString(html, "text/html").getElementById(ID);
  if (!piece || piece.dataset.stamp === here().dataset.stamp) return;
  localise(piece);
  replacePiece(piece);
  // The thumb that was on its way meant what stood there before.
  clearTimeout(settling);
  here().classList.add("is-settling");
  settling = setTimeout(() => here().classList.remove("is-settling"), SETTLES_FOR);
}

async function look() {
  isWanted = true;
  if (fetching) return;
  fetching = true;
  try {
    while (isWanted) {
      isWanted = false;
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.ok) takeIn(await answer.text());
    }
  } catch { /* the bar says that the page is not live; the stream asks again */ } finally {
    fetching = false;
  }
}

stayLive(here().dataset.live, { incident: look });
watchCopying();
document.body.addEventListener("htmx:afterRequest", () => setTimeout(look, LOOK_AGAIN_AFTER));
