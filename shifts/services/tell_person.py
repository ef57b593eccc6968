"""Telling people things about their shifts, each once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.live_channel import publish
from accounts.models import Person
from shifts.enums import PRIVATE_NOTICES, NoticeKind
from shifts.models import Notice, ReminderChoice, Shift


@dataclass(frozen=True)
class News:
    """What one person is to be told, once for its `key`."""

    person: Person
    key: str
    data: dict[str, Any]
    shift: Shift | None = None


def tell_person(
    *, person: Person, kind: NoticeKind, key: str, shift: Shift | None = None, **data: Any
) -> Notice | None:
    """Writes what `person` is to be told, within the caller's transaction. None where they were told of `key` before.

    Their open pages hear of it when the transaction is committed; Slack has it, too, where they chose so.
    """
    in_slack = person.pagerduty_id in _who_wants_slack([person], kind)
    notice, is_new = Notice.objects.get_or_create(
        person=person,
        kind=kind,
        key=key,
        defaults={"shift": shift, "data": data, "slack_due": in_slack},
    )
    if not is_new:
        return None
    _publish_on_commit([person])
    return notice


def tell_people(*, kind: NoticeKind, news: Sequence[News], only_here: bool = False) -> None:
    """The same for many at once, in two statements; whoever was told of a key before is not told again.

    `only_here`: Slack has it from elsewhere.
    """
    if not news:
        return
    people = [each.person for each in news]
    in_slack = set() if only_here else _who_wants_slack(people, kind)
    Notice.objects.bulk_create(
        [
            Notice(
                person=each.person,
                kind=kind,
                key=each.key,
                shift=each.shift,
                data=each.data,
                slack_due=each.person.pagerduty_id in in_slack,
            )
            for each in news
        ],
        ignore_conflicts=True,
    )
    _publish_on_commit(people)


def _who_wants_slack(people: Collection[Person], kind: NoticeKind) -> set[str]:
    """Whoever chose so, by the person's key: of them all, and of those whom PagerDuty does not know. One query."""
    if kind in PRIVATE_NOTICES:
        return set()
    known = Q(user__pagerduty_id=None) | Q(user__pagerduty_id__in=[each.pagerduty_id for each in people])
    chosen = ReminderChoice.objects.filter(known, in_slack=True)
    return {choice.user.person_key for choice in chosen.select_related("user")}


def _publish_on_commit(people: Collection[Person]) -> None:
    ids = [person.pagerduty_id for person in people]

    def publish_all() -> None:
        for each in ids:
            publish({"person": each})

    transaction.on_commit(publish_all, robust=True)
