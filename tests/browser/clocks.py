"""Incidents whose clocks are about to turn, without anybody being told."""

from datetime import timedelta

from django.db.models import F

from accounts.database_time import database_now
from incidents.models import Incident, SlaClock
from tests.factories import make_incident


def make_ringing(number: int = 1, *, due_in: float, title: str = "[P1] High Error Rate - chatops-gateway") -> Incident:
    """Its respond clock is due in so many seconds (negative: was), and at risk a fifth of its 15 minutes before."""
    incident = make_incident(number, title=title)
    clock = SlaClock.objects.get(incident=incident, kind="respond")
    shift_clocks(incident, clock.due_at - database_now() - timedelta(seconds=due_in))
    return incident


def shift_clocks(incident: Incident, by: timedelta) -> None:
    """All its clocks so much earlier."""
    SlaClock.objects.filter(incident=incident).update(
        started_at=F("started_at") - by, at_risk_at=F("at_risk_at") - by, due_at=F("due_at") - by
    )
