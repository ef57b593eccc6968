"""The audit chain's arithmetic. Pure: it knows no model and no clock."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

FIRST_DIGEST = "0" * 64


@dataclass(frozen=True)
class AuditFacts:
    """What one audit record says, as it is hashed."""

    sequence: int
    at: datetime
    actor_name: str
    verb: str
    target: str
    data: dict[str, object]


def digest_of(facts: AuditFacts, *, previous: str) -> str:
    """The SHA-256, in hex, over the record's content in a canonical form and the digest before it."""
    content = [
        previous,
        facts.sequence,
        facts.at.astimezone(UTC).isoformat(timespec="microseconds"),
        facts.actor_name,
        facts.verb,
        facts.target,
        facts.data,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def first_broken(chain: Iterable[tuple[AuditFacts, str, str]]) -> int | None:
    """The sequence of the first record whose (facts, previous digest, digest) do not fit, or None for a whole chain."""
    expected_previous = FIRST_DIGEST
    for expected_sequence, (facts, previous, digest) in enumerate(chain, start=1):
        fits = facts.sequence == expected_sequence and previous == expected_previous
        if not fits or digest != digest_of(facts, previous=previous):
            return facts.sequence
        expected_previous = digest
    return None
