"""Confirming what a dry run showed, or taking the proposal back. From the confirmation on a worker acts (`run_mitigation`)."""

from django.db import IntegrityError, transaction

from accounts.database_time import database_now
from accounts.roles import Role
from accounts.services.record_act import record_act
from accounts.work import MITIGATION_QUEUE, enqueue_on_commit
from incidents.act_refusals import CannotAct
from incidents.enums import EntryKind, MitigationState
from incidents.judging import worst_severity
from incidents.mitigations.guards import is_typed
from incidents.mitigations.outcomes import CHECKED_FOR, Outcome
from incidents.models import Incident, Mitigation
from incidents.services.announce import bump_version
from incidents.services.ask_pagerduty import Act, lock_open
from incidents.services.end_mitigation import end_mitigation
from incidents.services.propose_mitigation import CHECK_TASK
from incidents.services.settle_clocks import settle_clocks
from incidents.services.tell_mitigation import told_of, write_entry

RUN_TASK = "incidents.run_mitigation"


def confirm_mitigation(*, act: Act, mitigation_id: int, typed: str) -> Mitigation:
    """Confirms it, once: who confirms what is confirmed already gets it as it is. Stops the respond clock.

    A check that is older than five minutes is made anew first, and is then to be looked at and confirmed again.
    Raises CannotAct (not_open, no_role, still_checking, not_ready, not_typed, check_expired, other_active),
    Incident.DoesNotExist, Mitigation.DoesNotExist.
    """
    mitigation, is_expired = _confirm(act, mitigation_id, typed)
    if is_expired:
        # Only now: the new check is committed.
        raise CannotAct("check_expired")
    return mitigation


@transaction.atomic
def _confirm(act: Act, mitigation_id: int, typed: str) -> tuple[Mitigation, bool]:
    incident = lock_open(act)
    if not act.actor.has_role(Role.RESPONDER):
        raise CannotAct("no_role")
    mitigation = incident.mitigations.select_for_update().get(pk=mitigation_id)
    if mitigation.confirmed_at is not None:
        return mitigation, False
    if mitigation.state == MitigationState.CHECKING:
        raise CannotAct("still_checking")
    if mitigation.state != MitigationState.READY:
        raise CannotAct("not_ready", state=mitigation.get_state_display())
    if (
        is_typed(worst_severity(incident), is_production=mitigation.is_production)
        and typed.strip() != mitigation.target
    ):
        raise CannotAct("not_typed", target=mitigation.target)
    now = database_now()
    if mitigation.checked_at is None or now - mitigation.checked_at > CHECKED_FOR:
        mitigation.state, mitigation.next_attempt_at = MitigationState.CHECKING, now
        mitigation.save(update_fields=["state", "next_attempt_at"])
        bump_version(incident)
        enqueue_on_commit(CHECK_TASK, mitigation.pk, queue=MITIGATION_QUEUE)
        return mitigation, True
    mitigation.state, mitigation.confirmed_by, mitigation.confirmed_at = MitigationState.CONFIRMED, act.actor, now
    mitigation.attempts, mitigation.next_attempt_at = 0, now
    try:
        with transaction.atomic():
            mitigation.save()
    except IntegrityError:
        raise CannotAct("other_active", target=mitigation.target) from None
    write_entry(mitigation, EntryKind.MITIGATION_STARTED, at=now, actor=act.actor)
    record_act(actor=act.actor, verb="confirm_mitigation", target=f"incident:{incident.pk}", data=told_of(mitigation))
    settle_clocks(incident, now=now)
    bump_version(incident)
    enqueue_on_commit(RUN_TASK, mitigation.pk, queue=MITIGATION_QUEUE)
    return mitigation, False


@transaction.atomic
def withdraw_mitigation(*, act: Act, mitigation_id: int) -> Mitigation:
    """Takes it back as long as no worker has begun the call; withdrawing twice is withdrawing once.

    Raises CannotAct (no_role, too_late), Incident.DoesNotExist, Mitigation.DoesNotExist.
    """
    incident = Incident.objects.select_for_update().get(pk=act.number)
    if not act.actor.has_role(Role.RESPONDER):
        raise CannotAct("no_role")
    mitigation = incident.mitigations.select_for_update().get(pk=mitigation_id)
    if mitigation.state == MitigationState.WITHDRAWN:
        return mitigation
    if mitigation.state not in (MitigationState.CHECKING, MitigationState.READY, MitigationState.CONFIRMED):
        raise CannotAct("too_late")
    end_mitigation(mitigation, Outcome.WITHDRAWN, at=database_now(), was_done=False, actor=act.actor)
    record_act(actor=act.actor, verb="withdraw_mitigation", target=f"incident:{incident.pk}", data=told_of(mitigation))
    bump_version(incident)
    return mitigation
