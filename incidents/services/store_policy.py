"""A new version of the SLA policy."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.database_time import database_now
from accounts.models import User
from accounts.services.record_act import record_act
from incidents.enums import PolicyProblem
from incidents.models import OwnDay, PolicyVersion, target_fields
from incidents.policy import SlaPolicy, problems

LONGEST_NOTE = 500
MOST_OWN_DAYS = 200


@dataclass(frozen=True)
class StalePolicy(Exception):
    """Somebody stored a version meanwhile; `theirs` is in force now."""

    theirs: PolicyVersion


@dataclass(frozen=True)
class BadPolicy(Exception):
    """The policy cannot be kept; `problems` says why."""

    problems: list[PolicyProblem]


@transaction.atomic
def store_policy(
    *, actor: User, based_on: int, policy: SlaPolicy, own_days: Sequence[OwnDay], note: str
) -> PolicyVersion | None:
    """Stores a version that governs the clocks which start from now on; running ones keep theirs.

    `based_on` is the version that the author saw. None where nothing would change. `own_days` are those of the policy's
    calendar with their names. Raises StalePolicy, BadPolicy.
    """
    latest = PolicyVersion.objects.select_for_update().latest("version")
    if latest.version != based_on:
        raise StalePolicy(latest)
    now = database_now()
    found = problems(policy, now=now)
    if found:
        raise BadPolicy(found)
    version = PolicyVersion(
        version=latest.version + 1,
        in_force_from=now,
        created_by=actor,
        note=note[:LONGEST_NOTE],
        targets=target_fields(dict(policy.targets)),
        at_risk_percent=policy.at_risk_percent,
        time_zone=policy.calendar.zone.key,
        weekdays=sorted(policy.calendar.weekdays),
        opens_at=policy.calendar.opens_at,
        closes_at=policy.calendar.closes_at,
        country=policy.calendar.country,
        own_days=sorted(own_days, key=lambda each: each["day"])[:MOST_OWN_DAYS],
    )
    if says_the_same(version, latest):
        return None
    version.save(force_insert=True)
    record_act(actor=actor, verb="store_policy", target=f"policy:{version.version}", data={"note": version.note})
    return version


#: What a version promises, apart from when and by whom.
PROMISES = (
    "targets", "at_risk_percent", "time_zone", "weekdays", "opens_at", "closes_at", "country", "own_days",
)  # fmt: skip


def says_the_same(one: PolicyVersion, other: PolicyVersion) -> bool:
    """Whether two versions promise the same."""
    return all(getattr(one, name) == getattr(other, name) for name in PROMISES)
