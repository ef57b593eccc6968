// A screen on the wall: full, and awake.

const button = document.getElementById("full-screen");
const keysOn = document.getElementById("shortcuts-on");

function toggle() {
  const answer = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  answer.catch(() => { /* the browser does not want to: the wall is readable all the same */ });
}

/** Keeps the screen awake while the wall is in front; a phone in a pocket has it in the background. */
function stayAwake() {
  if (document.visibilityState === "visible") navigator.wakeLock.request("screen").catch(() => { /* a battery that is low */ });
}

/** The key f, its button, and the wake lock, as far as the browser has them. */
export function runScreen() {
  if (navigator.wakeLock) {
    document.addEventListener("visibilitychange", stayAwake);
    stayAwake();
  }
  if (!document.fullscreenEnabled) { button.hidden = true; return; }
  button.addEventListener("click", toggle);
  document.addEventListener("fullscreenchange", () => button.setAttribute("aria-pressed", String(Boolean(document.fullscreenElement))));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "f" || !keysOn.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, select, textarea, dialog")) return;
    toggle();
  });
}
