"""PagerDuty's side of a preflight: a person's settings as they were read, judged, with the last test page beside them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.database_time import database_now
from accounts.models import Person
from integrations.pagerduty.paging import PagingMethods
from shifts.enums import CheckSide, CheckVerdict, PreflightItem
from shifts.models import EscalationTarget, PagingSetup, PagingTest, Preflight, PreflightCheck
from shifts.paging_setups import paging_kept
from shifts.preflight.paging import Limits, Paging, judge
from shifts.preflight.rules import STALE_AFTER, Finding
from shifts.respond_limit import respond_limit
from shifts.services.preparing import record_look
from shifts.services.read_paging import paging_of


def store_paging(*, person: Person, paging: Paging) -> PagingSetup:
    """Keeps what was just read; numbers and addresses are not among it."""
    values = _stored(paging) | {"read_at": database_now()}
    setup, _is_new = PagingSetup.objects.update_or_create(person=person, defaults=values)
    return setup


def store_paging_of(people: Mapping[Person, PagingMethods], *, now: datetime) -> None:
    """The same of many people at once. One statement."""
    PagingSetup.objects.bulk_create(
        [PagingSetup(person=person, read_at=now, **_stored(paging_of(found))) for person, found in people.items()],
        update_conflicts=True,
        unique_fields=["person"],
        update_fields=["contact_methods", "rules", "read_at"],
    )


def _stored(paging: Paging) -> dict[str, Any]:
    return {
        "contact_methods": [
            {
                "id": method.id,
                "kind": method.kind,
                "label": method.label,
                "is_enabled": method.is_enabled,
                "is_blacklisted": method.is_blacklisted,
            }
            for method in paging.methods
        ],
        "rules": [
            {"urgency": rule.urgency, "delay_minutes": rule.delay_minutes, "contact_method_id": rule.method_id}
            for rule in paging.rules
        ],
    }


@transaction.atomic
def look_at_paging(*, preflight: Preflight) -> PreflightCheck | None:
    """Judges the settings as they were last read. None where that was never, or too long ago."""
    now = database_now()
    fresh = PagingSetup.objects.filter(read_at__gt=now - STALE_AFTER[PreflightItem.PAGERDUTY])
    setup = fresh.filter(person=preflight.person_id).first()
    if setup is None:
        return None
    findings = [*_of_test_page(preflight), *judge(paging_kept(setup), _limits(preflight))]
    return record_look(
        preflight_id=preflight.pk,
        item=PreflightItem.PAGERDUTY,
        side=CheckSide.SERVER,
        findings=findings,
        age=now - setup.read_at,
    )


def _limits(preflight: Preflight) -> Limits:
    """The shortest delay of any level that this schedule stands on, and how soon the worst of incidents wants an answer."""
    target = EscalationTarget.objects.filter(schedule=preflight.shift.schedule_id).order_by("delay_minutes").first()
    return Limits(
        escalation_minutes=target.delay_minutes if target else None,
        policy_name=target.policy_name if target else "",
        respond_within=respond_limit(database_now()),
    )


def _of_test_page(preflight: Preflight) -> list[Finding]:
    """What became of the last test page, while it tells anything."""
    since = database_now() - STALE_AFTER[PreflightItem.PAGERDUTY]
    test = PagingTest.objects.filter(preflight=preflight, finished_at__gt=since).order_by("-pk").first()
    if test is None or test.sent_at is None:
        return []
    if test.acknowledged_at is None:
        # Where PagerDuty was not to be asked any more, nobody knows whether it was.
        return [] if test.last_error else [Finding(CheckVerdict.FAILED, "test_missed")]
    seconds = max(int((test.acknowledged_at - test.sent_at).total_seconds()), 0)
    return [Finding(CheckVerdict.PASSED, "test_acknowledged", {"seconds": seconds})]
