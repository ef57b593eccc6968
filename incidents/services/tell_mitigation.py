"""What the timeline and the audit keep of a mitigation: codes and numbers, put into words when they are shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import User
from incidents.enums import EntryKind, EntrySource
from incidents.models import Mitigation, TimelineEntry


def told_of(mitigation: Mitigation) -> dict[str, Any]:
    """What is done to what."""
    return {
        "mitigation": mitigation.pk,
        "verb": mitigation.verb,
        "parameters": mitigation.parameters,
        "target": mitigation.target,
        **({"command": mitigation.command} if mitigation.command else {}),
        **({"way_back_of": mitigation.way_back_of_id} if mitigation.way_back_of_id else {}),
    }


def write_entry(
    mitigation: Mitigation,
    kind: EntryKind,
    *,
    at: datetime,
    actor: User | None = None,
    verdict: Mapping[str, Any] | None = None,
) -> None:
    """Writes one line of the timeline, in the transaction of what it tells. Written twice it stands once."""
    about = f"{kind}:{mitigation.pk}" + (f":{verdict['code']}" if verdict else "")
    TimelineEntry.objects.get_or_create(
        incident_id=mitigation.incident_id,
        source=EntrySource.PORTAL,
        source_id=about,
        defaults={
            "kind": kind,
            "occurred_at": at,
            "actor": actor,
            "actor_name": actor.display_name if actor else "",
            "data": told_of(mitigation) | ({"verdict": dict(verdict)} if verdict else {}),
        },
    )
