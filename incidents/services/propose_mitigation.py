"""Proposing a mitigation: a row that a worker then tries out. Nothing is called from here, and nothing is changed.

The same key gives the same row, and while the same thing is proposed, or under way, in this incident it is joined.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.db import transaction

from accounts.database_time import database_now
from accounts.roles import Role
from accounts.services.record_act import record_act
from accounts.work import MITIGATION_QUEUE, enqueue_on_commit
from cluster.enums import MitigationVerb
from cluster.models import CatalogueEntry
from cluster.selectors import entry_of
from incidents.act_refusals import CannotAct
from incidents.enums import STANDING_MITIGATIONS, UNDECIDED_MITIGATIONS, EntryKind, MitigationState
from incidents.mitigations.plans import (
    BadParameters,
    Parameters,
    Plan,
    RebootDatabase,
    parameters_of,
    read_plan,
    way_back,
)
from incidents.models import Incident, Mitigation
from incidents.services.announce import bump_version
from incidents.services.ask_pagerduty import Act, lock_open
from incidents.services.tell_mitigation import told_of, write_entry

CHECK_TASK = "incidents.check_mitigation"
#: So much that nobody has decided yet may one person leave lying in one incident.
MOST_UNDECIDED = 5


@transaction.atomic
def propose_mitigation(*, act: Act, verb: MitigationVerb, parameters: Mapping[str, Any]) -> Mitigation:
    """Proposes one for the incident's service, to be tried out. Stops no clock: nothing has been done yet.

    Raises CannotAct (not_open, no_role, unmapped, bad_parameters, too_many_proposed), Incident.DoesNotExist.
    """
    incident = lock_open(act)
    return _propose(incident, act, verb, parameters)


@transaction.atomic
def propose_way_back(*, act: Act, mitigation_id: int) -> Mitigation:
    """Proposes what undoes a mitigation that was done. Raises CannotAct as above and no_way_back, Mitigation.DoesNotExist."""
    incident = lock_open(act)
    done = incident.mitigations.get(pk=mitigation_id)
    back = way_back(MitigationVerb(done.verb), done.before, done.after)
    if done.state not in (MitigationState.SUCCEEDED, MitigationState.FAILED) or not done.was_done or back is None:
        raise CannotAct("no_way_back")
    return _propose(incident, act, back.verb, back.parameters, way_back_of=done)


def _propose(
    incident: Incident,
    act: Act,
    verb: MitigationVerb,
    given: Mapping[str, Any],
    *,
    way_back_of: Mitigation | None = None,
) -> Mitigation:
    if not act.actor.has_role(Role.RESPONDER):
        raise CannotAct("no_role")
    try:
        plan = read_plan(verb, given)
    except BadParameters as error:
        raise CannotAct("bad_parameters", detail=error) from None
    entry = entry_of(incident.service.pagerduty_id)
    if entry is None or not (entry.namespace and entry.deployment):
        raise CannotAct("unmapped")
    where = _where(plan, entry, way_back_of)
    parameters = parameters_of(plan)
    key = _key(incident, act, verb, parameters)
    repeated = Mitigation.objects.filter(idempotency_key=key).first() or _standing(incident, verb, parameters, where)
    if repeated is not None:
        return repeated
    undecided = incident.mitigations.filter(requested_by=act.actor, state__in=UNDECIDED_MITIGATIONS)
    if undecided.count() >= MOST_UNDECIDED:
        raise CannotAct("too_many_proposed", most=MOST_UNDECIDED)
    mitigation = Mitigation.objects.create(
        incident=incident,
        cycle=incident.cycle,
        idempotency_key=key,
        verb=verb,
        parameters=parameters,
        service=incident.service.name,
        # What was production when it was changed is led back with the same care.
        is_production=entry.is_production or (way_back_of is not None and way_back_of.is_production),
        requested_by=act.actor,
        way_back_of=way_back_of,
        **where,
    )
    write_entry(mitigation, EntryKind.MITIGATION_PROPOSED, at=database_now(), actor=act.actor)
    record_act(actor=act.actor, verb="propose_mitigation", target=f"incident:{incident.pk}", data=told_of(mitigation))
    bump_version(incident)
    enqueue_on_commit(CHECK_TASK, mitigation.pk, queue=MITIGATION_QUEUE)
    return mitigation


def _where(plan: Plan, entry: CatalogueEntry, way_back_of: Mitigation | None) -> dict[str, str]:
    """What it is about. A way back leads to where the mitigation was, whatever the catalogue says by now."""
    if isinstance(plan, RebootDatabase):
        names = entry.databases
        database = plan.database or (names[0] if len(names) == 1 else "")
        # Two services may share it, so that it is itself what only one may act on.
        return {"context": "", "namespace": "", "target": database or entry.deployment, "database": database}
    if way_back_of is not None:
        return {name: getattr(way_back_of, name) for name in ("context", "namespace", "target")}
    return {"context": entry.context, "namespace": entry.namespace, "target": entry.deployment}


def _key(incident: Incident, act: Act, verb: MitigationVerb, parameters: Parameters) -> str:
    """Without a key of the page's own, one proposal a version: what a double click repeats."""
    digest = sha256(json.dumps([verb, parameters], sort_keys=True).encode()).hexdigest()[:16]
    return f"{incident.pk}:{act.actor.pk}:{digest}:{act.key or f'v{incident.version}'}"


def _standing(
    incident: Incident, verb: MitigationVerb, parameters: Parameters, where: Mapping[str, str]
) -> Mitigation | None:
    same = incident.mitigations.filter(cycle=incident.cycle, verb=verb, parameters=parameters)
    # Not decided yet, or under way: who proposes the same means this one.
    same = same.filter(state__in=STANDING_MITIGATIONS)
    return same.filter(**where).first()
