// Results of acts, in words, at the top of what is on the screen.

const SUCCESS_STAYS = 8_000;
const box = document.getElementById("notice");

/** Shows one sentence of ours; the server's own arrive as fragments. */
export function showError(text) {
  const notice = document.getElementById("notice-error").content.cloneNode(true);
  notice.querySelector("span").textContent = text;
  box.replaceChildren(notice);
}

/** Lets notices be dismissed; a success leaves by itself, since the page then shows what it brought about. */
export function watchNotices() {
  box.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".notice").remove();
  });
  const leave = () => {
    for (const notice of box.querySelectorAll(".notice-success")) setTimeout(() => notice.remove(), SUCCESS_STAYS);
  };
  new MutationObserver(leave).observe(box, { childList: true });
  leave();
}
