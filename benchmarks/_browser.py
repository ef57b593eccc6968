"""The board in a real Chromium that notes when rows appear."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright

# Instants are milliseconds since 1970, by the clock that Python's time.time() reads.
OBSERVE = """() => {
  window.seen = new Map();
  new MutationObserver((records) => {
    const at = performance.timeOrigin + performance.now();
    for (const record of records) for (const row of record.addedNodes) {
      if (!row.dataset?.incident) continue;
      const title = /\\((\\d+)\\)/.exec(row.querySelector("h3 a").textContent);
      for (const name of [`row ${row.dataset.incident} ${row.dataset.version}`, title && `title ${title[1]}`]) {
        if (name && !window.seen.has(name)) window.seen.set(name, at);
      }
    }
  }).observe(document.getElementById("rows"), { childList: true });
}"""


@dataclass(frozen=True)
class BoardInBrowser:
    """An open board."""

    page: Page

    def wait_for(self, name: str, *, within_s: float = 15.0) -> float:
        """When the row named so (`title <delivery>` or `row <incident> <version>`) stood in the page: ms since 1970."""
        found = self.page.wait_for_function("(name) => window.seen.get(name)", arg=name, timeout=within_s * 1000)
        return float(found.json_value())


@contextmanager
def board_in_browser(url: str, cookie: str) -> Iterator[BoardInBrowser]:
    """The board of the person whose session the cookie carries, live when the block begins."""
    name, _, value = cookie.partition("=")
    installed = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=installed, args=["--no-sandbox", "--disable-background-networking"]
        )
        try:
            context = browser.new_context()
            context.add_cookies([{"name": name, "value": value, "url": url}])
            page = context.new_page()
            with page.expect_response(lambda answer: "/live/board/" in answer.url):
                page.goto(f"{url}/")
            page.evaluate(OBSERVE)
            yield BoardInBrowser(page)
        finally:
            browser.close()
