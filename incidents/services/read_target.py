"""Looking at what a mitigation is about, before it is tried out: facts for the guard rails, before and after for the reader."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cluster.enums import MitigationVerb
from incidents.enums import PodChoice
from incidents.mitigations.facts import (
    Budget,
    ChosenPod,
    ChosenRevision,
    Database,
    Facts,
    Rollout,
    Rules,
    Scaler,
)
from incidents.mitigations.facts import Other as OtherMitigation
from incidents.mitigations.guards import Finding, Guard
from incidents.mitigations.plans import DeletePod, Parameters, RebootDatabase, RollBack, Scale
from incidents.models import Mitigation
from integrations.aws import Aws
from integrations.errors import IntegrationError, Refused
from integrations.kubernetes.client import Cluster
from integrations.kubernetes.types import Deployment, DisruptionBudget, Pod, PodUsage, Revision

#: A container that waits for one of these is only being started.
_STARTING = ("", "ContainerCreating", "PodInitializing")


@dataclass(frozen=True)
class Reach:
    """What mitigations are done with. `cluster_of` gives a context's client; it raises Refused where there is none."""

    cluster_of: Callable[[str], Cluster]
    aws: Aws


@dataclass(frozen=True)
class Sight:
    """What was seen. `findings` are those that only looking shows; `expected` is the version that a change is bound to."""

    facts: Facts
    findings: list[Finding] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    expected: str = ""
    pod: str = ""
    database: str = ""


def look(
    mitigation: Mitigation, parameters: Parameters, rules: Rules, other: OtherMitigation | None, reach: Reach
) -> Sight:
    """Reads the target, as for these parameters. Raises IntegrationError where it cannot be read."""
    verb = MitigationVerb(mitigation.verb)
    if verb is MitigationVerb.REBOOT_RDS:
        return _look_at_database(mitigation, parameters, rules, other, reach.aws)
    cluster, namespace = reach.cluster_of(mitigation.context), mitigation.namespace
    try:
        deployment = cluster.deployment(namespace, mitigation.target)
    except Refused as refusal:
        if refusal.code != "not_found":
            raise
        return Sight(Facts(verb, rules, other), [Finding(Guard.NO_TARGET)])
    pods = cluster.pods(namespace, selector=",".join(f"{key}={value}" for key, value in deployment.selector.items()))
    revisions = cluster.revisions(namespace, mitigation.target)
    seen = _Seen(verb, parameters, rules, other, cluster, deployment, pods, revisions)
    match verb:
        case MitigationVerb.SCALE:
            return seen.scale()
        case MitigationVerb.DELETE_POD:
            return seen.delete_pod()
        case MitigationVerb.ROLL_BACK:
            return seen.roll_back()
        case MitigationVerb.RESTART:
            return seen.restart()


