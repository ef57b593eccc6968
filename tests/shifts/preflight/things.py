"""Schedules, shifts, checks and contacts as the tests want them."""

from datetime import datetime, timedelta
from typing import Any

from accounts.database_time import database_now
from accounts.models import Person, User
from accounts.services.note_people import person_of
from cluster.enums import ChangeKind
from cluster.models import Change
from shifts.enums import CheckSide, CheckVerdict, GuideKind, PreflightItem, ScheduleSource
from shifts.models import ContactConfirmation, GuideEntry, Preflight, PreflightCheck, Schedule, SeenChange, Shift

HOUR = timedelta(hours=1)


def make_schedule(number: int = 1) -> Schedule:
    # Kept here: a mirror that runs beside the test would find that PagerDuty has it not.
    schedule, _is_new = Schedule.objects.get_or_create(
        name=f"chatops {number}", defaults={"source": ScheduleSource.PORTAL, "time_zone": "Asia/Taipei"}
    )
    return schedule


def make_shift(
    user: User | Person, *, begins_in: timedelta = 3 * HOUR, length: timedelta = 12 * HOUR, schedule: int = 1
) -> Shift:
    """A shift of somebody that begins in a while (or began, where that is negative)."""
    person = person_of(user) if isinstance(user, User) else user
    start_at = database_now() + begins_in
    return Shift.objects.create(
        schedule=make_schedule(schedule), person=person, start_at=start_at, end_at=start_at + length
    )


def make_preflight(shift: Shift) -> Preflight:
    """Opened a day before, as the task does."""
    return Preflight.objects.create(shift=shift, person=shift.person, opened_at=shift.start_at - 24 * HOUR)


def add_check(
    preflight: Preflight,
    item: PreflightItem,
    side: CheckSide = CheckSide.LAPTOP,
    verdict: CheckVerdict = CheckVerdict.PASSED,
    *,
    stale_in: timedelta = 12 * HOUR,
    at: datetime | None = None,
) -> PreflightCheck:
    at = at or database_now()
    return PreflightCheck.objects.create(
        preflight=preflight, item=item, side=side, verdict=verdict, checked_at=at, stale_at=at + stale_in
    )


def make_contact(name: str = "Head of engineering", **other: Any) -> GuideEntry:
    values: dict[str, Any] = {"phone": "+886 2 1234 5678"}
    return GuideEntry.objects.create(kind=GuideKind.CONTACT, name=name, **(values | other))


def confirm(contact: GuideEntry, by: User, *, ago: timedelta = timedelta()) -> ContactConfirmation:
    return ContactConfirmation.objects.create(
        entry=contact, entry_version=contact.version, confirmed_by=by, confirmed_at=database_now() - ago
    )


def make_change(number: int = 1, *, ago: timedelta = HOUR, **other: Any) -> Change:
    values: dict[str, Any] = {
        "kind": ChangeKind.EVENT,
        "source_id": f"C{number}",
        "service": "chatops-gateway",
        "title": f"deployed v1.2.{number}",
        "occurred_at": database_now() - ago,
    }
    return Change.objects.create(**(values | other))


def make_ready(preflight: Preflight, by: User) -> None:
    """All six items ready."""
    add_check(preflight, PreflightItem.PAGERDUTY, CheckSide.SERVER)
    for item in (PreflightItem.VPN, PreflightItem.KUBECTL, PreflightItem.AWS):
        add_check(preflight, item)
    for contact in GuideEntry.objects.filter(kind=GuideKind.CONTACT) or [make_contact()]:
        confirm(contact, by)
    SeenChange.objects.bulk_create(SeenChange(preflight=preflight, change=change) for change in Change.objects.all())
