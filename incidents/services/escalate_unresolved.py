"""What happens at the escalate clock's deadline (the guide, «Resolve or escalate»): the next level is named and, where the
service says so, escalated to in PagerDuty.

The engine asks after each look. What was escalated, reminded of or found to have no next level is decided once a deadline.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.database_time import DatabaseNow, database_now
from incidents.enums import ClockKind, EntryKind, EntrySource, Escalation, NoticeKind, OutboxState, Verb
from incidents.models import Incident, OutboxMessage, SlaClock, TimelineEntry
from incidents.services.announce import bump_version
from incidents.services.enqueue import enqueue_delivery_on_commit
from incidents.services.settle_clocks import settle_clocks
from incidents.services.tell_channel import tell_channel
from incidents.sla import AUTOMATIC_MARK
from shifts.selectors import Level, level_of, levels_of

#: Noticed later than this, after an outage or on the first day with a PagerDuty of long-open incidents, it only reminds: a
#: person should look before somebody is paged for what is old.
ESCALATED_WITHIN = timedelta(minutes=15)


def escalate_unresolved(*, limit: int = 50) -> int:
    """Decides up to `limit` escalations that have become due. Returns how many."""
    overdue = list(_undecided().order_by("due_at").values_list("pk", "incident_id")[:limit])
    return sum(_decide(clock_id, incident_id) for clock_id, incident_id in overdue)


def _undecided() -> QuerySet[SlaClock]:
    """The condition is the partial index's, to the letter."""
    return SlaClock.objects.filter(
        kind=ClockKind.ESCALATE,
        stopped_at__isnull=True,
        closed_at__isnull=True,
        breached_at__isnull=False,
        escalation_decided_at__isnull=True,
    )


@transaction.atomic
def _decide(clock_id: int, incident_id: int) -> bool:
    """One escalation. False where another engine has it, or it has become needless."""
    incident = Incident.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=incident_id)
    found = incident.select_related("service").first()
    clock = _undecided().filter(pk=clock_id, cycle=F("incident__cycle")).first()
    if found is None or clock is None:
        return False
    now = database_now()
    levels = levels_of(found.escalation_policy_id, now)
    current = level_of(found.people.values_list("pagerduty_id", flat=True), levels)
    following = next((level for level in levels if level.level > current), None)
    sender = settings.PAGERDUTY_FROM or _address_of_responder(found)
    is_automatic = found.service.escalation == Escalation.AUTOMATIC and now - clock.due_at <= ESCALATED_WITHIN
    if following and sender and is_automatic:
        _escalate(clock, found, following, sender)
        tell_channel(clock, NoticeKind.ESCALATED, now=now)
    else:
        _remind(clock, found, following)
        tell_channel(clock, NoticeKind.REMINDED, now=now)
    SlaClock.objects.filter(pk=clock.pk).update(escalation_decided_at=DatabaseNow())
    settle_clocks(found, now=now)
    bump_version(found)
    return True


def _address_of_responder(incident: Incident) -> str:
    """PagerDuty wants to know who acts: the one who has it."""
    return incident.people.exclude(email="").order_by("name").values_list("email", flat=True).first() or ""


def _escalate(clock: SlaClock, incident: Incident, to: Level, sender: str) -> None:
    """Puts the escalation and the note that explains it into the outbox, unless a person's escalation already waits."""
    names = ", ".join(to.names)
    if not OutboxMessage.objects.filter(incident=incident, verb=Verb.ESCALATE, state=OutboxState.WAITING).exists():
        _ask(clock, incident, Verb.ESCALATE, sender, {"level": to.level, "to": names})
    with translation.override(settings.PORTAL_LANGUAGE):
        helping = ", ".join(each["name"] for each in incident.engaged)
        words = _("Not resolved in time: escalated to level %(level)d (%(names)s).")
        text = AUTOMATIC_MARK + " " + words % {"level": to.level, "names": names}
        if helping:
            text += " " + _("%(names)s goes on helping.") % {"names": helping}
    _ask(clock, incident, Verb.NOTE, sender, {"text": text})


def _ask(clock: SlaClock, incident: Incident, verb: Verb, sender: str, arguments: dict[str, object]) -> None:
    message, is_new = OutboxMessage.objects.get_or_create(
        idempotency_key=f"engine:{verb}:{clock.pk}:{clock.due_at.isoformat()}",
        defaults={"incident": incident, "verb": verb, "arguments": arguments, "from_email": sender},
    )
    if not is_new:
        return
    TimelineEntry.objects.create(
        incident=incident,
        kind=EntryKind.REQUESTED,
        occurred_at=database_now(),
        actor_name=str(EntrySource.ENGINE.label),
        source=EntrySource.ENGINE,
        source_id=f"outbox:{message.pk}",
        data={"verb": verb.value, **arguments},
    )
    enqueue_delivery_on_commit(message.pk)


def _remind(clock: SlaClock, incident: Incident, to: Level | None) -> None:
    TimelineEntry.objects.create(
        incident=incident,
        kind=EntryKind.ESCALATION_DUE,
        occurred_at=clock.due_at,
        source=EntrySource.ENGINE,
        data={"level": to.level, "to": ", ".join(to.names)} if to else {},
    )
