"""Before a shift: opened a day ahead, warned two hours ahead, once; at its beginning: kept how it began, and why it may."""

from datetime import timedelta

import pytest
import redis
from django.db.models import F

from accounts.database_time import database_now
from accounts.models import AuditRecord
from accounts.services.note_people import person_of
from shifts.begun import begun_unready, next_shifts
from shifts.enums import NoticeKind, PreflightItem
from shifts.models import Notice, Preflight, Shift
from shifts.preflight_tasks import open_preflights
from shifts.services.begin_shift import judge_beginnings, start_anyway, warn_unready
from shifts.services.open_preflight import open_preflight, preflights_to_run, shifts_to_open
from shifts.services.preparing import CannotPrepare
from tests.cast import Cast
from tests.shifts.preflight.things import (
    HOUR,
    add_check,
    make_preflight,
    make_ready,
    make_shift,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _with_valkey(valkey: redis.Redis) -> None:
    return


def told(kind: NoticeKind) -> list[str]:
    return sorted(Notice.objects.filter(kind=kind).values_list("person__name", flat=True))


def test_a_preflight_opens_a_day_before_its_shift(cast: Cast) -> None:
    soon = make_shift(cast.responder, begins_in=23 * HOUR)
    make_shift(cast.teammate, begins_in=-HOUR)  # nobody could have prepared for what was not asked
    make_shift(cast.manager, begins_in=25 * HOUR, schedule=2)
    withdrawn = make_shift(cast.manager, begins_in=5 * HOUR, schedule=3)
    withdrawn.withdrawn_at = database_now()
    withdrawn.save()
    make_shift(cast.manager, begins_in=-13 * HOUR, schedule=4)  # over
    assert shifts_to_open(database_now()) == [soon.pk]
    for _ in range(2):
        open_preflights()
    assert list(Preflight.objects.values_list("shift_id", flat=True)) == [soon.pk]


def test_who_takes_over_a_shift_has_a_preflight_of_their_own(cast: Cast) -> None:
    shift = make_shift(cast.responder)
    first = open_preflight(shift_id=shift.pk)
    shift.person = person_of(cast.teammate)
    shift.save()
    assert shifts_to_open(database_now()) == [shift.pk]
    assert open_preflight(shift_id=shift.pk).pk != first.pk


def test_the_server_looks_again_after_six_hours(cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder, begins_in=20 * HOUR))
    make_preflight(make_shift(cast.teammate, begins_in=-HOUR, schedule=2))  # has begun
    now = database_now()
    assert preflights_to_run(now) == [preflight.pk]
    add_check(preflight, PreflightItem.AWS)  # the laptop's look is none of the server's
    assert preflights_to_run(now) == [preflight.pk]
    check = add_check(preflight, PreflightItem.AWS, side="server")  # type: ignore[arg-type]
    assert preflights_to_run(now) == []
    assert preflights_to_run(check.checked_at + 6 * HOUR) == [preflight.pk]


def test_who_is_unready_two_hours_before_is_told_once_and_so_is_who_manages(cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder, begins_in=timedelta(hours=1, minutes=59)))
    ready = make_preflight(make_shift(cast.teammate, begins_in=HOUR, schedule=2))
    make_ready(ready, cast.teammate)
    make_preflight(make_shift(cast.teammate, begins_in=3 * HOUR, schedule=3))
    assert warn_unready(now=database_now()) == 1
    assert warn_unready(now=database_now()) == 0
    assert told(NoticeKind.UNREADY) == ["Lin Yu-ting"]
    assert told(NoticeKind.UNREADY_OTHER) == ["Chen Wei-han", "Sofia Garcia"], "admins manage, too"
    notice = Notice.objects.filter(kind=NoticeKind.UNREADY_OTHER)[0]
    assert notice.shift_id == preflight.shift_id
    assert notice.data["who"] == "Lin Yu-ting"
    assert notice.data["missing"] == ["pagerduty", "vpn", "kubectl", "aws"]


def test_a_manager_is_told_of_their_own_shift_once(cast: Cast) -> None:
    make_preflight(make_shift(cast.manager, begins_in=HOUR))
    cast.admin.is_active = False
    cast.admin.save()
    warn_unready(now=database_now())
    assert (told(NoticeKind.UNREADY), told(NoticeKind.UNREADY_OTHER)) == (["Chen Wei-han"], [])


def test_who_said_why_is_not_warned(cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder, begins_in=HOUR))
    start_anyway(actor=cast.responder, preflight_id=preflight.pk, reason="the VPN is down for everybody")
    assert warn_unready(now=database_now()) == 0


