// The server's time. A laptop's clock may be minutes off, and a countdown must not be.

/** How far the page's clock is from the server's, in milliseconds, judged by the message that travelled fastest. */
let offset = null;
const TRUSTED_DRIFT = 2_000;

// The monotonic clock does not jump when the device's clock is set; where it stopped during sleep, the next message shows.
const local = () => performance.timeOrigin + performance.now();

/** Learns from an instant the server wrote just now. A late message only makes the offset smaller, so the largest is nearest. */
export function observe(iso) {
  const sample = Date.parse(iso) - local();
  if (Number.isNaN(sample)) return;
  if (offset === null || sample > offset || offset - sample > TRUSTED_DRIFT) offset = sample;
}

/** Milliseconds since the epoch by the server's clock. */
export function now() {
  return local() + (offset ?? 0);
}

observe(document.body.dataset.now);
