// What this device has been told, by channel and clock, so that several tabs and reloads tell it once. In IndexedDB, whose
// transactions exclude each other: what one tab writes to localStorage another may not see yet, under a lock as well.

const NAME = "alarms-told";
const FORGET_AFTER = 2 * 86_400_000;
const withoutStore = new Set();
let opening = null;

const finished = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

function open() {
  if (!opening) {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(NAME).createIndex("at", "at");
    opening = finished(request);
  }
  return opening;
}

async function claimInStore(names, at) {
  const store = (await open()).transaction(NAME, "readwrite").objectStore(NAME);
  const old = await finished(store.index("at").getAllKeys(IDBKeyRange.upperBound(at - FORGET_AFTER)));
  for (const name of old) store.delete(name);
  const known = await Promise.all(names.map((name) => finished(store.get(name))));
  for (const name of names) store.put({ at }, name);
  return known.map((row) => row === undefined);
}

function claimHere(names) {
  const areFresh = names.map((name) => !withoutStore.has(name));
  for (const name of names) withoutStore.add(name);
  return areFresh;
}

/** Takes `keys` on and gives back those that no tab had taken on. What is no longer asked for is forgotten after two days. */
export async function claim(channel, keys) {
  const names = keys.map((key) => `${channel} ${key}`);
  // Where the browser stores nothing for us, this tab remembers.
  const areFresh = await claimInStore(names, Date.now()).catch(() => claimHere(names));
  return keys.filter((_key, place) => areFresh[place]);
}
