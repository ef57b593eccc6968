"""How somebody wants to be reminded of their shifts, and what they have seen of what they were told."""

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.live_channel import publish
from accounts.models import User
from accounts.services.record_act import record_act
from shifts.models import Notice, ReminderChoice


@transaction.atomic
def choose_reminders(*, user: User, in_browser: bool, in_slack: bool, hours_before: list[int]) -> ReminderChoice:
    """Stores it; none of the hours, or neither way, is «not at all»."""
    choice, _is_new = ReminderChoice.objects.update_or_create(
        user=user,
        defaults={"in_browser": in_browser, "in_slack": in_slack, "hours_before": sorted(hours_before, reverse=True)},
    )
    data: dict[str, object] = {"in_browser": in_browser, "in_slack": in_slack, "hours_before": choice.hours_before}
    record_act(actor=user, verb="choose_reminders", target=f"user:{user.pk}", data=data)
    return choice


def mark_seen(*, user: User, up_to: int) -> int:
    """Marks what the user was told as seen, up to the newest that their page showed. Returns how many were new to them."""
    unseen: QuerySet[Notice] = Notice.objects.filter(person__pagerduty_id=user.person_key, seen_at=None, pk__lte=up_to)
    seen = unseen.update(seen_at=Now())
    if seen:
        # Other open pages of theirs count anew.
        publish({"person": user.person_key})
    return seen
