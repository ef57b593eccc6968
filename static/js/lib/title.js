// The one owner of the document's title: what the page is, and before it what waits, worst first.

const page = document.title;
const counts = { alarms: 0, unheard: 0 };
const shown = { alarms: (count) => `⚠ ${count}`, unheard: (count) => `(${count})` };

/** Puts `count` before the title, or nothing for 0. `alarms`: my clocks at risk or breached; `unheard`: triggered incidents. */
export function countInTitle(name, count) {
  counts[name] = count;
  const marks = Object.keys(counts).filter((each) => counts[each] > 0).map((each) => shown[each](counts[each]));
  const title = [...marks, page].join(" ");
  if (document.title !== title) document.title = title;
}
