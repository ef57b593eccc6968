// The browser's notifications. Asked for on a click alone.

const ICON = new URL("../../img/icon.svg", import.meta.url).href;

/** `granted`, `denied` (the browser blocks them), `default` (not asked yet) or `missing`. */
export const permission = () => ("Notification" in window ? Notification.permission : "missing");

/** Asks the person; call it from a click. Gives the permission back. */
export async function askPermission() {
  return permission() === "default" ? Notification.requestPermission() : permission();
}

/** Shows one; a later one with the same tag takes its place. False where the browser shows none of a page (Android). */
export function notify({ title, body, tag, address, stays }) {
  try {
    const shown = new Notification(title, { body, tag, icon: ICON, requireInteraction: stays });
    shown.addEventListener("click", () => {
      window.focus();
      if (address) location.assign(address);
      shown.close();
    });
    return true;
  } catch {
    return false;
  }
}
