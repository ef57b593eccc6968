"""What a severity means to the team, and which of PagerDuty's priorities stands for it."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.services.record_act import record_act
from incidents.enums import Severity
from incidents.models import Priority, SeverityDefinition

LONGEST_DEFINITION = 2_000


@dataclass(frozen=True)
class StaleDefinition(Exception):
    """Somebody stored a version meanwhile; `theirs` stands now."""

    theirs: SeverityDefinition


@dataclass(frozen=True)
class StaleMapping(Exception):
    """Somebody mapped the severity meanwhile; `theirs` is the priority that stands for it now, None for none."""

    theirs: Priority | None


def define_severity(
    *, actor: User, severity: Severity, based_on: int, criteria: str, examples: str
) -> SeverityDefinition | None:
    """Stores a version of what the severity means. None where it says the same already.

    `based_on` is the version that the author saw, 0 for the portal's own words. Raises StaleDefinition.
    """
    try:
        return _store(actor, severity, based_on, criteria, examples)
    except IntegrityError:
        # Two authors of a first version: there was no row yet for the second to wait at.
        raise StaleDefinition(_versions(severity).latest("version")) from None


@transaction.atomic
def _store(actor: User, severity: Severity, based_on: int, criteria: str, examples: str) -> SeverityDefinition | None:
    latest = _versions(severity).select_for_update(of=("self",)).order_by("-version").first()
    if latest is not None and latest.version != based_on:
        raise StaleDefinition(latest)
    if latest is not None and (latest.criteria, latest.examples) == (criteria, examples):
        return None
    version = SeverityDefinition.objects.create(
        severity=severity, version=based_on + 1, criteria=criteria, examples=examples, created_by=actor
    )
    record_act(actor=actor, verb="define_severity", target=f"severity:{severity}", data={"version": version.version})
    return version


def _versions(severity: Severity) -> QuerySet[SeverityDefinition]:
    return SeverityDefinition.objects.filter(severity=severity).select_related("created_by")


@transaction.atomic
def map_priority(*, actor: User, severity: Severity, priority_id: str, seen: str) -> bool:
    """Has one of PagerDuty's priorities stand for the severity; it stands for no other then. "" for none.

    `priority_id` and `seen`, what the author saw there, are PagerDuty's ids. False where it is so already.
    Raises StaleMapping, Priority.DoesNotExist.
    """
    priorities = {each.pagerduty_id: each for each in Priority.objects.select_for_update().order_by("pk")}
    current = next((each for each in priorities.values() if each.severity == severity), None)
    current_id = current.pagerduty_id if current else ""
    if current_id == priority_id:
        return False
    if current_id != seen:
        raise StaleMapping(current)
    wanted = priorities.get(priority_id)
    if priority_id and wanted is None:
        raise Priority.DoesNotExist
    Priority.objects.filter(severity=severity).update(severity="")
    if wanted is not None:
        Priority.objects.filter(pk=wanted.pk).update(severity=severity)
    record_act(
        actor=actor,
        verb="map_priority",
        target=f"severity:{severity}",
        data={"from": current.name if current else "", "to": wanted.name if wanted else ""},
    )
    return True
