// What a screen reader hears of a page that changes by itself: politely, and a burst as one sentence.

import { say } from "./strings.js";

const PAUSE = 700;
const AS_ONE_SENTENCE = 3;
const region = document.getElementById("announcer");
let waiting = [];
let timer = null;

/** Says `text` soon; more than three within a moment become «n incidents changed». */
export function announce(text) {
  waiting.push(text);
  timer ??= setTimeout(() => {
    region.textContent = waiting.length > AS_ONE_SENTENCE ? say("many_changes", { count: waiting.length }) : waiting.join(" ");
    waiting = [];
    timer = null;
  }, PAUSE);
}
