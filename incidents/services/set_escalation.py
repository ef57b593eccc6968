"""Whether a service's incidents are escalated by themselves at the escalate clock's deadline."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from accounts.services.record_act import record_act
from incidents.enums import Escalation
from incidents.models import Incident, Service
from incidents.services.announce import bump_open_on_commit


@dataclass(frozen=True)
class StaleEscalation(Exception):
    """Somebody switched it meanwhile; `theirs` holds now."""

    theirs: Escalation


@transaction.atomic
def set_escalation(*, actor: User, service_id: int, escalation: Escalation, seen: Escalation) -> Service | None:
    """Switches one service; decided escalations stay as they are. None where it is so already.

    `seen` is what the author saw. Raises StaleEscalation, Service.DoesNotExist.
    """
    service = Service.objects.select_for_update().get(pk=service_id)
    was = Escalation(service.escalation)
    if was is escalation:
        return None
    if was is not seen:
        raise StaleEscalation(was)
    service.escalation = escalation
    service.save(update_fields=["escalation"])
    record_act(
        actor=actor,
        verb="set_escalation",
        target=f"service:{service.pk}",
        data={"from": was.value, "to": escalation.value},
    )
    # Their rooms say what will happen at the deadline.
    bump_open_on_commit(Incident.objects.filter(service=service))
    return service
