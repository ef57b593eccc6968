"""Which SLA policy governs what."""

from datetime import datetime, timedelta
from functools import lru_cache

from incidents.enums import Severity
from incidents.models import PolicyVersion
from incidents.policy import SlaPolicy


def policy_in_force(at: datetime) -> PolicyVersion:
    """The version that governs a clock which starts at `at`. One query."""
    return PolicyVersion.objects.filter(in_force_from__lte=at).latest("in_force_from")


def latest_policy() -> PolicyVersion:
    """The newest version: what an editor starts from. One query."""
    return PolicyVersion.objects.select_related("created_by").latest("version")


@lru_cache(maxsize=64)
def policy_of(pk: int) -> SlaPolicy:
    """The promise of a stored version. Versions never change, so that each process reads one once."""
    return PolicyVersion.objects.get(pk=pk).policy


def worst_respond_limit(at: datetime) -> timedelta:
    """How soon an incident of the worst severity that triggers at `at` must be responded to. One query."""
    return policy_in_force(at).policy.targets[Severity.P0].respond_within
