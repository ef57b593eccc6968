// Single keys: / search, j k rows, n note, ? help. They can be switched off (WCAG 2.1.4) and never act on anything.

const STORED = "shortcuts-off";
const ROWS = "[data-incident]:not([hidden])";

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]") !== null;

function step(by) {
  const rows = [...document.querySelectorAll(ROWS)];
  if (rows.length === 0) return;
  const here = rows.indexOf(document.activeElement?.closest(ROWS));
  const next = here === -1 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, here + by));
  rows[next].querySelector('[data-focus="open"]')?.focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

function focusOn(selector) {
  const element = document.querySelector(selector);
  element?.focus();
  return Boolean(element);
}

const keys = {
  "/": () => focusOn("#search"),
  j: () => step(1),
  k: () => step(-1),
  n: () => focusOn("#composer textarea"),
  "?": () => document.getElementById("shortcuts").showModal(),
};

export function listenForKeys() {
  const box = document.getElementById("shortcuts-on");
  try { box.checked = localStorage.getItem(STORED) === null; } catch { /* no storage: they stay on */ }
  box.addEventListener("change", () => {
    try {
      if (box.checked) localStorage.removeItem(STORED);
      else localStorage.setItem(STORED, "1");
    } catch { /* no storage: for this page only */ }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenus(event);
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    const opener = event.target.closest?.("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
  });
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open], details.more[open]")) {
    menu.open = false;
    if (menu.contains(event.target)) menu.querySelector("summary").focus();
  }
}
