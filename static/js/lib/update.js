// The composer of an update: whoever follows a link to it finds it open and may type at once.

/** Wires every link to the composer, and the address that leads to it. */
export function openComposer() {
  const composer = document.getElementById("update");
  if (!composer) return;
  const open = () => {
    composer.open = true;
    composer.scrollIntoView({ block: "start" });
    composer.querySelector("textarea").focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.('a[href="#update"]')) return;
    event.preventDefault();
    open();
  });
  if (location.hash === "#update") open();
}
