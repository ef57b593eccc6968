// The words of the interface, rendered by Django in the reader's language (templates/_strings.html).

const words = new Map();
for (const item of document.getElementById("strings")?.content.querySelectorAll("[data-key]") ?? []) {
  words.set(item.dataset.key, item.textContent);
}

function pattern(key) {
  if (!words.has(key)) throw new Error(`no words for “${key}” in _strings.html`);
  return words.get(key);
}

/** The sentence for `key` with every {name} filled from `values`. */
export function say(key, values = {}) {
  return pattern(key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** What stands before and after {time}, so that the number can be drawn large in any language's word order. */
export function around(key) {
  const [before, after = ""] = pattern(key).split("{time}");
  return [before.trim(), after.trim()];
}

/** Milliseconds as words of two units: «4 min 10 s». */
export function inWords(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes === 0) return say("seconds", { count: seconds });
  if (hours === 0) return say("minutes_seconds", { minutes, seconds: seconds % 60 });
  if (hours < 24) return say("hours_minutes", { hours, minutes: minutes % 60 });
  return say("days_hours", { days: Math.floor(hours / 24), hours: hours % 24 });
}

/** Milliseconds as an age: one unit below an hour, since a row's age need not tick. */
export function age(milliseconds) {
  if (milliseconds < 60_000) return say("seconds", { count: Math.max(0, Math.floor(milliseconds / 1000)) });
  if (milliseconds < 3_600_000) return say("minutes", { count: Math.floor(milliseconds / 60_000) });
  return inWords(milliseconds);
}
