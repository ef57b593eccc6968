"""Mitigations as people and workers do them, step by step."""

import copy
import json
from typing import Any

from django.db.models.functions import Now

from accounts.models import User
from cluster.enums import MitigationVerb
from incidents.enums import EntryKind
from incidents.models import Incident, Mitigation, TimelineEntry
from incidents.services.ask_pagerduty import Act
from incidents.services.check_mitigation import check_mitigation
from incidents.services.confirm_mitigation import confirm_mitigation
from incidents.services.propose_mitigation import propose_mitigation
from incidents.services.read_target import Reach
from incidents.services.run_mitigation import run_mitigation
from incidents.services.watch_mitigation import watch_mitigation
from simulators.kubernetes.resources import DEPLOYMENTS, PODS, REPLICA_SETS
from simulators.kubernetes.testing import RunningCluster

GATEWAY = "chatops-gateway"


def propose(user: User, incident: Incident, verb: str, key: str = "", **parameters: Any) -> Mitigation:
    """The proposal alone."""
    act = Act(number=incident.pk, actor=user, key=key)
    return propose_mitigation(act=act, verb=MitigationVerb(verb), parameters=parameters)


def checked(reach: Reach, user: User, incident: Incident, verb: str, **parameters: Any) -> Mitigation:
    """A proposal that was tried out."""
    mitigation = propose(user, incident, verb, **parameters)
    assert check_mitigation(mitigation_id=mitigation.pk, reach=reach) is not None
    mitigation.refresh_from_db()
    return mitigation


def confirmed(reach: Reach, user: User, incident: Incident, verb: str, **parameters: Any) -> Mitigation:
    """A proposal that was tried out and confirmed."""
    mitigation = checked(reach, user, incident, verb, **parameters)
    assert mitigation.state == "ready", mitigation.findings
    return confirm(user, mitigation)


def confirm(user: User, mitigation: Mitigation) -> Mitigation:
    """Confirms with the right name."""
    act = Act(number=mitigation.incident_id, actor=user)
    confirm_mitigation(act=act, mitigation_id=mitigation.pk, typed=mitigation.target)
    mitigation.refresh_from_db()
    return mitigation


def called(reach: Reach, user: User, incident: Incident, verb: str, **parameters: Any) -> Mitigation:
    """One whose call was made, whatever came of it."""
    return call(reach, confirmed(reach, user, incident, verb, **parameters))


def call(reach: Reach, mitigation: Mitigation) -> Mitigation:
    """The call of one that is confirmed."""
    run_mitigation(mitigation_id=mitigation.pk, reach=reach)
    mitigation.refresh_from_db()
    return mitigation


def look(reach: Reach, mitigation: Mitigation) -> Mitigation:
    """One look at one that is under way, whenever the last one was."""
    due_now(mitigation)
    watch_mitigation(mitigation_id=mitigation.pk, reach=reach)
    mitigation.refresh_from_db()
    return mitigation


def watched(reach: Reach, cluster: RunningCluster, mitigation: Mitigation, *, seconds: int = 120) -> Mitigation:
    """Looks at it while time passes in the cluster, until it has ended."""
    for _ in range(seconds // 2):
        if look(reach, mitigation).is_over:
            break
        cluster.advance(2)
    return mitigation


def due_now(mitigation: Mitigation) -> None:
    """Lets its next attempt become due."""
    Mitigation.objects.filter(pk=mitigation.pk).update(next_attempt_at=Now())


def writes(cluster: RunningCluster) -> list[tuple[str, int | None]]:
    """What was called to change something for good: method and answer."""
    changing = [call for call in cluster.calls if call.method in ("PATCH", "DELETE", "PUT") and not call.is_dry_run]
    return [(call.method, call.status) for call in changing]


def world_of(cluster: RunningCluster) -> str:
    """Everything a mitigation could change, as text."""
    objects = cluster.world.store.objects
    return json.dumps([copy.deepcopy(list(objects[kind].values())) for kind in (DEPLOYMENTS, REPLICA_SETS, PODS)])


def codes(mitigation: Mitigation) -> list[str]:
    """What the guard rails found; what blocks with a mark."""
    return [f"{'!' if each['is_blocking'] else ''}{each['code']}" for each in mitigation.findings]


def story(incident: Incident) -> list[str]:
    """The sentences that mitigations left on the timeline."""
    kinds = (EntryKind.MITIGATION_PROPOSED, EntryKind.MITIGATION_STARTED, EntryKind.MITIGATION_ENDED)
    return [entry.text for entry in TimelineEntry.objects.filter(incident=incident, kind__in=kinds).order_by("pk")]
