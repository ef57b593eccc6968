// Replacing a piece of the page must not take the keyboard away from who is on it.

/** Remembers where the focus stands inside `element`; the returned function puts it back into what replaced it. */
export function keepFocus(element) {
  const active = document.activeElement;
  if (!active || !element.contains(active)) return () => {};
  const name = active.dataset.focus ?? "";
  const selection = "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : null;
  const { id } = active;
  return (replacement) => {
    const target = (id && replacement.querySelector(`#${CSS.escape(id)}`))
      || (name && replacement.querySelector(`[data-focus="${name}"]`))
      || replacement.querySelector("[data-focus]");
    target?.focus({ preventScroll: true });
    if (selection?.[0] != null && target?.setSelectionRange) target.setSelectionRange(...selection);
  };
}
