// A second tap on a button whose form is on its way would show what the portal says to a repetition, not to the act.

/** Forms that are sent as a page are sent once, until the page is left or shown again. */
export function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sending) event.preventDefault();
    form.dataset.sending = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
  });
}
