"""What a handoff is drafted from, in the guide's wording."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from cluster.models import Change
from incidents.enums import EntryKind, EntrySource
from incidents.handoff_facts import handoff_facts
from incidents.models import Incident, TimelineEntry
from incidents.review.parts import ReviewPart
from shifts.handoff.report import LONGEST_LINE, Fact
from tests.cast import Cast
from tests.factories import make_incident, make_resolved
from tests.incidents.review.stored import write

pytestmark = pytest.mark.django_db
TAIPEI = ZoneInfo("Asia/Taipei")
HOUR = timedelta(hours=1)


def facts(*, hours: int = 8) -> list[Fact]:
    now = database_now()
    return handoff_facts(start=now - hours * HOUR, end=now + HOUR, now=now, zone=TAIPEI)


def texts(section: str) -> list[str]:
    return [each.text for each in facts() if each.section == section]


def day(**ago: Any) -> str:
    return f"{(database_now() - timedelta(**ago)).astimezone(TAIPEI):%m-%d}"


def test_what_somebody_resolved_and_what_recovered_by_itself(cast: Cast) -> None:
    make_resolved(1, minutes_old=60)
    alone = make_resolved(2, minutes_old=30, title="[P1] High latency - chatops-gateway")
    TimelineEntry.objects.filter(incident=alone).update(actor=None, actor_pagerduty_id="", actor_name="Grafana")
    assert texts("events") == [
        f"[P2] Node failure on {day(minutes=60)}, resolved in 2min",
        f"[P1] High latency on {day(minutes=30)}, auto-recovered",
    ]
    TimelineEntry.objects.create(
        incident=alone,
        kind=EntryKind.RESPONDING,
        occurred_at=database_now(),
        actor=cast.responder,
        source=EntrySource.PORTAL,
    )
    assert texts("events")[1].endswith("resolved in 2min")


def test_the_root_cause_that_a_review_names(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    incident = make_resolved(1, minutes_old=60, title="[P1] High latency - chatops-gateway")
    write(cast.responder, incident, ReviewPart.WENT_WELL, "no cause yet")
    line = f"[P1] High latency on {day(minutes=60)}, resolved in 2min"
    assert texts("events") == [line]
    write(cast.responder, incident, ReviewPart.ROOT_CAUSE, "DB query\nwithout an index")
    assert texts("events") == [f"{line} (root cause: DB query)"], "finished or not"
    write(cast.responder, incident, ReviewPart.ROOT_CAUSE, "x" * 4_000, version=2)
    assert texts("events")[0].endswith("x…)")
    assert len(texts("events")[0]) < 200
    TimelineEntry.objects.filter(incident=incident).update(actor=None, actor_pagerduty_id="", actor_name="Grafana")
    assert texts("events") == [f"[P1] High latency on {day(minutes=60)}, auto-recovered"]
    with django_assert_num_queries(5):  # The time, and the facts; nobody has an open incident to be named for.
        facts()


@pytest.mark.parametrize(
    ("took", "words"),
    [
        (timedelta(seconds=20), "1min"),
        (timedelta(minutes=45), "45min"),
        (timedelta(hours=2, minutes=5), "2h 05min"),
        (timedelta(days=3, hours=4, minutes=59), "3d 4h"),
    ],
)
def test_lengths(took: timedelta, words: str) -> None:
    incident = make_resolved(1, minutes_old=10)
    Incident.objects.update(resolved_at=incident.triggered_at + took)
    Incident.objects.update(triggered_at=incident.triggered_at)
    assert texts("events")[0].endswith(f"resolved in {words}")


def test_a_title_is_one_line_however_long_and_no_news_of_itself(cast: Cast) -> None:
    make_resolved(1, minutes_old=30, title="[P1] two\nlines " + "x" * 1_000 + " - chatops-engine")
    (text,) = texts("events")
    assert "\n" not in text
    assert len(text) == LONGEST_LINE


def test_only_what_was_in_the_shift_and_each_once() -> None:
    old = make_resolved(1, minutes_old=60 * 24)
    merged = make_resolved(2, minutes_old=50)
    Incident.objects.filter(pk=merged.pk).update(merged_into=old)
    deleted = make_resolved(3, minutes_old=40)
    Incident.objects.filter(pk=deleted.pk).update(deleted_at=database_now())
    assert texts("events") == []


def test_what_is_open_is_handed_on_however_old(cast: Cast) -> None:
    incident = make_incident(1, minutes_old=60 * 24 * 3)
    (line,) = texts("ongoing")
    since = incident.triggered_at.astimezone(TAIPEI)
    assert line.startswith(f"[P1] High Error Rate since {since:%m-%d %H:%M}, triggered")


def change(number: int, **values: Any) -> Change:
    usual = {"source_id": str(number), "title": f"change {number}", "occurred_at": database_now() - HOUR}
    return Change.objects.create(**usual | {"kind": "rollout"} | values)


def test_releases_and_maintenance() -> None:
    now = database_now()
    images = {"images": {"app": ["registry/x:v1.2.3", "registry/x:v1.2.4"]}}
    change(1, deployment="chatops-gateway", detail=images)
    change(2, deployment="chatops-gateway", detail={**images, "back_to": 3})
    change(3, kind="event", title="Flag `dark-mode` on")
    change(4, kind="rollout", occurred_at=now - 30 * HOUR)
    change(5, kind="maintenance", title="Database upgrade", occurred_at=now + 48 * HOUR, ends_at=now + 50 * HOUR)
    change(6, kind="maintenance", title="Network", occurred_at=now - HOUR, ends_at=now + HOUR)
    change(7, kind="maintenance", title="In a month", occurred_at=now + 720 * HOUR, ends_at=now + 721 * HOUR)
    change(8, kind="maintenance", occurred_at=now + HOUR, ends_at=now + 2 * HOUR, cancelled_at=now)
    assert sorted(texts("notes")) == sorted(
        [
            f"New release v1.2.4 of chatops-gateway deployed on {day(hours=1)}, watch for regressions",
            f"chatops-gateway was rolled back to v1.2.4 on {day(hours=1)}",
            f"Flag `dark-mode` on on {day(hours=1)}",
        ]
    )
    assert texts("ongoing") == [
        f"Maintenance under way since {day(hours=1)}: Network",
        f"Scheduled maintenance on {day(hours=-48)}: Database upgrade",
    ]


def test_the_queries_do_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(1, 4):
        make_incident(number)
        make_resolved(number + 10, minutes_old=30)
        change(number)
    now = database_now()
    with django_assert_num_queries(5):
        handoff_facts(start=now - HOUR, end=now, now=now, zone=TAIPEI)


def test_in_the_authors_language() -> None:
    make_resolved(1, minutes_old=30)
    with translation.override("zh-hant"):
        (line,) = texts("events")
    assert "resolved" not in line
