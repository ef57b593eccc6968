// The strip's counts, the empty states and the title's number, from the rows themselves.

import { announce } from "../lib/announce.js";
import { say } from "../lib/strings.js";
import { countInTitle } from "../lib/title.js";
import { isMine } from "./filters.js";
import { isLate } from "./order.js";

const quiet = document.getElementById("all-quiet");
const filteredOut = document.getElementById("filtered-out");
const capped = Number(document.getElementById("rows").dataset.capped) > 0;
let wasQuiet = !quiet.hidden;

const isOpen = (row) => row.dataset.status !== "resolved" && row.dataset.gone !== "1";

function write(name, count) {
  const item = document.querySelector(`#strip [data-count="${name}"]`);
  if (!item) return;
  const number = item.querySelector("b");
  if (number.textContent !== String(count)) number.textContent = count;
  item.classList.toggle("is-zero", count === 0);
}

/** Counts anew. Beyond the cap the server's numbers stand, since not every row is here. */
export function count(all) {
  const open = all.filter(isOpen);
  write("mine", open.filter(isMine).length);
  if (!capped) {
    for (const item of document.querySelectorAll("#strip .strip-sev")) {
      write(item.dataset.count, open.filter((row) => row.dataset.severity === item.dataset.count).length);
    }
    write("at_risk", open.filter((row) => row.dataset.phase === "at_risk").length);
    write("breached", open.filter(isLate).length);
  }
  countInTitle("unheard", open.filter((row) => row.dataset.status === "triggered").length);
  quiet.hidden = all.length > 0;
  filteredOut.hidden = all.length === 0 || all.some((row) => !row.hidden);
  if (!quiet.hidden && !wasQuiet) announce(say("all_quiet"));
  wasQuiet = !quiet.hidden;
}
