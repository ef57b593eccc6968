"""Who is on call is PagerDuty's answer, mirrored; an outage keeps the old mirror."""

from datetime import timedelta

import pytest

from accounts.database_time import database_now
from integrations.pagerduty.client import PagerDuty
from shifts.duties import duties_at
from shifts.models import OnCall
from shifts.selectors import level_of, levels_of
from shifts.services.mirror_on_call import mirror_on_call
from shifts.tasks import mirror_on_call as task
from simulators.pagerduty.testing import RunningSimulator

pytestmark = pytest.mark.django_db


def mirror(pagerduty: RunningSimulator) -> None:
    mirror_on_call(pagerduty=PagerDuty(token=pagerduty.token, base_url=pagerduty.url))


def test_everybody_on_call_now_by_level(pagerduty: RunningSimulator) -> None:
    mirror(pagerduty)
    now, _unseen, _gaps = duties_at(database_now(), me="PKENJI1")
    assert [(each.level, each.person_name, each.schedule_name, each.is_me) for each in now] == [
        (1, "Lin Yu-ting", "chatops primary", False),
        (2, "Kenji Sato", "chatops secondary", True),
        (3, "Chen Wei-han", "", False),
    ]
    assert [each.until is None for each in now] == [False, False, True]


def test_the_next_turn_is_known_before_it_begins(pagerduty: RunningSimulator) -> None:
    mirror(pagerduty)
    handover = duties_at(database_now(), me="")[0][0].until
    assert handover is not None
    pagerduty.advance((handover - database_now()).total_seconds() - 3_600)
    mirror_at = handover - timedelta(hours=1)
    rows = list(
        PagerDuty(token=pagerduty.token, base_url=pagerduty.url).on_calls(
            since=mirror_at, until=mirror_at + timedelta(hours=24)
        )
    )
    assert {row.person.id for row in rows if row.level == 1} == {"PRESP01", "PKENJI1"}


def test_levels_and_the_level_of_people(pagerduty: RunningSimulator) -> None:
    mirror(pagerduty)
    levels = levels_of("PEPCHAT", database_now())
    assert [(level.level, level.names) for level in levels] == [
        (1, ("Lin Yu-ting",)),
        (2, ("Kenji Sato",)),
        (3, ("Chen Wei-han",)),
    ]
    assert [level_of(people, levels) for people in ([], ["PRESP01"], ["PRESP01", "PMGR001"], ["PNOBODY"])] == [
        1,
        1,
        3,
        1,
    ]
    assert levels_of("PNONE", database_now()) == []


def test_mirroring_again_leaves_no_old_row(pagerduty: RunningSimulator) -> None:
    mirror(pagerduty)
    first = OnCall.objects.count()
    mirror(pagerduty)
    assert OnCall.objects.count() == first


@pytest.mark.parametrize("place", ["/users", "/oncalls"])
def test_an_outage_keeps_the_old_mirror(pagerduty: RunningSimulator, place: str) -> None:
    mirror(pagerduty)
    before = list(OnCall.objects.order_by("pk").values_list("pk", flat=True))
    pagerduty.fail(path_prefix=place, status=503)
    assert task().startswith("kept the old mirror: broken")
    assert list(OnCall.objects.order_by("pk").values_list("pk", flat=True)) == before
