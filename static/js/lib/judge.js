// Judging the severity: a link to the form opens it and leads to the choice.

const panel = document.getElementById("judge");

function open() {
  panel.open = true;
  panel.scrollIntoView({ block: "start" });
  (panel.querySelector("input[type=radio]:checked:enabled") ?? panel.querySelector("summary")).focus({ preventScroll: true });
}

export function watchJudging() {
  if (location.hash === "#judge") open();
  // A draft that came back must be seen.
  else if (panel.querySelector("textarea")?.value) panel.open = true;
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.('a[href="#judge"]')) return;
    event.preventDefault();
    open();
  });
}
