"""Giving the open incidents of a shift to whoever takes it over, all in one go; each row says how it went."""

from collections.abc import Collection

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import Person, User
from accounts.services.record_act import record_act
from incidents.act_refusals import CannotAct
from incidents.models import Incident, OutboxMessage, Transfer
from incidents.services.ask_pagerduty import Act, reassign_incident
from incidents.transfers import may_transfer, to_transfer
from shifts.handoff_refusals import CannotHandOver
from shifts.models import Handoff


@transaction.atomic
def transfer_incidents(*, actor: User, handoff_id: int, numbers: Collection[int]) -> list[Transfer]:
    """Asks PagerDuty to give those of `numbers` that are the author's to the incoming person; one that cannot go over
    keeps none of the others back. Twice is once: what is on its way is not asked again.

    Raises CannotHandOver (not_signed, not_between, none_chosen), Handoff.DoesNotExist.
    """
    locked = Handoff.objects.select_for_update(of=("self",)).select_related("author", "incoming")
    handoff = locked.get(pk=handoff_id)
    if handoff.incoming is None or not handoff.is_signed:
        raise CannotHandOver("not_signed")
    if not may_transfer(handoff, actor):
        raise CannotHandOver("not_between")
    chosen = list(to_transfer(handoff).filter(number__in=numbers).order_by("number"))
    if not chosen:
        raise CannotHandOver("none_chosen")
    # All of them before the first is asked for: an act takes the audit record's lock last, and whoever acts on one of the
    # others meanwhile has its incident already.
    list(Incident.objects.select_for_update().filter(pk__in=[each.pk for each in chosen]).order_by("pk"))
    asked = [_transfer(handoff, incident, handoff.incoming, actor) for incident in chosen]
    record_act(
        actor=actor,
        verb="transfer_incidents",
        target=f"handoff:{handoff.pk}",
        data={"to": handoff.incoming.pagerduty_id, "incidents": [incident.pk for incident in chosen]},
    )
    return asked


def _transfer(handoff: Handoff, incident: Incident, to: Person, actor: User) -> Transfer:
    message: OutboxMessage | None = None
    refusal = ""
    try:
        message = reassign_incident(act=Act(number=incident.pk, actor=actor), person=to)
    except CannotAct as error:
        refusal = error.reason
    if message is not None and message.arguments["person"] != to.pagerduty_id:
        message, refusal = None, "being_given"
    transfer, _is_new = Transfer.objects.update_or_create(
        handoff=handoff, incident=incident, defaults={"message": message, "refusal": refusal, "asked_at": Now()}
    )
    return transfer
