"""Telling one person one thing about their shifts, once."""

from typing import Any

from django.db import transaction

from accounts.live_channel import publish
from accounts.models import Person
from shifts.enums import NoticeKind
from shifts.models import Notice, ReminderChoice, Shift


def tell_person(
    *, person: Person, kind: NoticeKind, key: str, shift: Shift | None = None, **data: Any
) -> Notice | None:
    """Writes what `person` is to be told, within the caller's transaction. None where they were told of `key` before.

    Their open pages hear of it when the transaction is committed; Slack has it, too, where they chose so.
    """
    choice = ReminderChoice.objects.filter(user__pagerduty_id=person.pagerduty_id).first()
    notice, is_new = Notice.objects.get_or_create(
        person=person,
        kind=kind,
        key=key,
        defaults={"shift": shift, "data": data, "slack_due": bool(choice and choice.in_slack)},
    )
    if not is_new:
        return None
    transaction.on_commit(lambda: publish({"person": person.pagerduty_id}), robust=True)
    return notice
