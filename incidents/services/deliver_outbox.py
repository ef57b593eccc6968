"""Taking one message from the outbox to PagerDuty, and its answer to the timeline."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from accounts.database_time import database_now
from accounts.models import Person
from incidents.enums import EntryKind, EntrySource, OutboxState, Status, Verb
from incidents.models import Incident, OutboxMessage, TimelineEntry
from incidents.services.announce import bump_version
from incidents.services.ingest import ingest_facts, ingest_snapshot
from incidents.services.record_facts import HEARD, SAME_INSTANT, VendorFact
from integrations.errors import IntegrationError, Refused
from integrations.pagerduty.client import PagerDuty
from integrations.retrying import CLAIMED_FOR, wait_after
from integrations.types import IncidentSnapshot, Reference

#: A message that could not be delivered for this long is told to its sender as not sent.
GIVE_UP_AFTER = timedelta(hours=24)
LONGEST_WAIT = timedelta(minutes=5)
#: The fact a successful act stands for; PagerDuty's log confirms it at the next poll.
FACT_OF_VERB = {
    Verb.ACKNOWLEDGE: EntryKind.ACKNOWLEDGED,
    Verb.RESOLVE: EntryKind.RESOLVED,
    Verb.ESCALATE: EntryKind.ESCALATED,
    Verb.REASSIGN: EntryKind.REASSIGNED,
    Verb.SNOOZE: EntryKind.SNOOZED,
    Verb.NOTE: EntryKind.NOTE,
    Verb.SET_PRIORITY: EntryKind.PRIORITY_CHANGED,
}


def deliver_outbox(*, message_id: int, pagerduty: PagerDuty) -> int | None:
    """Delivers one message if it is its turn. Returns the id of the incident's next message, where one waits.

    The next attempt is pushed beyond the call's longest duration before it begins, so that nobody else sends the same
    meanwhile and a crash in between is retried later. A retry checks first whether the earlier try had arrived.
    """
    message = _claim(message_id)
    if message is None:
        return None
    try:
        snapshot, fact = _call(message, pagerduty)
    except IntegrationError as error:
        _finish_failed(message, error)
    else:
        _finish_sent(message, snapshot, fact)
    following = _in_turn().filter(incident_id=message.incident_id, pk__gt=message.pk)
    return following.order_by("pk").values_list("pk", flat=True).first()


def due_messages(*, limit: int = 100) -> list[int]:
    """The messages whose turn it is, those that have waited longest for their next attempt first."""
    return list(_in_turn().order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def _in_turn() -> QuerySet[OutboxMessage]:
    """What waits, is due and has nothing older of its incident before it: a resolve never overtakes a note.

    A status update is for others than those who act, so that it holds up only the next one of its kind.
    """
    older = OutboxMessage.objects.filter(
        ~Q(verb=Verb.STATUS_UPDATE) | Q(verb=OuterRef("verb")),
        incident=OuterRef("incident"),
        state=OutboxState.WAITING,
        pk__lt=OuterRef("pk"),
    )
    return OutboxMessage.objects.filter(~Exists(older), state=OutboxState.WAITING, next_attempt_at__lte=Now())


def _claim(message_id: int) -> OutboxMessage | None:
    """Takes the message if it is its turn."""
    message = OutboxMessage.objects.filter(pk=message_id).select_related("incident", "requested_by").first()
    if message is None:
        return None
    mine = _in_turn().filter(pk=message_id)
    claimed = mine.update(next_attempt_at=Now() + CLAIMED_FOR, attempts=F("attempts") + 1)
    if not claimed:
        return None
    message.attempts += 1
    return message


def _call(message: OutboxMessage, pagerduty: PagerDuty) -> tuple[IncidentSnapshot | None, VendorFact | None]:
    """Makes the call. Returns what PagerDuty answered and the fact it stands for. Raises IntegrationError."""
    incident_id, verb = message.incident.pagerduty_id, Verb(message.verb)
    if verb is Verb.NOTE:
        return None, _send_note(message, pagerduty)
    if verb is Verb.STATUS_UPDATE:
        _publish(message, pagerduty)
        return None, None
    current = pagerduty.incident(incident_id)
    if current is None:
        raise Refused("not_found")
    if current.status == Status.RESOLVED:
        if verb is Verb.RESOLVE:
            return current, None
        # PagerDuty would reopen a resolved incident whose status is set, which nobody asked for.
        raise Refused("already_resolved")
    if _stands_already(message, current):
        # The log has it with its own time; the next poll brings it.
        return current, None
    snapshot = _senders(message, pagerduty)[verb]()
    return snapshot, _fact(message, snapshot)


def _stands_already(message: OutboxMessage, current: IncidentSnapshot) -> bool:
    """Whether what is asked for is so: an earlier try arrived though its answer did not, or somebody was faster."""
    arguments, people = message.arguments, {(person.id, person.name) for person in current.people}
    is_retry = message.attempts > 1
    match Verb(message.verb):
        case Verb.ACKNOWLEDGE:
            return any(each.by.id == _author_id(message) for each in current.acknowledgements or ())
        case Verb.ESCALATE:
            # PagerDuty's own timeout may have been as fast as the portal's clock.
            return (is_retry or message.requested_by is None) and arguments["to"] == ", ".join(
                sorted(name for _id, name in people)
            )
        case Verb.SET_PRIORITY:
            return current.priority == str(arguments["to"])
        case Verb.REASSIGN:
            return is_retry and {arguments["person"]} == {person_id for person_id, _name in people}
        case _:
            return False


def _senders(message: OutboxMessage, pagerduty: PagerDuty) -> dict[Verb, Callable[[], IncidentSnapshot]]:
    arguments, incident_id, sender = message.arguments, message.incident.pagerduty_id, message.from_email

    def update(**changes: object) -> IncidentSnapshot:
        return pagerduty.update_incident(incident_id, changes, from_email=sender)

    def assign() -> IncidentSnapshot:
        return update(assignments=[{"assignee": {"id": arguments["person"], "type": "user_reference"}}])

    def snooze() -> IncidentSnapshot:
        snooze_for = timedelta(seconds=int(arguments["seconds"]))
        return pagerduty.snooze_incident(incident_id, snooze_for=snooze_for, from_email=sender)

    return {
        Verb.ACKNOWLEDGE: lambda: update(status="acknowledged"),
        Verb.RESOLVE: lambda: update(status="resolved"),
        Verb.ESCALATE: lambda: update(escalation_level=int(arguments["level"])),
        Verb.REASSIGN: assign,
        Verb.SNOOZE: snooze,
        Verb.SET_PRIORITY: lambda: update(priority={"id": arguments["priority"], "type": "priority_reference"}),
    }


def _send_note(message: OutboxMessage, pagerduty: PagerDuty) -> VendorFact | None:
    """Adds the note, unless an earlier try whose answer was lost had already added it."""
    text, incident_id = str(message.arguments["text"]), message.incident.pagerduty_id
    if message.attempts > 1 and _arrived(message, pagerduty.notes(incident_id)):
        return None
    filed_at = pagerduty.add_note(incident_id, text, from_email=message.from_email)
    return VendorFact(EntryKind.NOTE, filed_at, agent=_agent(message), data={"text": text})


def _publish(message: OutboxMessage, pagerduty: PagerDuty) -> None:
    """Publishes the status update, unless an earlier try whose answer was lost had already: by its webhook or by the log.

    The timeline has it since it was sent, so that nothing is left to tell.
    """
    text, incident_id = str(message.arguments["text"]), message.incident.pagerduty_id
    if message.attempts > 1 and (_is_heard_of(message) or _is_logged(message, pagerduty)):
        return
    pagerduty.publish_status_update(incident_id, text, from_email=message.from_email)


def _is_heard_of(message: OutboxMessage) -> bool:
    heard = Q(**{f"data__{HEARD}": True})
    return TimelineEntry.objects.filter(
        heard, incident=message.incident_id, source_id=f"update:{message.arguments['update']}"
    ).exists()


def _is_logged(message: OutboxMessage, pagerduty: PagerDuty) -> bool:
    """Whether the log has it. Such lines are missing from the types of PagerDuty's document, yet its accounts write them.

    The timeline tells which line is which update's, as after a poll; it needs those of the updates before this one, too.
    """
    updates = OutboxMessage.objects.filter(incident=message.incident_id, verb=Verb.STATUS_UPDATE)
    first_at = updates.order_by("pk").values_list("created_at", flat=True)[0].replace(microsecond=0)
    facts = [
        VendorFact(EntryKind.STATUS_UPDATE, line.created_at, agent=line.agent, source_id=line.id, data=line.data)
        for line in pagerduty.log_of(message.incident.pagerduty_id, since=first_at - SAME_INSTANT)
        if line.kind == EntryKind.STATUS_UPDATE
    ]
    ingest_facts(incident_pagerduty_id=message.incident.pagerduty_id, facts=facts[::-1])
    return _is_heard_of(message)


def _arrived(message: OutboxMessage, notes: list[tuple[datetime, str, str]]) -> bool:
    """Whether a note with these words was filed since this one was asked for; the same words may stand there from before."""
    author = _author_id(message) or None
    asked_at = message.created_at.replace(microsecond=0) - SAME_INSTANT
    return any(
        filed_at >= asked_at and text == message.arguments["text"] and author in (None, author_id)
        for filed_at, author_id, text in notes
    )


def _agent(message: OutboxMessage) -> Reference:
    """Who PagerDuty will say it was: the person with the address the act went out under."""
    user = message.requested_by
    if user is not None:
        return Reference(id=user.pagerduty_id or "", name=user.display_name, type="user")
    person = Person.objects.filter(email=message.from_email).first()
    return Reference(id=person.pagerduty_id if person else "", name=person.name if person else "", type="user")


def _author_id(message: OutboxMessage) -> str:
    return _agent(message).id


def _fact(message: OutboxMessage, snapshot: IncidentSnapshot) -> VendorFact:
    """When it happened by PagerDuty's own word: the acknowledgement's time, the change of status, else the answer's."""
    verb = Verb(message.verb)
    mine = [each.at for each in snapshot.acknowledgements or () if each.by.id == _author_id(message)]
    answered_at = snapshot.as_of - timedelta(seconds=1)
    at = {
        Verb.ACKNOWLEDGE: max(mine, default=snapshot.last_status_change_at or answered_at),
        Verb.RESOLVE: snapshot.resolved_at or snapshot.last_status_change_at or answered_at,
    }.get(verb, answered_at)
    data = {"to": str(message.arguments["to"])} if "to" in message.arguments else {}
    if verb is Verb.SNOOZE and snapshot.unacknowledges_at:
        data["until"] = snapshot.unacknowledges_at.isoformat()
    return VendorFact(FACT_OF_VERB[verb], at, agent=_agent(message), data=data)


