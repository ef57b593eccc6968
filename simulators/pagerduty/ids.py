"""Identifiers of the shapes PagerDuty hands out."""

from __future__ import annotations

import secrets
import string

_ALPHABET = string.ascii_uppercase + string.digits


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def incident_id() -> str:
    """14 characters, as incidents since 2021: `Q11LATZGWTP02U`."""
    return "Q" + _random(13)


def alert_id() -> str:
    """14 characters, as alerts have them."""
    return "Q" + _random(13)


def override_id() -> str:
    """14 characters, as overrides of a schedule have them: `Q3X6MJ1LUKD6QW`."""
    return "Q" + _random(13)


def log_entry_id() -> str:
    """26 characters: `RPZTTS31FKCPWDVIOT7KEND5AD`."""
    return "R" + _random(25)


def short_id() -> str:
    """7 characters, as notes, status updates and most small objects: `PWL7QXS`."""
    return "P" + _random(6)


def shift_id() -> str:
    """26 characters, as everything inside a shift-based schedule has them: `AGO462IDT5ZMNFBVSROUDT6B4M`."""
    return "A" + _random(25)


def event_id() -> str:
    """26 characters, as webhook events and change events: `01BWDWL3NYY7LUFPZCC28QUCMK`."""
    return "01" + _random(24)


def dedup_key() -> str:
    """32 hexadecimal digits, as Events v2 hands out when the sender names none."""
    return secrets.token_hex(16)
