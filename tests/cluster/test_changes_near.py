"""The changes near an incident: those of its own service are not hidden by a crowd of others'."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from cluster.models import Change
from cluster.selectors import changes_near

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def change(name: str, *, hours: float, service: str = "", kind: str = "event", **other: object) -> Change:
    """One that came so long ago."""
    at = database_now() - hours * HOUR
    return Change.objects.create(kind=kind, source_id=name, title=name, service=service, occurred_at=at, **other)


def near(**limits: int) -> list[str]:
    found = changes_near(
        service="gateway",
        deployment="gw",
        at=database_now(),
        own_within=24 * HOUR,
        others_within=6 * HOUR,
        **limits,
    )
    return [each.title for each in found]


def test_its_own_for_longer_than_others() -> None:
    change("own", hours=10, service="gateway")
    change("its deployment", hours=11, service="Gateway of old", deployment="gw")
    change("for all", hours=12)
    change("another", hours=5, service="engine")
    change("another, too old", hours=7, service="engine")
    change("own, too old", hours=25, service="gateway")
    change("called off", hours=1, service="gateway", cancelled_at=database_now())
    change("to come", hours=-1, service="gateway")
    ends_at = database_now() + HOUR
    change("under way", hours=30, service="engine", kind="maintenance", ends_at=ends_at)
    assert near() == ["another", "own", "its deployment", "for all", "under way"]


def test_a_crowd_hides_nothing_of_its_own(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    change("own", hours=20, service="gateway")
    at = database_now() - HOUR
    Change.objects.bulk_create(
        Change(kind="event", source_id=str(number), title="x", service="engine", occurred_at=at)
        for number in range(300)
    )
    with django_assert_num_queries(2):  # the instant, and the changes
        assert "own" in near(most=50)
