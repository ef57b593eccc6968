"""Times as they are typed: on the author's clock, which in autumn shows an hour twice and in spring skips one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.utils import timezone

from accounts.database_time import database_now
from shifts.forms import MinuteField
from shifts.models import CoverRequest, Shift
from tests.cast import Cast, browser_of
from tests.shifts.making import DAY, HOUR, make_schedule, make_shift

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def berlin() -> Iterator[None]:
    with timezone.override(BERLIN):
        yield


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-10-25T01:59", datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        ("2026-10-25T02:00", datetime(2026, 10, 25, 0, tzinfo=UTC)),
        ("2026-10-25T02:59", datetime(2026, 10, 25, 0, 59, tzinfo=UTC)),
        ("2026-10-25T03:00", datetime(2026, 10, 25, 2, tzinfo=UTC)),
        ("2026-03-29T01:59", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("2026-03-29T03:00", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ],
)
def test_where_a_minute_comes_twice_the_first_counts(text: str, instant: datetime) -> None:
    # The same zone's times are compared by the clock: only in UTC is it seen which of two it is.
    assert MinuteField().clean(text).astimezone(UTC) == instant


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-03-29T02:00", "The clocks skip this time on that day."),
        ("2026-03-29T02:59", "The clocks skip this time on that day."),
        ("yesterday", "Enter a valid date/time."),
        ("", "This field is required."),
    ],
)
def test_what_is_no_time_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(forms.ValidationError, match=words):
        MinuteField().clean(text)


def clocks_go_back(now: datetime) -> datetime:
    """When Berlin's clocks next go from 3 back to 2, at least a day from now."""
    at = now.replace(minute=0, second=0, microsecond=0) + DAY
    while (at - HOUR).astimezone(BERLIN).hour != at.astimezone(BERLIN).hour:
        at += HOUR
    return at


@pytest.mark.django_db
@pytest.mark.parametrize("ends_after", [-HOUR, timedelta(), timedelta(minutes=30), 2 * HOUR])
def test_cover_of_a_shift_is_asked_for_as_the_form_shows_it(ends_after: timedelta, cast: Cast) -> None:
    cast.responder.time_zone = BERLIN.key
    cast.responder.save()
    end = clocks_go_back(database_now()) + ends_after
    shifts = [
        make_shift(make_schedule(), cast.responder, start=end - 8 * HOUR, lasts=8 * HOUR),
        make_shift(make_schedule("next", pagerduty_id="PNEXT"), cast.responder, start=end, lasts=8 * HOUR),
    ]
    for shift in shifts:
        ask_for_all_of(shift, cast)
        request = CoverRequest.objects.get(shift=shift)
        assert (request.start_at, request.end_at) == (shift.start_at, shift.end_at)


def ask_for_all_of(shift: Shift, cast: Cast) -> None:
    """Sends the form of the shift's page as it is."""
    browser = browser_of(cast.responder)
    form = browser.get(f"/shifts/{shift.pk}/").context["form"]
    sent = {name: form[name].value() or "" for name in ("start_at", "end_at", "asked", "reason")}
    assert browser.post(f"/shifts/{shift.pk}/cover/", sent).status_code == 302