def _finish_sent(message: OutboxMessage, snapshot: IncidentSnapshot | None, fact: VendorFact | None) -> None:
    with transaction.atomic():
        _lock(message)
        OutboxMessage.objects.filter(pk=message.pk).update(
            state=OutboxState.SENT, finished_at=Now(), last_error="", attempts=message.attempts
        )
        _tell(message, EntryKind.DELIVERED)
        facts = [fact] if fact else []
        if snapshot is not None:
            incident = ingest_snapshot(snapshot=snapshot, facts=facts)
        else:
            ingest_facts(incident_pagerduty_id=message.incident.pagerduty_id, facts=facts)
            incident = message.incident
        bump_version(incident)


def _finish_failed(message: OutboxMessage, error: IntegrationError) -> None:
    """Keeps a message that may succeed later; tells of one that will not. Both stand on the timeline, once."""
    with transaction.atomic():
        _lock(message)
        too_old = database_now() - message.created_at > GIVE_UP_AFTER
        if error.is_permanent or too_old:
            why = str(error) if error.is_permanent else f"gave_up: {error}"
            OutboxMessage.objects.filter(pk=message.pk).update(
                state=OutboxState.REFUSED, finished_at=Now(), last_error=why
            )
            _tell(message, EntryKind.REFUSED, why=why)
        else:
            wait = wait_after(message.attempts, longest=LONGEST_WAIT)
            OutboxMessage.objects.filter(pk=message.pk).update(next_attempt_at=Now() + wait, last_error=str(error))
            if message.attempts > 1:
                return
            _tell(message, EntryKind.WAITING, why=str(error))
        bump_version(message.incident)


def _lock(message: OutboxMessage) -> None:
    Incident.objects.select_for_update().get(pk=message.incident_id)


def _tell(message: OutboxMessage, kind: EntryKind, **data: str) -> None:
    TimelineEntry.objects.create(
        incident_id=message.incident_id,
        kind=kind,
        occurred_at=database_now(),
        source=EntrySource.PORTAL,
        source_id=f"outbox:{message.pk}:{kind}",
        data={"verb": message.verb, **message.arguments, **data},
    )
