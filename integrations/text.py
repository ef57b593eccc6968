"""Text that somebody else wrote, made fit to be stored, shown and told apart. Pure."""

import json
import re
from hashlib import sha256

# Control characters break terminals, logs and Postgres (NUL); the bidirectional ones reverse what a reader sees.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def clean_text(text: str, *, limit: int) -> str:
    """The text without control and direction characters, at most `limit` characters, cut with an ellipsis."""
    cleaned = _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"


def once_key(key: str, *content: object) -> str:
    """The key of an act as it is stored, 32 hex digits: its form's own key with everything that was sent.

    A page that the browser brought back carries its old key: other content is another act all the same, and the same content
    twice is one. `content` is what JSON knows, or has a `str` that tells it apart (days, spans, amounts); no sets.
    """
    return sha256(json.dumps([key, *content], sort_keys=True, default=str).encode()).hexdigest()[:32]
