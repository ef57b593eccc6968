// Evidence as tabs. Without JavaScript its parts are panels to open one by one; a newer rendering keeps the tab, what is open
// in it, and where its boxes are scrolled to.

const root = () => document.getElementById("room-evidence");
const tabsOf = (section) => [...section.querySelectorAll("[role=tab]")];

function select(section, name, { focus = false } = {}) {
  for (const tab of tabsOf(section)) {
    const isChosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    // The page itself must not move: the reader may be far below, typing.
    if (isChosen && focus) tab.focus({ preventScroll: true });
  }
  for (const part of section.querySelectorAll(".part")) part.open = part.dataset.part === name;
}

/** Makes panels of tabs out of what is there to be opened one by one. */
function dress(section) {
  for (const part of section.querySelectorAll(".part")) {
    const body = part.querySelector(".part-body");
    body.setAttribute("role", "tabpanel");
    body.setAttribute("aria-labelledby", `tab-${part.dataset.part}`);
    body.tabIndex = 0;
  }
  section.classList.add("is-tabbed");
}

const chosenIn = (section) => section.querySelector("[role=tab][aria-selected=true]")?.dataset.tab;

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

function onKey(event) {
  const tab = event.target.closest?.("#room-evidence [role=tab]");
  if (!tab || event.altKey || event.ctrlKey || event.metaKey) return;
  const tabs = tabsOf(root());
  const at = tabs.indexOf(tab);
  let next = null;
  if (event.key in STEPS) next = (at + STEPS[event.key] + tabs.length) % tabs.length;
  else if (event.key === "Home") next = 0;
  else if (event.key === "End") next = tabs.length - 1;
  if (next === null) return;
  event.preventDefault();
  select(root(), tabs[next].dataset.tab, { focus: true });
  wanted = tabs[next].dataset.tab;
}

/** The tab that the reader chose; until then it is the one that the server opened. */
let wanted = null;

const scrollable = (section) => [...section.querySelectorAll("pre, .evidence-scroll, .tabs")];
const keyOf = (box) => `${box.closest("[data-part]")?.dataset.part ?? ""} ${box.getAttribute("aria-label") ?? ""} ${box.closest(".evidence-log")?.getAttribute("aria-label") ?? ""}`;

/** Wires the tabs; `aroundChange(change)` replaces the section and keeps the reader's place in it. */
export function followEvidence() {
  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("#room-evidence [role=tab]");
    if (!tab) return;
    wanted = tab.dataset.tab;
    select(root(), wanted);
  });
  document.addEventListener("keydown", onKey);
  // Whoever asks for one kind wants to see that one when it comes.
  document.addEventListener("submit", (event) => {
    const kind = event.target.closest?.(".runbook-do")?.elements.kind?.value;
    if (!kind) return;
    wanted = kind;
    if (tabsOf(root()).some((tab) => tab.dataset.tab === kind)) select(root(), kind);
  });
  dress(root());
  return {
    stamp: () => root()?.dataset.stamp ?? "",
    aroundChange(change) {
      const places = new Map(scrollable(root()).map((box) => [keyOf(box), [box.scrollTop, box.scrollLeft]]));
      // What the server would open now is its own choice, and only for who has made none.
      for (const part of root().querySelectorAll(".part")) part.removeAttribute("data-key");
      change();
      const section = root();
      dress(section);
      const names = tabsOf(section).map((tab) => tab.dataset.tab);
      const name = names.includes(wanted) ? wanted : chosenIn(section);
      if (name) select(section, name);
      for (const box of scrollable(section)) {
        const [top, left] = places.get(keyOf(box)) ?? [0, 0];
        box.scrollTop = top;
        box.scrollLeft = left;
      }
    },
  };
}