class _Seen:
    """A deployment with its pods and revisions (newest first), as one verb looks at it."""

    def __init__(
        self,
        verb: MitigationVerb,
        parameters: Parameters,
        rules: Rules,
        other: OtherMitigation | None,
        cluster: Cluster,
        deployment: Deployment,
        pods: Sequence[Pod],
        revisions: Sequence[Revision],
    ) -> None:
        self._verb, self._parameters = verb, parameters
        self._rules, self._other = rules, other
        self._cluster, self._namespace = cluster, deployment.namespace
        self._deployment, self._revisions = deployment, revisions
        self._owners = {f"ReplicaSet/{revision.replica_set}" for revision in revisions}
        self._all_pods = pods
        self._pods = [pod for pod in pods if pod.owner in self._owners and not pod.is_terminating]
        self._current = next((each for each in revisions if each.is_current), revisions[0] if revisions else None)
        self._before: dict[str, Any] = {
            "generation": deployment.generation,
            "uid": deployment.uid,
            "replicas": deployment.replicas,
            "ready": deployment.ready,
            "revision": deployment.revision,
            "images": deployment.images,
        }

    def scale(self) -> Sight:
        plan = Scale.model_validate(self._parameters)
        wanted = plan.replicas(self._deployment.replicas)
        scaler, findings = self._scaler()
        facts = Facts(self._verb, self._rules, self._other, self._rollout(), wanted_replicas=wanted, scaler=scaler)
        return self._sight(facts, findings, after={"replicas": wanted})

    def restart(self) -> Sight:
        facts = Facts(self._verb, self._rules, self._other, self._rollout())
        return self._sight(facts, [], after={"replicas": self._deployment.replicas})

    def roll_back(self) -> Sight:
        plan = RollBack.model_validate(self._parameters)
        older = [each for each in self._revisions if self._current and each.revision < self._current.revision]
        number = plan.revision or (older[0].revision if older else None)
        target = next((each for each in self._revisions if each.revision == number), None)
        chosen = ChosenRevision(
            number,
            is_kept=target is not None,
            is_same=bool(target and self._current and target.template_digest == self._current.template_digest),
        )
        facts = Facts(self._verb, self._rules, self._other, self._rollout(), revision=chosen)
        after = {"to_revision": number, "images": target.images if target else {}}
        return self._sight(facts, [], after=after)

    def delete_pod(self) -> Sight:
        usage = self._usage()
        chosen = self._chosen_pod(DeletePod.model_validate(self._parameters), usage)
        facts = Facts(self._verb, self._rules, self._other, self._rollout())
        if isinstance(chosen, Finding):
            return self._sight(facts, [chosen])
        budgets, findings = self._budgets(chosen)
        pod = ChosenPod(
            name=chosen.name,
            is_ready=chosen.is_ready,
            owner=chosen.owner,
            is_ours=chosen.owner in self._owners,
            is_terminating=chosen.is_terminating,
            budgets=budgets,
        )
        used = usage.get(chosen.name)
        about = {
            "pod": chosen.name,
            "pod_status": chosen.reason,
            "restarts": chosen.restarts,
            "created_at": chosen.created_at.isoformat() if chosen.created_at else None,
            "cpu_millicores": used.cpu_millicores if used else None,
            "memory_bytes": used.memory_bytes if used else None,
        }
        return Sight(
            replace(facts, pod=pod),
            findings,
            before=self._before | about,
            after={"replicas": self._deployment.replicas},
            expected=chosen.uid,
            pod=chosen.name,
        )

    def _sight(self, facts: Facts, findings: list[Finding], *, after: dict[str, Any] | None = None) -> Sight:
        return Sight(facts, findings, self._before, after or {}, expected=self._deployment.resource_version)

    def _rollout(self) -> Rollout:
        now = self._deployment
        # What the ReplicaSets are to have together; more than are of the newest template are left of an older one.
        total = now.available + now.unavailable
        is_moving = now.generation > now.observed_generation or now.updated < now.replicas or total > now.updated
        is_under_way = now.state == "failed" or (now.state == "progressing" and is_moving)
        newest = f"ReplicaSet/{self._current.replica_set}" if self._current else ""
        is_stuck = any(pod.owner == newest and not pod.is_ready and _cannot_start(pod) for pod in self._pods)
        return Rollout(
            replicas=now.replicas,
            ready=now.ready,
            is_under_way=is_under_way,
            is_failing=now.state == "failed" or (is_under_way and is_stuck),
            is_paused=now.state == "paused",
        )

    def _scaler(self) -> tuple[Scaler | None, list[Finding]]:
        try:
            found = self._cluster.autoscalers(self._namespace)
        except Refused as refusal:
            return None, [_unchecked(refusal)]
        mine = next((each for each in found if each.deployment == self._deployment.name), None)
        return (Scaler(mine.name, mine.min_replicas, mine.max_replicas) if mine else None), []

    def _budgets(self, pod: Pod) -> tuple[tuple[Budget, ...], list[Finding]]:
        try:
            found = self._cluster.disruption_budgets(self._namespace)
        except Refused as refusal:
            return (), [_unchecked(refusal)]
        covering = (each for each in found if _may_cover(each, pod))
        return tuple(Budget(each.name, each.disruptions_allowed, each.is_complex) for each in covering), []

    def _usage(self) -> dict[str, PodUsage]:
        """What the pods use, by name; nothing where nobody tells, which only a choice by usage minds."""
        try:
            return {each.name: each for each in self._cluster.usage(self._namespace)}
        except IntegrationError:
            return {}

    def _chosen_pod(self, plan: DeletePod, usage: dict[str, PodUsage]) -> Pod | Finding:
        if plan.pod is not None:
            named = next((pod for pod in self._all_pods if pod.name == plan.pod), None)
            is_same = named is not None and plan.uid in ("", named.uid)
            return named if named and is_same else Finding(Guard.POD_GONE, data={"pod": plan.pod})
        if plan.choose in (PodChoice.MOST_MEMORY, PodChoice.MOST_CPU) and not usage:
            return Finding(Guard.NO_METRICS)
        return _choose(plan.choose, self._pods, usage) or Finding(Guard.NO_POD)


