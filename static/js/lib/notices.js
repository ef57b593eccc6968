// Results of acts, in words, at the top of the page.

const box = document.getElementById("notice");

/** Shows one sentence of ours; the server's own arrive as fragments. */
export function showNotice(level, text) {
  const notice = document.createElement("div");
  notice.className = `notice notice-${level}`;
  const words = document.createElement("span");
  words.textContent = text;
  notice.append(words);
  box.replaceChildren(notice);
}
