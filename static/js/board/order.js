// Worst first: the same order as the server's.

/** Whether any of its open clocks is past its deadline, the one that is shown or another. */
export const isLate = (row) => row.dataset.phase === "breached" || row.dataset.late === "1";

function key(row) {
  const due = Date.parse(row.dataset.due);
  return [
    isLate(row) ? 0 : Number.isNaN(due) ? 2 : 1,
    Number.isNaN(due) ? 0 : due,
    row.dataset.severity,
    Number(row.dataset.incident),
  ];
}

function compare(left, right) {
  const [a, b] = [key(left), key(right)];
  for (let at = 0; at < a.length; at += 1) {
    if (a[at] < b[at]) return -1;
    if (a[at] > b[at]) return 1;
  }
  return 0;
}

/** Puts the rows of `list` in order, moving as few as possible and never the one that has the keyboard's focus; whether any moved. */
export function sortRows(list) {
  const wanted = [...list.children].sort(compare);
  if (wanted.every((row, at) => list.children[at] === row)) return false;
  const focused = document.activeElement?.closest("[data-incident]");
  if (focused && list.contains(focused)) {
    // Everything else is put around it, since an element that is moved loses the focus.
    const at = wanted.indexOf(focused);
    for (const row of wanted.slice(0, at)) focused.before(row);
    let after = focused;
    for (const row of wanted.slice(at + 1)) { after.after(row); after = row; }
    return true;
  }
  wanted.forEach((row, at) => {
    if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
  });
  return true;
}
