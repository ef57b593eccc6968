// The SLA wall: the cards are replaced as the clocks change, and turn at risk and breached by themselves.

import { announce } from "./lib/announce.js";
import { runCountdowns } from "./lib/countdown.js";
import { keepFocus } from "./lib/focus.js";
import { stayLive } from "./lib/live.js";
import { say } from "./lib/strings.js";
import { everyTick } from "./lib/ticker.js";
import { arrange, runPages, showCard } from "./wall/pages.js";
import { runScreen } from "./wall/screen.js";

const live = document.getElementById("wall-live");
const called = (card) => [".sev", "h2", ".wall-facts b"].map((part) => card.querySelector(part).textContent.trim()).join(", ");

const drawCountdowns = runCountdowns((card, phase, turned) => {
  if (!turned) return;
  if (phase === "breached") announce(say("now_breached", { what: called(card) }));
  showCard(card);
});

/** Tells the stylesheet how long each number is, so that it can be as large as its card allows. */
function measure() {
  for (const time of live.querySelectorAll(".clock-time")) {
    const letters = String(time.textContent.length);
    if (time.dataset.letters === letters) continue;
    time.dataset.letters = letters;
    time.style.setProperty("--letters", letters);
  }
}

function take(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const piece = template.content.firstElementChild;
  const old = piece && document.getElementById(piece.id);
  if (!old) return;
  const restoreFocus = keepFocus(old);
  old.replaceWith(piece);
  drawCountdowns();
  measure();
  arrange();
  restoreFocus(piece);
}

everyTick(measure);
runPages();
runScreen();
stayLive(live.dataset.live, { wall: take, today: take });
