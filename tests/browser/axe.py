"""Pages under axe."""

from playwright.sync_api import Page
from pytest_playwright_axe import Axe

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


def violations(page: Page) -> list[str]:
    """What axe finds, as `rule: selector`."""
    results = Axe().run(page, options=RULES, html_report_generated=False, json_report_generated=False)
    return [f"{each['id']}: {node['target']}" for each in results["violations"] for node in each["nodes"]]
