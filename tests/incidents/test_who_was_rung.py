"""Whom PagerDuty rang is kept by their id, since two may have one name."""

from datetime import datetime
from importlib import import_module
from pathlib import Path

import pytest
from django.db import connection

import incidents.migrations
from accounts.database_time import database_now
from incidents.enums import EntryKind, EntrySource
from incidents.interruptions import rung
from incidents.models import TimelineEntry
from simulators.pagerduty.testing import RunningSimulator
from tests.factories import make_incident
from tests.incidents import acting
from tests.shifts.making import DAY, HOUR, make_person

pytestmark = pytest.mark.django_db


def rung_lately() -> dict[str, list[datetime]]:
    now = database_now()
    return rung(since=now - 90 * DAY, until=now + HOUR)


def test_the_poll_keeps_the_persons_id(pagerduty: RunningSimulator) -> None:
    acting.ring(pagerduty, age_seconds=60)
    (entry,) = TimelineEntry.objects.filter(kind=EntryKind.NOTIFIED, data__channel="push_notification")[:1]
    (who,) = rung_lately()
    assert entry.data["to_id"] == who == "PRESP01"
    assert entry.text == "PagerDuty notified Lin Yu-ting by push notification"


def test_older_lines_count_where_their_name_is_one_persons(pagerduty: RunningSimulator) -> None:
    make_person("PADA", "Ada Berg")
    make_person("PKIM1", "Kim")
    make_person("PKIM2", "Kim")
    make_person("PLIN", "Lin")
    make_person("portal-7", "Lin")
    incident, now = make_incident(), database_now()
    for name, at in (("Ada Berg", now), ("Ada Berg", now - 91 * DAY), ("Kim", now), ("Nobody", now), ("Lin", now)):
        TimelineEntry.objects.create(
            incident=incident,
            kind=EntryKind.NOTIFIED,
            occurred_at=at,
            source=EntrySource.PAGERDUTY,
            data={"to": name, "channel": "phone_notification"},
        )
    assert rung_lately() == {}
    (path,) = Path(incidents.migrations.__path__[0]).glob("*_who_was_rung.py")
    with connection.cursor() as cursor:
        cursor.execute(import_module(f"incidents.migrations.{path.stem}").NAMED)
    assert rung_lately() == {"PADA": [now], "PLIN": [now]}
    assert TimelineEntry.objects.filter(data__has_key="to_id").count() == 2, "nobody looks at what is older"
