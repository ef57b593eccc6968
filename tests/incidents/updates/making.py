"""Updates as a responder sends them."""

from datetime import timedelta
from typing import Any, cast

from django.http import HttpResponse

from accounts.models import User
from incidents.enums import EntryKind
from incidents.models import Incident, StakeholderUpdate, TimelineEntry
from incidents.services.ask_pagerduty import Act
from incidents.services.send_update import send_update
from incidents.stakeholders import Draft
from incidents.timeline import timeline_of
from incidents.updates.kinds import UpdateChannel, UpdateState
from tests.cast import browser_of

WORDS = "Messages are delayed. Next update by {next}."
HERE = frozenset({UpdateChannel.STATUS_PAGE})
EVERYWHERE = frozenset(UpdateChannel)


def tell(user: User, incident: Incident, *, key: str = "one form", **changed: Any) -> StakeholderUpdate:
    """One update by the service, in 30 minutes the next, on the status page alone unless `changed` says otherwise."""
    usual: dict[str, Any] = {
        "text": WORDS,
        "state": UpdateState.INVESTIGATING,
        "next_in": timedelta(minutes=30),
        "channels": HERE,
    }
    return send_update(act=Act(incident.pk, user, key), draft=Draft(**usual | changed))


def post(user: User, incident: Incident, *, to: str = "updates/", htmx: bool = False, **sent: Any) -> HttpResponse:
    """The same through the form."""
    usual: dict[str, Any] = {
        "text": WORDS,
        "state": "investigating",
        "minutes": "30",
        "channels": ["status_page"],
        "idempotency_key": "one form",
    }
    client = browser_of(user, **({"HX-Request": "true"} if htmx else {}))
    return cast(HttpResponse, client.post(f"/incidents/{incident.pk}/{to}", usual | sent))


def on_timeline(incident: Incident) -> list[TimelineEntry]:
    """What the room shows of what was told."""
    return [entry for entry in timeline_of(incident).entries if entry.kind == EntryKind.STATUS_UPDATE]
