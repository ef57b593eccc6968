"""The guard rails: what speaks against a mitigation, as codes. Pure; `words` has the sentence of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cluster.enums import MitigationVerb
from incidents.enums import Severity
from incidents.mitigations.facts import ChosenPod, Facts, Rollout


class Guard(StrEnum):
    """One guard rail. What a row keeps."""

    NO_ROLE = "no_role"
    OVER = "over"
    NOT_ALLOWED = "not_allowed"
    REBOOT_OFF = "reboot_off"
    FORBIDDEN = "forbidden"
    OTHER_ACTIVE = "other_active"
    NO_TARGET = "no_target"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    TO_ZERO = "to_zero"
    SAME_REPLICAS = "same_replicas"
    AUTOSCALED = "autoscaled"
    AUTOSCALER_UNDOES = "autoscaler_undoes"
    ROLLING_OUT = "rolling_out"
    ROLLOUT_FAILS = "rollout_fails"
    ENDS_ROLLOUT = "ends_rollout"
    STOPS_ROLLOUT = "stops_rollout"
    PAUSED = "paused"
    NO_POD = "no_pod"
    POD_GONE = "pod_gone"
    POD_TERMINATING = "pod_terminating"
    POD_OF_ANOTHER = "pod_of_another"
    ORPHAN = "orphan"
    LAST_READY = "last_ready"
    BUDGET = "budget"
    BUDGET_UNKNOWN = "budget_unknown"
    NO_METRICS = "no_metrics"
    NO_REVISION_BEFORE = "no_revision_before"
    NO_REVISION = "no_revision"
    SAME_TEMPLATE = "same_template"
    NO_DATABASE = "no_database"
    WHICH_DATABASE = "which_database"
    FOREIGN_DATABASE = "foreign_database"
    DATABASE_BUSY = "database_busy"
    NO_STANDBY = "no_standby"
    CONNECTIONS_BREAK = "connections_break"
    UNCHECKED = "unchecked"
    UNREADABLE = "unreadable"
    REFUSED = "refused"
    WARNED = "warned"


@dataclass(frozen=True)
class Finding:
    """What one guard rail found. `data` fills its sentence."""

    code: Guard
    is_blocking: bool = True
    data: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As a row keeps it."""
        return {"code": self.code.value, "is_blocking": self.is_blocking, "data": self.data}


#: The right in the cluster that a verb needs, as `Permission` writes it.
NEEDS = {
    MitigationVerb.SCALE: "patch deployments.apps",
    MitigationVerb.RESTART: "patch deployments.apps",
    MitigationVerb.ROLL_BACK: "patch deployments.apps",
    MitigationVerb.DELETE_POD: "delete pods",
}


#: Where a slip costs most, the target's name is typed.
TYPED_SEVERITIES = (Severity.P0, Severity.P1)


def is_typed(severity: str, *, is_production: bool) -> bool:
    """Whether confirming takes the target's name, typed."""
    return is_production and severity in TYPED_SEVERITIES


def check(facts: Facts) -> list[Finding]:
    """Everything that speaks against it: what forbids it first, then what to know."""
    found = [*_rules(facts), *_by_verb(facts)]
    return sorted(found, key=lambda each: not each.is_blocking)


def _rules(facts: Facts) -> Iterator[Finding]:
    """What holds for every verb."""
    verb, rules, other = facts.verb, facts.rules, facts.other
    if not rules.has_role:
        yield Finding(Guard.NO_ROLE)
    if rules.is_over:
        yield Finding(Guard.OVER)
    if verb not in rules.allowed_verbs:
        yield Finding(Guard.NOT_ALLOWED, data={"verb": verb.value})
    if verb is MitigationVerb.REBOOT_RDS and not rules.is_reboot_allowed:
        yield Finding(Guard.REBOOT_OFF)
    needed = NEEDS.get(verb)
    if needed in rules.missing_permissions:
        yield Finding(Guard.FORBIDDEN, data={"permission": needed})
    if other is not None:
        yield Finding(Guard.OTHER_ACTIVE, data={"who": other.who, "incident": other.incident, "verb": other.verb})


def _by_verb(facts: Facts) -> Iterator[Finding]:
    rollout = facts.rollout
    match facts.verb:
        case MitigationVerb.SCALE if rollout is not None:
            yield from _under_way(facts.verb, rollout)
            yield from _scale(facts, rollout)
        case MitigationVerb.ROLL_BACK if rollout is not None:
            yield from _under_way(facts.verb, rollout)
            yield from _roll_back(facts)
        case MitigationVerb.RESTART if rollout is not None:
            yield from _under_way(facts.verb, rollout)
        case MitigationVerb.DELETE_POD if rollout is not None:
            yield from _delete(facts, rollout)
        case MitigationVerb.REBOOT_RDS:
            yield from _reboot(facts)