def test_who_was_warned_or_said_why_is_warned_anew_for_another_beginning(cast: Cast) -> None:
    warned = make_preflight(make_shift(cast.responder, begins_in=HOUR))
    overridden = make_preflight(make_shift(cast.teammate, begins_in=HOUR, schedule=2))
    start_anyway(actor=cast.teammate, preflight_id=overridden.pk, reason="the VPN is down for everybody")
    assert warn_unready(now=database_now()) == 1
    Shift.objects.update(start_at=F("start_at") + 24 * HOUR, end_at=F("end_at") + 24 * HOUR)
    now = database_now()
    assert (warn_unready(now=now), warn_unready(now=now + 22 * HOUR)) == (0, 0)
    assert warn_unready(now=now + 24 * HOUR) == 2
    assert warn_unready(now=now + 24 * HOUR) == 0
    assert told(NoticeKind.UNREADY) == ["Kenji Sato", "Lin Yu-ting", "Lin Yu-ting"]
    starts = Notice.objects.filter(kind=NoticeKind.UNREADY, shift=warned.shift_id).values_list("data__start", flat=True)
    assert len(set(starts)) == 2


def test_how_a_shift_began_is_kept_once(cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder, begins_in=-timedelta(minutes=1)))
    ready = make_preflight(make_shift(cast.teammate, begins_in=-timedelta(minutes=1), schedule=2))
    make_ready(ready, cast.teammate)
    ready.checks.update(checked_at=database_now() - HOUR)
    now = database_now()
    assert (judge_beginnings(now=now), judge_beginnings(now=now)) == (1, 0)
    preflight.refresh_from_db()
    ready.refresh_from_db()
    assert preflight.started_unready_at == preflight.shift.start_at
    assert preflight.missing == ["pagerduty", "vpn", "kubectl", "aws"]
    assert (ready.started_unready_at, ready.judged_at) == (None, now)


def test_of_who_took_over_on_the_spot_nothing_is_said(cast: Cast) -> None:
    preflight = open_preflight(shift_id=make_shift(cast.responder, begins_in=-timedelta(minutes=1)).pk)
    assert judge_beginnings(now=database_now()) == 0
    preflight.refresh_from_db()
    assert preflight.judged_at is not None
    assert preflight.started_unready_at is None


def test_the_board_shows_who_began_unready_and_why_until_the_shift_is_over(cast: Cast) -> None:
    shift = make_shift(cast.responder)
    preflight = make_preflight(shift)
    start_anyway(actor=cast.manager, preflight_id=preflight.pk, reason="the VPN is down\nfor everybody")
    Shift.objects.filter(pk=shift.pk).update(start_at=database_now() - HOUR)
    judge_beginnings(now=database_now())
    ((shown, missing),) = begun_unready(database_now())
    assert (shown.override_reason, shown.overridden_by) == ("the VPN is down for everybody", cast.manager)
    assert missing[:2] == ["PagerDuty notification settings", "VPN"]
    Shift.objects.filter(pk=shift.pk).update(end_at=database_now())
    assert begun_unready(database_now()) == []


def test_starting_anyway_needs_a_reason_and_somebody_who_may(cast: Cast) -> None:
    preflight = make_preflight(make_shift(cast.responder))
    with pytest.raises(CannotPrepare, match="no_reason"):
        start_anyway(actor=cast.responder, preflight_id=preflight.pk, reason=" ")
    with pytest.raises(CannotPrepare, match="not_allowed"):
        start_anyway(actor=cast.teammate, preflight_id=preflight.pk, reason="why not")
    start_anyway(actor=cast.responder, preflight_id=preflight.pk, reason="on the train until nine")
    record = AuditRecord.objects.get(verb="start_anyway")
    assert record.data["reason"] == "on the train until nine"
    assert record.data["missing"] == ["pagerduty", "vpn", "kubectl", "aws", "contacts"]
    make_ready(preflight, cast.responder)
    with pytest.raises(CannotPrepare, match="is_ready"):
        start_anyway(actor=cast.responder, preflight_id=preflight.pk, reason="why not")


def test_the_next_shift_of_each_schedule(cast: Cast) -> None:
    make_shift(cast.responder, begins_in=-HOUR, length=2 * HOUR)
    first = make_shift(cast.teammate, begins_in=2 * HOUR, length=HOUR)
    make_shift(cast.responder, begins_in=4 * HOUR)
    other = make_shift(cast.manager, begins_in=HOUR, schedule=2)
    make_shift(cast.manager, begins_in=30 * HOUR, schedule=3)
    assert next_shifts(database_now()) == [other, first]
