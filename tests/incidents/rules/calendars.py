"""Calendars and instants of all kinds, for properties."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from incidents.calendars import BusinessCalendar

ZONES = [
    "Asia/Taipei",
    "Europe/Madrid",
    "Europe/Dublin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
]
#: Hypothesis wants naive bounds and adds the zone itself.
BEGIN, END = datetime.fromisoformat("2008-01-01"), datetime.fromisoformat("2032-01-01")

instants = st.datetimes(BEGIN, END, timezones=st.just(UTC))
#: Many near a change of the clocks somewhere, and near the day that Apia never had.
interesting = st.one_of(
    instants,
    st.builds(
        lambda around, by: datetime.fromisoformat(around).replace(tzinfo=UTC) + by,
        st.sampled_from(
            [
                "2011-12-30",
                "2024-03-31",
                "2024-10-27",
                "2024-03-10",
                "2024-11-03",
                "2024-04-07",
                "2024-10-06",
                "2024-04-14",
            ]
        ),
        st.timedeltas(timedelta(days=-5), timedelta(days=5)),
    ),
)
zones = st.sampled_from(ZONES).map(ZoneInfo)
#: To the quarter of an hour: no zone jumps by less, so that a walk in such steps finds every edge.
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    """A calendar as a manager may store it."""
    opens_at, closes_at = sorted(draw(st.lists(times, min_size=2, max_size=2, unique=True)))
    days = draw(st.lists(st.dates(date(2008, 1, 1), date(2032, 1, 1)), max_size=6, unique=True))
    turn = draw(st.integers(0, len(days)))
    return BusinessCalendar(
        zone=draw(zones),
        opens_at=opens_at,
        closes_at=closes_at,
        weekdays=frozenset(draw(st.sets(st.integers(0, 6), min_size=1))),
        country=draw(st.sampled_from(["", "TW", "ES", "US"])),
        days_off=frozenset(days[:turn]),
        days_on=frozenset(days[turn:]),
    )
