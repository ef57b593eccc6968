"""Rules, and people who carry pagers, of all kinds."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from compensation.accrual import Carried
from compensation.terms import Terms
from shifts.days import start_of

#: Clocks that change at two, at midnight, by half an hour, around Ramadan, and never.
ZONES = [
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Taipei",
    "Africa/Casablanca",
    "Africa/Cairo",
    "America/Santiago",
    "Pacific/Chatham",
]
zones = st.sampled_from(ZONES).map(ZoneInfo)
firsts = st.builds(date, st.integers(2024, 2029), st.integers(1, 12), st.just(1))
amounts = st.decimals(0, 50_000, places=2, allow_nan=False, allow_infinity=False)
factors = st.decimals(1, 3, places=3, allow_nan=False, allow_infinity=False)
SCHEDULES, LEVELS, PEOPLE = (1, 2, 3), (1, 2), (1, 2, 3, 4)


def make_terms(**fields: Any) -> Terms:
    """7,000 TWD a week in Taipei, at level 1 of every schedule, unless `fields` say otherwise."""
    usual: dict[str, Any] = {
        "rule": 1,
        "since": date(2020, 1, 1),
        "currency": "TWD",
        "zone": ZoneInfo("Asia/Taipei"),
        "rates": {(None, 1): Decimal(7000)},
    }
    return Terms(**usual | fields)


@st.composite
def terms(draw: st.DrawFn, zone: ZoneInfo | None = None, currency: str | None = None) -> Terms:
    """A rule as a manager may store it."""
    places = [(schedule, level) for schedule in (None, *SCHEDULES) for level in LEVELS]
    return make_terms(
        zone=zone or draw(zones),
        currency=currency or draw(st.sampled_from(["TWD", "JPY", "KWD", "EUR"])),
        rates=draw(st.dictionaries(st.sampled_from(places), amounts, min_size=1)),
        country=draw(st.sampled_from(["", "TW", "US"])),
        weekend_factor=draw(factors),
        holiday_factor=draw(factors),
        rest_day_hours=draw(st.decimals(0, 24, places=2)),
    )


@st.composite
def carried_in(draw: st.DrawFn, start: datetime, end: datetime, most: int = 12) -> list[Carried]:
    """Shifts within a stretch, which overlap as they like."""
    minutes = (end - start) // timedelta(minutes=1)
    found = []
    for number in range(draw(st.integers(1, most))):
        since, until = sorted(draw(st.lists(st.integers(0, minutes), min_size=2, max_size=2, unique=True)))
        found.append(
            Carried(
                shift=number,
                schedule=draw(st.sampled_from(SCHEDULES)),
                level=draw(st.sampled_from(LEVELS)),
                person=draw(st.sampled_from(PEOPLE)),
                start=start + timedelta(minutes=since),
                end=start + timedelta(minutes=until),
            )
        )
    return found


def midnight(on: date, zone: ZoneInfo) -> datetime:
    return start_of(on, zone).astimezone(UTC)
