"""The team's channel in tests: a simulated Slack that the portal's settings lead to, and rounds of sending."""

from datetime import datetime, timedelta

from django.db.models.functions import Now

from accounts.database_time import database_now
from incidents.enums import EntryKind, NoticeKind
from incidents.models import Incident, Notice
from incidents.services.advance_clocks import breach_due_clocks, note_clocks_at_risk
from incidents.services.ingest import ingest_facts
from incidents.services.record_facts import VendorFact
from incidents.services.send_notices import Round, send_notices
from integrations.slack import Slack
from simulators.slack.testing import RunningSlack
from tests.factories import LIN, make_incident
from tests.incidents.test_sla_engine import let_pass


def send(slack: RunningSlack, *, timeout: int = 2) -> Round:
    """One round, as the worker does it."""
    return send_notices(slack=Slack(url=slack.webhook_url, timeout=timeout))


def retry_now() -> None:
    """Lets the next attempts of what waits become due."""
    Notice.objects.filter(state="waiting").update(next_attempt_at=Now())


def breached(number: int = 1, *, title: str = "[P0] Burning - chatops-gateway") -> Incident:
    """An incident of which one clock, respond, is breached since seconds; the engine has just written it."""
    incident = make_incident(number, title=title)
    let_pass(incident, 4.05)
    assert breach_due_clocks() == 1
    return incident


def at_risk(number: int = 1, *, title: str = "[P0] Burning - chatops-gateway") -> Incident:
    """An incident of which one clock, respond, is due in half a minute; the engine has just noted it."""
    incident = make_incident(number, title=title)
    let_pass(incident, 3.5)
    assert note_clocks_at_risk() == 1
    return incident


def acknowledged(incident: Incident, *, after: timedelta = timedelta(seconds=1)) -> None:
    """The portal hears only now that Lin acknowledged, `after` the page rang."""
    incident.refresh_from_db()
    _hear(incident, EntryKind.ACKNOWLEDGED, incident.triggered_at + after)


def resolved(incident: Incident) -> None:
    """Lin has just resolved it."""
    _hear(incident, EntryKind.RESOLVED, database_now())


def headlines(slack: RunningSlack) -> list[str]:
    """What each message says of the clock, without the incident's own words."""
    return [text.partition(" · ")[2].partition(": Burning")[0] for text in slack.texts]


def _hear(incident: Incident, kind: EntryKind, at: datetime) -> None:
    ingest_facts(incident_pagerduty_id=incident.pagerduty_id, facts=[VendorFact(kind, at, agent=LIN, source_id="R1")])


def told(kind: NoticeKind) -> list[tuple[str, str]]:
    """State and last error of the notices of a kind, oldest first."""
    return list(Notice.objects.filter(kind=kind).order_by("pk").values_list("state", "last_error"))
