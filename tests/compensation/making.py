"""Rules, shifts of last month and P0s, as tests of pay need them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounts.database_time import database_now
from accounts.models import Person, User
from compensation.models import PayMonth, RuleVersion
from compensation.services.approve_statements import approve_statements
from compensation.services.draft_month import draft_month
from compensation.services.publish_month import publish_month
from compensation.services.store_rule import newest_key, store_rule
from compensation.terms import Rate, Rule, previous_month
from incidents.models import Incident, Review
from shifts.days import start_of
from shifts.models import Schedule, Shift
from shifts.services.store_schedule import FIRST_DAY
from tests.cast import Cast
from tests.factories import make_resolved
from tests.shifts.making import DAY, make_shift

TAIPEI = ZoneInfo("Asia/Taipei")
WEEK = 7 * DAY


def last_month() -> date:
    """The first day of the month before this one, in Taipei."""
    return previous_month(database_now().astimezone(TAIPEI).date().replace(day=1))


def make_rule(actor: User, *, key: str = "", **fields: Any) -> RuleVersion:
    """7,000 TWD a week at level 1 of every schedule, always, unless `fields` say otherwise."""
    usual: dict[str, Any] = {
        "valid_from": FIRST_DAY,
        "currency": "TWD",
        "time_zone": "Asia/Taipei",
        "rates": [Rate(None, 1, Decimal(7000))],
    }
    newest = newest_key()
    version, _is_new = store_rule(
        actor=actor, key=key or f"rule:{newest}", based_on=newest, rule=Rule(**usual | fields)
    )
    return version


def at(day: date, hour: float = 0) -> datetime:
    """An hour of a date in Taipei."""
    return start_of(day, TAIPEI) + timedelta(hours=hour)


def shift_in(schedule: Schedule, who: User | Person, day: int, *, days: float = 1, first: date | None = None) -> Shift:
    """A shift from midnight of a day of last month, from 0, on."""
    month = first or last_month()
    return make_shift(schedule, who, start=at(month + day * DAY), lasts=days * DAY)


def make_p0(number: int, triggered_at: datetime, *, reviewed_by: User | None = None) -> Incident:
    """A P0 that the responder acknowledged after a minute and resolved after two, reviewed an hour later where somebody did."""
    old = (database_now() - triggered_at) / timedelta(minutes=1)
    incident = make_resolved(number, minutes_old=old, title="[P0] Everything is down - chatops-gateway")
    if reviewed_by is not None:
        finish_review(incident, reviewed_by, incident.triggered_at + timedelta(hours=1))
    return incident


def finish_review(incident: Incident, by: User, finished_at: datetime) -> Review:
    return Review.objects.create(incident=incident, begun_by=by, finished_by=by, finished_at=finished_at)


def approve_all(cast: Cast, first: date) -> None:
    """The two who manage approve everybody's lines, each other's too."""
    for actor in (cast.manager, cast.admin):
        month = PayMonth.objects.get(first=first)
        approve_statements(actor=actor, first=first, expected_version=month.version)


def published(cast: Cast, first: date) -> PayMonth:
    """The month, drafted, approved and published."""
    draft_month(actor=cast.manager, first=first)
    approve_all(cast, first)
    month = PayMonth.objects.get(first=first)
    return publish_month(actor=cast.manager, first=first, expected_version=month.version)