def _choose(choice: PodChoice | None, pods: Iterable[Pod], usage: dict[str, PodUsage]) -> Pod | None:
    """The pod that a choice means; None where none does."""
    measured = [pod for pod in pods if pod.name in usage]
    match choice:
        case PodChoice.MOST_MEMORY:
            return max(measured, key=lambda pod: usage[pod.name].memory_bytes, default=None)
        case PodChoice.MOST_CPU:
            return max(measured, key=lambda pod: usage[pod.name].cpu_millicores, default=None)
        case PodChoice.OLDEST:
            dated = ((pod.created_at, pod) for pod in pods if pod.created_at)
            return min(dated, key=lambda each: each[0], default=(None, None))[1]
        case _:
            unready = (pod for pod in pods if not pod.is_ready)
            return max(unready, key=lambda pod: pod.restarts, default=None)


def _cannot_start(pod: Pod) -> bool:
    return any(each.state == "waiting" and each.reason not in _STARTING for each in pod.containers)


def _may_cover(budget: DisruptionBudget, pod: Pod) -> bool:
    if budget.is_complex:
        return True
    return bool(budget.selector) and budget.selector.items() <= pod.labels.items()


def _unchecked(refusal: Refused) -> Finding:
    return Finding(Guard.UNCHECKED, is_blocking=False, data={"obstacle": refusal.code})


def _look_at_database(
    mitigation: Mitigation, parameters: Parameters, rules: Rules, other: OtherMitigation | None, aws: Aws
) -> Sight:
    verb = MitigationVerb.REBOOT_RDS
    plan = RebootDatabase.model_validate(parameters)
    name = mitigation.database
    if not name:
        return Sight(Facts(verb, rules, other), [Finding(Guard.WHICH_DATABASE)])
    if not rules.is_reboot_allowed:
        # The guard rails say so. AWS is not asked about what nobody may touch.
        return Sight(Facts(verb, rules, other))
    if name not in rules.databases:
        return Sight(Facts(verb, rules, other), [Finding(Guard.FOREIGN_DATABASE, data={"database": name})])
    try:
        found = aws.database(name)
    except Refused as refusal:
        if refusal.code != "not_found":
            raise
        return Sight(Facts(verb, rules, other), [Finding(Guard.NO_DATABASE, data={"database": name})])
    database = Database(
        name=name,
        status=found.status,
        is_multi_az=found.is_multi_az,
        wants_failover=plan.failover,
    )
    return Sight(
        Facts(verb, rules, other, database=database),
        before={
            "region": aws.region,
            "status": found.status,
            "engine": f"{found.engine} {found.engine_version}",
            "class": found.instance_class,
        },
        after={"failover": plan.failover},
        database=name,
    )
