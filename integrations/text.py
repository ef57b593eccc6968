"""Text that somebody else wrote, made fit to be stored and shown. Pure."""

import re

# Control characters break terminals, logs and Postgres (NUL); the bidirectional ones reverse what a reader sees.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def clean_text(text: str, *, limit: int) -> str:
    """The text without control and direction characters, at most `limit` characters, cut with an ellipsis."""
    cleaned = _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"
