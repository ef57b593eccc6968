"""The calendar: whose each stretch is, gaps as gaps, overrides by word, the reader's own days, and what it costs."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.services.note_people import person_of
from shifts.calendar import Piece, Stretch, calendar_of, lay_out
from shifts.days import week_of
from shifts.models import OnCall, Override, Preflight, Schedule, Shift
from tests.cast import Cast, browser_of
from tests.shifts.making import DAY, HOUR, make_override, make_person, make_schedule, make_shift

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
WEEK = Stretch(MONDAY, MONDAY + 7 * DAY)


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/shifts/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def old(schedule: Schedule, *, days: int = 40) -> Schedule:
    """A schedule that has been here for a while, so that what is not covered was not."""
    Schedule.objects.filter(pk=schedule.pk).update(created_at=database_now() - days * DAY)
    schedule.refresh_from_db()
    return schedule


def test_slots_add_up_and_every_piece_is_seen() -> None:
    pieces = [
        Piece(MONDAY + n * 3 * HOUR, MONDAY + n * 3 * HOUR + timedelta(minutes=5), is_gap=True) for n in range(56)
    ]
    row = lay_out(pieces, WEEK)
    assert sum(each.slots for each in row) == 336
    assert sum(each.is_gap for each in row) == 56
    assert all(each.slots >= 1 for each in row)


def test_a_piece_at_the_very_end_has_room() -> None:
    pieces = [
        Piece(MONDAY, WEEK.end - timedelta(minutes=2), is_gap=True),
        Piece(WEEK.end - timedelta(minutes=2), WEEK.end + DAY, is_gap=True),
    ]
    assert [each.slots for each in lay_out(pieces, WEEK)] == [335, 1]


def test_a_week_in_which_the_clocks_change_is_as_long_as_it_is() -> None:
    week = week_of(date(2026, 10, 25), ZoneInfo("Europe/Berlin"))
    calendar = calendar_of([week], schedules=[], now=MONDAY, me="", today=date(2026, 10, 25))
    assert [slots for _day, slots in calendar.weeks[0].days] == [48] * 6 + [50]


def test_gaps_shifts_and_levels(cast: Cast) -> None:
    schedule = old(make_schedule())
    now = database_now().replace(minute=0, second=0, microsecond=0)
    week = week_of(now.date(), ZoneInfo("UTC"))
    first = make_shift(schedule, cast.responder, start=week[0].start, lasts=DAY)
    second = make_shift(schedule, cast.teammate, start=week[2].start, lasts=5 * DAY)
    beside = make_shift(schedule, make_person("PX", "Ada"), start=week[3].start, lasts=DAY)
    Shift.objects.filter(pk=beside.pk).update(level=2)
    lanes = calendar_of([week], schedules=[schedule], now=now, me="PRESP01", today=now.date()).weeks[0].lanes
    assert [lane.level for lane in lanes] == [1, 2]
    assert [(each.shift, each.is_gap, each.slots) for each in lanes[0].pieces] == [
        (first, False, 48),
        (None, True, 48),
        (second, False, 240),
    ]
    assert [(each.shift, each.is_gap, each.slots) for each in lanes[1].pieces] == [
        (None, False, 144),
        (beside, False, 48),
        (None, False, 144),
    ]
    assert [each.is_mine for each in lanes[0].pieces] == [True, False, False]


def test_what_was_never_read_is_no_gap() -> None:
    schedule = make_schedule()
    Schedule.objects.update(mirrored_until=None)
    schedule.refresh_from_db()
    week = week_of(database_now().date(), ZoneInfo("UTC"))
    calendar = calendar_of([week], schedules=[schedule], now=database_now(), me="", today=week[0].on)
    assert calendar.gaps == []


def test_a_gap_over_the_edge_of_a_week_is_told_whole(cast: Cast) -> None:
    schedule = old(make_schedule())
    now = database_now()
    this, following = (week_of(now.date() + days * DAY, ZoneInfo("UTC")) for days in (7, 14))
    make_shift(schedule, cast.responder, start=this[0].start - 30 * DAY, lasts=DAY)
    make_shift(schedule, cast.responder, start=this[0].start, lasts=6 * DAY)
    make_shift(schedule, cast.teammate, start=following[1].start, lasts=DAY)
    make_shift(schedule, cast.teammate, start=following[6].start, lasts=DAY)
    gap = Stretch(this[6].start, following[1].start)
    for week, slots in ((this, 48), (following, 48)):
        calendar = calendar_of([week], schedules=[schedule], now=now, me="", today=now.date())
        assert calendar.gaps[0] == (schedule, gap)
        drawn = next(each for each in calendar.weeks[0].lanes[0].pieces if each.is_gap)
        assert (drawn.start, drawn.end, drawn.slots) == (*gap, slots)
    text = page(browser_of(cast.responder), f"?view=week&on={this[0].on}")
    start, end = (at.isoformat(timespec="milliseconds").replace("+00:00", "Z") for at in gap)
    assert f"start={start}&amp;end={end}" in text, "the form to mend it has its whole time"


def test_a_gap_that_runs_can_be_mended_from_now_on(cast: Cast) -> None:
    schedule = old(make_schedule())
    make_shift(schedule, cast.responder, begins_in=DAY)
    text = page(browser_of(cast.responder))
    link = re.search(rf'\?schedule={schedule.pk}&amp;start=([^&"]+)', text)
    assert link is not None
    assert datetime.fromisoformat(link[1]) > database_now() - timedelta(minutes=1)


def test_words_and_icons_beside_the_colour(cast: Cast) -> None:
    schedule = old(make_schedule())
    shift = make_shift(schedule, cast.responder, begins_in=-3 * HOUR, lasts=2 * HOUR)
    Shift.objects.filter(pk=shift.pk).update(is_override=True)
    make_override(schedule, cast.teammate, begins_in=-2 * HOUR, lasts=HOUR, state="waiting")
    text = page(browser_of(cast.responder))
    assert "stands in" in text
    assert "On its way to PagerDuty" in text
    assert "Kenji Sato" in text
    assert '<span class="tag">you</span>' in text
    assert 'aria-current="date"' in text
    assert "Nobody is on call" in text
    assert "Put somebody on call" in text
    assert "a change is on its way to PagerDuty" in text
    assert "Put somebody on call" not in page(browser_of(cast.viewer))


def test_it_looks_again_by_itself_while_something_is_on_its_way(cast: Cast) -> None:
    schedule = make_schedule()
    make_shift(schedule, cast.responder, begins_in=-HOUR)
    client = browser_of(cast.viewer)
    query = f"?view=week&schedule={schedule.pk}"
    renews = f'hx-get="/shifts/{query.replace("&", "&amp;")}" hx-trigger="every 5s"'
    assert "hx-trigger" not in page(client, query)
    override = make_override(schedule, cast.teammate, begins_in=HOUR, lasts=HOUR, state="waiting")
    assert renews in page(client, query)
    Override.objects.update(state="standing", next_attempt_at=database_now())
    text = page(client, query)
    assert renews in text, "PagerDuty has it, and nobody has looked there since"
    assert "PagerDuty has it; the calendar follows." in text
    assert "is-changing" in text
    Schedule.objects.update(mirrored_at=database_now())
    text = page(client, query)
    assert "hx-trigger" not in text
    assert "is-changing" not in text
    Schedule.objects.update(mirrored_at=override.created_at - HOUR, source="portal", pagerduty_id=None)
    assert "hx-trigger" not in page(client, query), "one that is kept here counts at once"


def test_days_are_the_readers(cast: Cast) -> None:
    cast.viewer.time_zone = "America/New_York"
    cast.viewer.save()
    schedule = make_schedule()
    make_shift(schedule, cast.responder, start=datetime(2026, 11, 25, 3, tzinfo=UTC), lasts=2 * HOUR)
    text = page(browser_of(cast.viewer), "?view=week&on=2026-11-25")
    assert "Tue 24 Nov 22:00 – Wed 25 Nov 00:00 · Wed 25 Nov 03:00 – 05:00 UTC" in text


def test_a_schedule_alone_and_the_way_on(cast: Cast) -> None:
    primary, other = make_schedule(), make_schedule("warehouse", pagerduty_id="PWARE")
    for schedule in (primary, other):
        make_shift(schedule, cast.responder, begins_in=-HOUR, lasts=DAY)
    text = page(browser_of(cast.viewer), f"?view=week&on=2026-11-25&schedule={other.pk}")
    assert f"?view=week&amp;on=2026-12-02&amp;schedule={other.pk}" in text
    assert f"?view=week&amp;on=2026-11-18&amp;schedule={other.pk}" in text
    assert not re.search(r'<th scope="row"[^>]*>chatops primary', text)
    text = page(browser_of(cast.viewer), "?view=month&on=2026-01-31")
    assert "on=2026-02-01" in text
    assert "on=2025-12-01" in text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?on=tomorrow", "is no date such as 2026-03-29"),
        ("?on=2026-02-30", "is no date"),
        ("?on=9999-12-31", "There is nothing in the year 9999"),
        ("?on=0001-01-01", "There is nothing in the year 1"),
        ("?view=decade", "There is a calendar by month and one by week"),
        ("?schedule=77", "There is no such schedule"),
        ("?schedule=%3Cscript%3E", "There is no such schedule"),
    ],
)
def test_what_cannot_be_asked_for_is_said(query: str, words: str, cast: Cast) -> None:
    assert words in page(browser_of(cast.viewer), query)


def test_hostile_names_stay_text(cast: Cast) -> None:
    schedule = make_schedule("<script>alert(1)</script>")
    make_shift(schedule, make_person("PX", '"><img src=x>'), lasts=DAY)
    text = page(browser_of(cast.viewer))
    assert "<script>alert(1)" not in text
    assert "<img" not in text


@pytest.mark.parametrize("view", ["month", "week"])
@pytest.mark.parametrize("count", [1, 50])
def test_it_costs_seven_queries_and_three_for_readiness(
    count: int, view: str, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cache.clear()
    for number in range(count):
        schedule = old(make_schedule(f"s{number}", pagerduty_id=f"PS{number}"))
        for day in range(-3, 4):
            shift = make_shift(schedule, (cast.responder, cast.teammate)[day % 2], begins_in=day * DAY, lasts=DAY)
            Preflight.objects.create(shift=shift, person=shift.person)
        make_override(schedule, cast.manager, begins_in=HOUR, lasts=HOUR, state="waiting")
        who = person_of(cast.responder)
        OnCall.objects.create(
            person=who, policy_id="PP", policy_name="p", level=1, schedule_id=schedule.pagerduty_id or ""
        )
    client = browser_of(cast.viewer)
    # Session, user, schedules with now, shifts, overrides, the data's age, on call; readiness of who is on call and next.
    with django_assert_num_queries(10):
        page(client, f"?view={view}")
    with django_assert_num_queries(7):
        page(client, f"?view={view}")
