"""PagerDuty's priorities, and which of our severities each stands for."""

from django.db import transaction

from incidents.alert_text import severity_of_priority
from incidents.models import Priority
from integrations.pagerduty.client import PagerDuty
from integrations.text import clean_text
from integrations.types import Reference


def mirror_priorities(*, pagerduty: PagerDuty) -> int:
    """Reads the account's priorities; a new one is mapped by its name where that is free. Returns how many there are.

    Raises Unavailable or Refused; the mirror then stays as it was.
    """
    return _store(list(pagerduty.priorities()))


@transaction.atomic
def _store(found: list[Reference]) -> int:
    Priority.objects.exclude(pagerduty_id__in=[each.id for each in found]).delete()
    taken = set(Priority.objects.exclude(severity="").values_list("severity", flat=True))
    for position, each in enumerate(found):
        name = clean_text(each.name, limit=64)
        priority, is_new = Priority.objects.update_or_create(
            pagerduty_id=each.id, defaults={"name": name, "position": position}
        )
        guess = severity_of_priority(name)
        if is_new and guess is not None and guess.value not in taken:
            priority.severity = guess
            priority.save(update_fields=["severity"])
            taken.add(guess.value)
    return len(found)
