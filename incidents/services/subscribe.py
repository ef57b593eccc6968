"""Choosing what one wants to be told of: every update, or those about a service."""

from django.db import transaction

from accounts.models import User
from accounts.services.record_act import record_act
from incidents.models import Service, Subscription


@transaction.atomic
def subscribe(*, user: User, service: Service | None, is_wanted: bool) -> bool:
    """Whether that changed anything: wanting twice, or not at all twice, does not. `service` None stands for every update."""
    if is_wanted:
        _row, has_changed = Subscription.objects.get_or_create(user=user, service=service)
    else:
        has_changed = bool(Subscription.objects.filter(user=user, service=service).delete()[0])
    if has_changed:
        verb = "subscribe" if is_wanted else "unsubscribe"
        record_act(actor=user, verb=verb, target=f"service:{service.pk}" if service else "updates")
    return has_changed
