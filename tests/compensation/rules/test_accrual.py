"""Money accrues exactly: over changes of the clocks, however it is cut, and to nobody twice."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from compensation.accrual import Carried, leave, portions, stipends
from compensation.enums import DayKind
from compensation.money import digits_of, rounded
from compensation.terms import Governed, Terms, governed, month_span
from tests.compensation.rules.making import carried_in, firsts, make_terms, midnight, terms, zones
from tests.incidents.rules import thorough

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def whole(rule: Terms, start: datetime, end: datetime) -> list[Governed]:
    return [Governed(rule, start, end)]


def one(start: datetime, end: datetime, *, shift: int = 1, person: int = 1) -> Carried:
    return Carried(shift, 1, 1, person, start, end)


def exact(carried: list[Carried], rule: Terms, start: datetime, end: datetime) -> Fraction:
    return sum((each.exact for each in portions(carried, whole(rule, start, end))), Fraction())


@thorough
@given(day=st.dates(date(2024, 1, 1), date(2030, 1, 1)), zone=zones)
def test_a_local_week_is_one_stipend_whatever_the_clocks_do(day: date, zone: ZoneInfo) -> None:
    start, end = midnight(day, zone), midnight(day + 7 * DAY, zone)
    rule = make_terms(zone=zone, rates={(None, 1): Decimal("6999.99")})
    assert exact([one(start, end)], rule, start, end) == Fraction("6999.99")


def test_a_minute_of_a_day_of_23_hours_is_worth_more_than_one_of_25() -> None:
    zone = ZoneInfo("America/New_York")
    rule = make_terms(zone=zone, rates={(None, 1): Decimal(700)})
    for day, hours in ((date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 11, 2), 24)):
        start, end = midnight(day, zone), midnight(day + DAY, zone)
        assert end - start == timedelta(hours=hours)
        assert exact([one(start, start + MINUTE)], rule, start, end) == Fraction(100, hours * 60)


@thorough
@given(data=st.data(), first=firsts, rule=terms())
def test_the_parts_of_a_split_add_up_to_the_whole(data: st.DataObject, first: date, rule: Terms) -> None:
    """Between different people, too: who takes a part of a shift takes just that part of its money."""
    start, end = month_span(first, [rule])
    minutes = (end - start) // MINUTE
    cuts = data.draw(st.lists(st.integers(1, minutes - 1), unique=True, max_size=12))
    edges = [start, *(start + cut * MINUTE for cut in sorted(cuts)), end]
    parts = [one(since, until, shift=n, person=n % 3) for n, (since, until) in enumerate(pairwise(edges))]
    undivided = [one(start, end)]
    assert exact(parts, rule, start, end) == exact(undivided, rule, start, end)
    sums = [
        sum((line.amount for line in stipends(portions(carried, whole(rule, start, end)))), Decimal())
        for carried in (parts, undivided)
    ]
    assert sums[0] == sums[1], "rounded, too"


@thorough
@given(data=st.data(), first=firsts, rule=terms())
def test_lines_are_the_exact_sum_of_their_schedule_and_level_rounded_once(
    data: st.DataObject, first: date, rule: Terms
) -> None:
    start, end = month_span(first, [rule])
    paid = portions(data.draw(carried_in(start, end)), whole(rule, start, end))
    lines, digits = stipends(paid), digits_of(rule.currency)
    for place in {(each.carried.schedule, each.carried.level) for each in paid}:
        total = sum((p.exact for p in paid if (p.carried.schedule, p.carried.level) == place), Fraction())
        stored = [line.amount for line in lines if (line.carried.schedule, line.carried.level) == place]
        assert sum(stored, Decimal()) == rounded(total, digits)
        assert all(amount >= 0 and amount == round(amount, digits) for amount in stored)


def naive(carried: list[Carried], rule: Terms, start: datetime, end: datetime) -> dict[int, Fraction]:
    """The same, minute by minute: what a patient clerk would write down."""
    sums: dict[int, Fraction] = {}
    at = start
    while at < end:
        local = at.astimezone(rule.zone)
        day = local.date()
        length = (midnight(day + DAY, rule.zone) - midnight(day, rule.zone)) // MINUTE
        kind = rule.kind_of(day)
        for person in {each.person for each in carried}:
            rates = [
                rule.rate(each.schedule, each.level)
                for each in carried
                if each.person == person and each.start <= at < each.end
            ]
            best = max((rate for rate in rates if rate is not None), default=None)
            if best is not None:
                worth = Fraction(best) * Fraction(rule.factor(kind)) / 7 / length
                sums[person] = sums.get(person, Fraction()) + worth
        at += MINUTE
    return sums


@thorough
@given(data=st.data(), day=st.dates(date(2024, 1, 1), date(2029, 12, 1)), rule=terms())
def test_nobody_is_paid_twice_for_a_minute_and_always_for_what_pays_most(
    data: st.DataObject, day: date, rule: Terms
) -> None:
    start, end = midnight(day, rule.zone), midnight(day + 2 * DAY, rule.zone)
    carried = data.draw(carried_in(start, end))
    paid = portions(carried, whole(rule, start, end))
    for person in {each.carried.person for each in paid}:
        own = sorted((each.start, each.end) for each in paid if each.carried.person == person)
        assert all(before[1] <= after[0] for before, after in pairwise(own)), "no instant twice"
    sums: dict[int, Fraction] = {}
    for each in paid:
        sums[each.carried.person] = sums.get(each.carried.person, Fraction()) + each.exact
    assert sums == naive(carried, rule, start, end)


def test_of_two_that_pay_the_same_the_lower_schedule_counts_and_then_the_lower_level() -> None:
    start = datetime(2026, 11, 2, tzinfo=UTC)
    end = start + DAY
    rule = make_terms(zone=ZoneInfo("UTC"), rates={(None, 1): Decimal(70), (None, 2): Decimal(70)})
    carried = [Carried(1, 5, 1, 1, start, end), Carried(2, 3, 2, 1, start, end), Carried(3, 3, 1, 1, start, end)]
    assert {each.carried.shift for each in portions(carried, whole(rule, start, end))} == {3}


@thorough
@given(data=st.data(), first=firsts, before=terms(), after=terms())
def test_a_month_of_two_rules_is_cut_where_the_second_begins(
    data: st.DataObject, first: date, before: Terms, after: Terms
) -> None:
    since = first + data.draw(st.integers(1, 27)) * DAY
    later = make_terms(
        **{name: value for name, value in vars(after).items() if name not in ("since", "rule", "zone", "currency")},
        since=since,
        rule=2,
        zone=before.zone,
        currency=before.currency,
    )
    start, end = month_span(first, [before, later])
    stretches = list(governed([before, later], start, end))
    assert [(each.terms.rule, each.start, each.end) for each in stretches] == [
        (1, start, midnight(since, before.zone)),
        (2, midnight(since, before.zone), end),
    ]
    carried = data.draw(carried_in(start, end))
    together = sum((each.exact for each in portions(carried, stretches)), Fraction())
    apart = sum((each.exact for one_of in stretches for each in portions(carried, [one_of])), Fraction())
    assert together == apart


@thorough
@given(data=st.data(), first=firsts)
def test_months_leave_no_instant_out_and_take_none_twice_whatever_the_zones(data: st.DataObject, first: date) -> None:
    known = [
        make_terms(since=date(2020, 1, 1), zone=data.draw(zones)),
        make_terms(since=first, rule=2, zone=data.draw(zones)),
    ]
    following = (first + 32 * DAY).replace(day=1)
    previous = (first - DAY).replace(day=1)
    spans = [month_span(each, known) for each in (previous, first, following)]
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    for start, end in spans:
        stretches = list(governed(known, start, end))
        edges = [each.start for each in stretches] + [end]
        assert edges[0] == start
        assert all(each.end == edge for each, edge in zip(stretches, edges[1:], strict=True))


@thorough
@given(first=firsts, rule=terms())
def test_leave_for_every_rest_day_of_a_month_is_that_many_days(first: date, rule: Terms) -> None:
    start, end = month_span(first, [rule])
    always = make_terms(**vars(rule) | {"rates": {(None, 1): Decimal(1)}})
    earned = leave(portions([one(start, end)], whole(always, start, end)))
    days = [first + n * DAY for n in range(31) if (first + n * DAY).month == first.month]
    resting = sum(always.kind_of(day) is not DayKind.PLAIN for day in days)
    assert sum((each.amount for each in earned), Decimal()) == always.rest_day_hours * resting


def test_a_day_that_is_both_counts_as_what_pays_more() -> None:
    """10 October 2026, Taiwan's national day, is a Saturday."""
    day = date(2026, 10, 10)
    for weekend, holiday, kind in (("1.5", "2", DayKind.HOLIDAY), ("2", "1.5", DayKind.WEEKEND)):
        rule = make_terms(country="TW", weekend_factor=Decimal(weekend), holiday_factor=Decimal(holiday))
        assert rule.kind_of(day) is kind
        assert rule.factor(kind) == 2


def test_the_teams_own_days() -> None:
    monday, saturday = date(2026, 11, 2), date(2026, 11, 7)
    rule = make_terms(days_off=frozenset({monday}), days_on=frozenset({saturday}))
    assert rule.kind_of(monday) is DayKind.HOLIDAY
    assert rule.kind_of(saturday) is DayKind.PLAIN
    assert rule.kind_of(saturday + DAY) is DayKind.WEEKEND


def test_what_no_rate_names_is_not_paid() -> None:
    start = datetime(2026, 11, 2, tzinfo=UTC)
    rule = make_terms(rates={(7, 1): Decimal(70)})
    assert portions([one(start, start + DAY)], whole(rule, start, start + DAY)) == []
