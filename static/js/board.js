// The board: rows arrive, change and leave by themselves. Only what passes the filters is news; the rest waits unseen.

import { filter, offerServices, onFilterChange } from "./board/filters.js";
import { count } from "./board/counts.js";
import { called, onRowsChanged, passFocusOn, reconcile, rows, sort, takeIn } from "./board/rows.js";
import { announce } from "./lib/announce.js";
import { runCountdowns } from "./lib/countdown.js";
import { stayLive } from "./lib/live.js";
import { say } from "./lib/strings.js";
import { localise } from "./lib/times.js";

const list = document.getElementById("rows");
const FETCH_AT_ONCE = 50;
const LOOK_AGAIN_AFTER = 1_500;
const TRY_AGAIN_AFTER = 3_000;
const CONFLICT = 409;

function refresh() {
  const passes = filter();
  offerServices(rows());
  for (const row of rows()) {
    if (!passes(row)) passFocusOn(row);
    row.hidden = !passes(row);
  }
  drawCountdowns();
  sort();
  count(rows());
}

async function fetchRows(numbers, isNews) {
  for (let at = 0; at < numbers.length; at += FETCH_AT_ONCE) {
    const query = new URLSearchParams(numbers.slice(at, at + FETCH_AT_ONCE).map((number) => ["n", number]));
    try {
      const answer = await fetch(`${list.dataset.rowsUrl}?${query}`, { headers: { "HX-Request": "true" } });
      if (answer.ok) { takeIn(await answer.text(), isNews); continue; }
      if (answer.status < 500) return;
    } catch { /* the portal could not be reached: below */ }
    // The stream may be alive all the same, and would not tell a second time.
    setTimeout(() => fetchRows(numbers.slice(at), isNews), TRY_AGAIN_AFTER * (0.5 + Math.random()));
    return;
  }
}

function takeStrip(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const strip = template.content.querySelector("#strip");
  if (strip) document.getElementById("strip").replaceWith(strip);
  count(rows());
}

const panel = document.getElementById("cluster-panel");
const SPREAD_OVER = 1_000;

/** Asks for the cluster's panel anew, not in the same instant as all other boards. */
function refreshPanel() {
  setTimeout(() => window.htmx?.trigger(panel, "refresh"), Math.random() * SPREAD_OVER);
}

const drawCountdowns = runCountdowns((row, phase, turned) => {
  if (!turned) return;
  if (phase === "breached") announce(say("now_breached", { what: called(row) }));
  queueMicrotask(refresh);
});
onRowsChanged(refresh);
onFilterChange(refresh);
refresh();
stayLive(list.dataset.live, {
  row: (html) => takeIn(html, filter()),
  strip: takeStrip,
  cluster: refreshPanel,
  snapshot: (json) => { refreshPanel(); fetchRows(reconcile(JSON.parse(json).rows), filter()).then(refresh); },
});

panel.addEventListener("htmx:afterSwap", () => localise(panel));

// What the reader did must show even while the stream is away.
document.body.addEventListener("htmx:afterRequest", (event) => {
  const row = event.detail.elt.closest("[data-incident]");
  if (!row) return;
  const { incident: number, version } = row.dataset;
  // Refused because the incident is not as it stands here: then it must not go on standing here.
  if (event.detail.xhr.status === CONFLICT) fetchRows([number], filter());
  if (!event.detail.successful) return;
  setTimeout(() => {
    if (document.getElementById(`incident-${number}`)?.dataset.version === version) fetchRows([number], filter());
  }, LOOK_AGAIN_AFTER);
});
