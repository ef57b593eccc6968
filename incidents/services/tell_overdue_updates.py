"""Telling whoever has an incident that its stakeholders wait for the next update, once for each time it was due."""

from datetime import datetime

from django.db import transaction

from accounts.models import Person
from accounts.services.note_people import managing_people
from incidents.channel import NEWS_FOR
from incidents.enums import ClockPhase
from incidents.models import Incident
from incidents.selectors import open_incidents
from incidents.stakeholders import clock_of, latest_updates
from incidents.updates.clock import UpdateClock
from shifts.enums import NoticeKind
from shifts.models import Notice
from shifts.services.tell_person import News, tell_people


@transaction.atomic
def tell_overdue_updates(*, now: datetime) -> int:
    """Tells of every open incident whose update is due since less than an hour. Returns how many are so.

    Who has it and who helps is told; where nobody does, the managers.
    """
    incidents = list(open_incidents().select_related("service").prefetch_related("people"))
    latest = latest_updates(incident.number for incident in incidents)
    overdue: dict[str, tuple[Incident, UpdateClock]] = {}
    for incident in incidents:
        clock = clock_of(incident, latest.get(incident.number))
        if clock and clock.phase(now) is ClockPhase.BREACHED and now - clock.due_at <= NEWS_FOR:
            overdue[f"update:{incident.number}:{clock.due_at.isoformat()}"] = incident, clock
    told = Notice.objects.filter(kind=NoticeKind.UPDATE_LATE, key__in=overdue).values_list("key", flat=True)
    news: list[News] = []
    for key in overdue.keys() - set(told):
        incident, clock = overdue[key]
        data = {
            "severity": incident.severity,
            "service": incident.service.name,
            "what": incident.what,
            "start": clock.due_at.isoformat(),
            "path": f"{incident.get_absolute_url()}#update",
        }
        news += [News(person, key, data) for person in _who_answers(incident)]
    tell_people(kind=NoticeKind.UPDATE_LATE, news=news)
    return len(overdue)


def _who_answers(incident: Incident) -> list[Person]:
    has_it = list(incident.people.all())
    helping = [each["pagerduty_id"] for each in incident.engaged if each["pagerduty_id"]]
    people = dict.fromkeys([*has_it, *(Person.objects.filter(pagerduty_id__in=helping) if helping else [])])
    return list(people) or managing_people()
