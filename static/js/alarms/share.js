// My clocks, shared by the tabs of this device: any stream writes them down, and pages without a stream of their own hold
// one between them, since a browser has but six connections to a server over HTTP/1.1.

const LIST = "alarms-list";
const HEARD = "alarms-heard";
const TRUSTED_FOR = 30_000; // as long as somebody's stream was alive so lately, the list is what the server would say
const me = document.body.dataset.me;

function store(key, value) {
  try { localStorage.setItem(key, value); return true; } catch { return false; }
}

/** A stream of this tab is alive. */
export const heard = () => store(HEARD, String(Date.now()));

/** What this tab's stream brought. */
export function share(clocks) {
  heard();
  store(LIST, JSON.stringify({ me, clocks }));
}

function read(text) {
  try {
    const list = JSON.parse(text);
    return list?.me === me ? list.clocks : [];
  } catch { return []; }
}

/** What another tab, or the page before this one, heard just now; nothing where that is too long ago. */
export function sharedClocks() {
  try {
    return Date.now() - Number(localStorage.getItem(HEARD)) < TRUSTED_FOR ? read(localStorage.getItem(LIST)) : [];
  } catch { return []; }
}

/** Calls `handle` with what other tabs hear. */
export function onShared(handle) {
  window.addEventListener("storage", (event) => { if (event.key === LIST) handle(read(event.newValue)); });
}

/** Calls `open` in one of the tabs that ask for it, and in the next once that one is gone. */
export function oneOfTheTabs(open) {
  if (!navigator.locks || !heard()) { open(); return; }
  navigator.locks.request("alarms-stream", () => { open(); return new Promise(() => {}); });
}
