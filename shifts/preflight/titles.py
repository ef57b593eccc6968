"""The title of a test page, by which the portal knows its own again. Pure."""

import re

#: English alone: it is read in PagerDuty, where nobody's language is known.
_TITLE = "Test page of the on-call portal, please acknowledge ({key})"
_KNOWN = re.compile(r"Test page of the on-call portal, please acknowledge \(([0-9a-f]{32})\)")


def title_of(key: str) -> str:
    """What PagerDuty is told to show. `key` has 32 hexadecimal digits."""
    return _TITLE.format(key=key)


def key_in(title: str) -> str | None:
    """The key of a title that reads like a test page's; None for any other."""
    found = _KNOWN.fullmatch(title.strip())
    return found[1] if found else None