def _under_way(verb: MitigationVerb, rollout: Rollout) -> Iterator[Finding]:
    """A second rollout never begins while the first one goes on, unless it goes back to what was before.

    Whoever sees a release go wrong need not wait until all of it has gone wrong.
    """
    is_end = verb is MitigationVerb.ROLL_BACK
    if rollout.is_paused:
        # More or fewer pods of the same template are no rollout.
        yield Finding(Guard.PAUSED, is_blocking=verb is not MitigationVerb.SCALE)
    elif rollout.is_failing:
        yield Finding(Guard.ENDS_ROLLOUT if is_end else Guard.ROLLOUT_FAILS, is_blocking=not is_end)
    elif rollout.is_under_way:
        guard = Guard.STOPS_ROLLOUT if is_end else Guard.ROLLING_OUT
        yield Finding(guard, is_blocking=not is_end, data={"ready": rollout.ready, "total": rollout.replicas})


def _scale(facts: Facts, rollout: Rollout) -> Iterator[Finding]:
    rules, scaler = facts.rules, facts.scaler
    wanted = facts.wanted_replicas
    if wanted is None:
        return
    bounds = {"wanted": wanted, "min": rules.min_replicas, "max": rules.max_replicas}
    if wanted == rollout.replicas:
        yield Finding(Guard.SAME_REPLICAS, data={"replicas": wanted})
    if wanted <= 0 and rules.is_production:
        yield Finding(Guard.TO_ZERO)
    elif wanted < rules.min_replicas:
        yield Finding(Guard.TOO_FEW, data=bounds)
    elif wanted > rules.max_replicas:
        yield Finding(Guard.TOO_MANY, data=bounds)
    if scaler is not None:
        data = {"name": scaler.name, "min": scaler.minimum, "max": scaler.maximum, "wanted": wanted}
        # At 0 replicas an autoscaler sleeps and undoes nothing.
        is_within = scaler.minimum <= wanted <= scaler.maximum or wanted == 0
        yield Finding(Guard.AUTOSCALED if is_within else Guard.AUTOSCALER_UNDOES, is_blocking=not is_within, data=data)


def _roll_back(facts: Facts) -> Iterator[Finding]:
    revision = facts.revision
    if revision is None:
        return
    if revision.number is None:
        yield Finding(Guard.NO_REVISION_BEFORE)
    elif not revision.is_kept:
        yield Finding(Guard.NO_REVISION, data={"revision": revision.number})
    elif revision.is_same:
        yield Finding(Guard.SAME_TEMPLATE, data={"revision": revision.number})


def _delete(facts: Facts, rollout: Rollout) -> Iterator[Finding]:
    pod = facts.pod
    if rollout.is_under_way:
        yield Finding(Guard.ROLLING_OUT, is_blocking=False, data={"ready": rollout.ready, "total": rollout.replicas})
    if pod is None:
        return
    if pod.is_terminating:
        yield Finding(Guard.POD_TERMINATING, data={"pod": pod.name})
        return
    if not pod.owner:
        yield Finding(Guard.ORPHAN, data={"pod": pod.name})
    elif not pod.is_ours:
        yield Finding(Guard.POD_OF_ANOTHER, data={"pod": pod.name, "owner": pod.owner})
    if pod.is_ready:
        # Without one that is not ready nobody loses anything, and no budget counts it.
        yield from _ready_pod(pod, rollout, is_production=facts.rules.is_production)


def _ready_pod(pod: ChosenPod, rollout: Rollout, *, is_production: bool) -> Iterator[Finding]:
    if pod.is_ours and rollout.ready <= 1:
        yield Finding(Guard.LAST_READY, is_blocking=is_production, data={"pod": pod.name})
    for budget in pod.budgets:
        if budget.is_complex:
            yield Finding(Guard.BUDGET_UNKNOWN, is_blocking=False, data={"name": budget.name})
        elif budget.allowed < 1:
            yield Finding(Guard.BUDGET, data={"name": budget.name})


def _reboot(facts: Facts) -> Iterator[Finding]:
    database = facts.database
    if database is None:
        return
    if database.status != "available":
        yield Finding(Guard.DATABASE_BUSY, data={"database": database.name, "status": database.status})
    if database.wants_failover and not database.is_multi_az:
        yield Finding(Guard.NO_STANDBY, data={"database": database.name})
    yield Finding(Guard.CONNECTIONS_BREAK, is_blocking=False, data={"database": database.name})
