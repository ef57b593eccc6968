"""Who is next, service by service, and what the portal will do about it at the escalate clock's deadline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery

from incidents.enums import Escalation
from incidents.models import Incident, Service
from shifts.selectors import Level, levels_of_policies


@dataclass(frozen=True)
class ServiceEscalation:
    """One service. `levels` are those of the escalation policy its newest incident came by, [] while none is known."""

    service: Service
    policy_name: str
    levels: Sequence[Level]

    @property
    def escalation(self) -> Escalation:
        return Escalation(self.service.escalation)

    @property
    def has_next(self) -> bool:
        """Whether there is anybody to escalate to from the first level."""
        return len(self.levels) > 1


def escalation_of_services(now: datetime) -> list[ServiceEscalation]:
    """Every service by name. Two queries, however many there are."""
    newest = Incident.objects.filter(service=OuterRef("pk")).order_by("-triggered_at", "-number")
    services = list(
        Service.objects.annotate(
            policy_id=Subquery(newest.values("escalation_policy_id")[:1]),
            policy_name=Subquery(newest.values("escalation_policy_name")[:1]),
        )
    )
    by_policy = levels_of_policies({each.policy_id for each in services if each.policy_id}, now)
    return [
        ServiceEscalation(service=each, policy_name=each.policy_name or "", levels=by_policy.get(each.policy_id, []))
        for each in services
    ]
