"""Acts as people do them: a post to the portal, then the outbox's delivery to the simulated PagerDuty."""

from typing import Any, cast

from django.db.models.functions import Now
from django.http import HttpResponse

from accounts.models import User
from incidents.models import Incident, OutboxMessage
from incidents.services.deliver_outbox import deliver_outbox, due_messages
from shifts.services.mirror_on_call import mirror_on_call
from simulators.pagerduty.model import Incident as Page
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import browser_of
from tests.incidents.story import poll, portal_client


def ring(
    pagerduty: RunningSimulator,
    title: str = "[P1] High Error Rate - chatops-gateway",
    *,
    age_seconds: float = 0,
) -> tuple[Page, Incident]:
    """A page that rang in PagerDuty, and the incident the portal made of it; who is on call is known, too."""
    page = pagerduty.trigger(title, age_seconds=age_seconds)
    poll(pagerduty)
    mirror_on_call(pagerduty=portal_client(pagerduty))
    return page, Incident.objects.get(pagerduty_id=page.id)


def act(user: User, incident: Incident, verb: str, **fields: Any) -> HttpResponse:
    """Presses a button in the room; `htmx=True` with JavaScript."""
    client = browser_of(user, **({"HX-Request": "true"} if fields.pop("htmx", False) else {}))
    return cast(HttpResponse, client.post(f"/incidents/{incident.pk}/{verb}/", fields))


def send_due(pagerduty: RunningSimulator) -> None:
    """What the worker does: everything that is due goes out, one message of an incident after the other."""
    for message_id in due_messages():
        following: int | None = message_id
        while following is not None:
            following = deliver_outbox(message_id=following, pagerduty=portal_client(pagerduty))


def retry_now() -> None:
    """Lets the waiting messages' next attempts become due."""
    OutboxMessage.objects.filter(state="waiting").update(next_attempt_at=Now())


def sent_as(pagerduty: RunningSimulator) -> list[tuple[str, str | None, int | None]]:
    """What changed something in PagerDuty: method, the acting address, the answer."""
    return [(call.method, call.requester, call.status) for call in pagerduty.calls if call.method != "GET"]
