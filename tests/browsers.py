"""Which Chromium the browser tests drive."""

import shutil


def chromium_path() -> str | None:
    """The machine's own Chromium; None means the one Playwright has installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)
