"""Untrusted words in Slack's mrkdwn: they can make neither a mention nor a link. Pure.

Source: «Formatting text for app surfaces» and «Block Kit» in Slack's documentation.
"""

import re
from typing import Any

from integrations.text import clean_text


def escaped(text: str) -> str:
    """Slack's three control characters («Escaping text»)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unmentioned(text: str) -> str:
    """A word joiner after each @, so that no name is called."""
    return text.replace("@", "@\u2060")


def line(untrusted: str, *, limit: int) -> str:
    """Untrusted text as one line that mentions nobody."""
    return unmentioned(escaped(clean_text(re.sub(r"\s+", " ", untrusted), limit=limit)))


def mrkdwn(text: str) -> dict[str, Any]:
    """A text object whose addresses, @names and #channels stay plain words (`verbatim`); our own links work all the same."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(untrusted: str) -> dict[str, Any]:
    """A text object in which nothing is a mention, a link or a format."""
    return {"type": "plain_text", "text": unmentioned(untrusted), "emoji": False}


def field(label: str, value: str) -> dict[str, Any]:
    """A name over what it names; `value` is escaped already."""
    return mrkdwn(f"*{escaped(label)}*\n{value}")


def link(address: str, words: str) -> dict[str, Any]:
    """Our own address as a link. No button: Slack would report each press to the app, and warn the reader where nothing answers."""
    return mrkdwn(f"<{escaped(address).replace('|', '%7C')}|{escaped(words)}>")
