// One timer for everything that changes with time.

const INTERVAL = 250;
const jobs = new Set();

function tick() {
  for (const job of jobs) job();
}

/** Calls `job` four times a second, and at once when the page comes back to the foreground. */
export function everyTick(job) {
  jobs.add(job);
  job();
}

setInterval(tick, INTERVAL);
document.addEventListener("visibilitychange", tick);
