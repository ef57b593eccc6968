// The timeline: newest last, filtered by kind, and following the newest only for who is looking at it.

import { say } from "./strings.js";

const NEAR = 160;

/** Wires the filter and the jump; `aroundChange(change)` replaces entries and keeps the reader's place. */
export function followTimeline() {
  const select = document.getElementById("kind-filter");
  const jump = document.getElementById("jump");
  const words = jump.querySelector("span").textContent;
  const newest = document.getElementById("newest");
  const entries = () => [...document.querySelectorAll("#room-timeline .entry")];
  let unread = 0;

  const isAtNewest = () => newest.getBoundingClientRect().top < window.innerHeight + NEAR;
  function tell() {
    jump.querySelector("span").textContent = unread > 0 ? say("newer_entries", { count: unread }) : words;
    jump.classList.toggle("btn-primary", unread > 0);
  }
  function filter() {
    for (const entry of entries()) entry.hidden = select.value !== "" && entry.dataset.kind !== select.value;
  }

  select.addEventListener("change", filter);
  jump.addEventListener("click", (event) => {
    event.preventDefault();
    newest.scrollIntoView({ block: "center" });
    newest.focus({ preventScroll: true });
  });
  new IntersectionObserver(([entry]) => {
    if (entry.isIntersecting) { unread = 0; tell(); }
  }).observe(newest);

  return {
    aroundChange(change) {
      const known = new Set(entries().map((entry) => entry.id));
      const following = isAtNewest();
      change();
      filter();
      const fresh = entries().filter((entry) => !known.has(entry.id));
      for (const entry of fresh) entry.classList.add("is-fresh");
      if (!following) unread += fresh.length;
      tell();
    },
  };
}
