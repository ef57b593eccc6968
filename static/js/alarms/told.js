// What this device has been told, by channel and clock, so that several tabs and reloads tell it once.

const STORED = "alarms-told";
const FORGET_AFTER = 2 * 86_400_000;
let withoutStorage = {};

function read() {
  try { return JSON.parse(localStorage.getItem(STORED)) ?? {}; } catch { return withoutStorage; }
}

function write(told) {
  withoutStorage = told;
  try { localStorage.setItem(STORED, JSON.stringify(told)); } catch { /* no storage: this tab remembers */ }
}

/** Takes `keys` on and gives back those that no tab had taken on. What is no longer asked for is forgotten after two days. */
export async function claim(channel, keys) {
  const take = () => {
    const at = Date.now();
    const told = read();
    const names = keys.map((key) => `${channel} ${key}`);
    const fresh = keys.filter((_key, place) => !(names[place] in told));
    for (const name of names) told[name] = at;
    write(Object.fromEntries(Object.entries(told).filter(([, since]) => at - since < FORGET_AFTER)));
    return fresh;
  };
  // One tab at a time; where there are no locks (plain HTTP) the storage alone tells them apart.
  return navigator.locks ? navigator.locks.request(STORED, take) : take();
}
