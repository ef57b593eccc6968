"""What people ask for on a page: each act is a row in the outbox, a line on the timeline and an audit record, in one commit.

Nothing is sent from here. Doing the same act twice leaves one row: a repeated key returns the first message, and while a
message of the same verb waits, another is not written. Notes, updates and priorities are no repetitions: each waits its turn.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.database_time import database_now
from accounts.models import Person, User
from accounts.services.record_act import record_act
from incidents.act_refusals import CannotAct
from incidents.enums import EntryKind, EntrySource, OutboxState, Status, Verb
from incidents.models import Incident, OutboxMessage, TimelineEntry
from incidents.services.announce import bump_version
from incidents.services.enqueue import enqueue_delivery_on_commit
from incidents.services.settle_clocks import settle_clocks
from integrations.text import clean_text, once_key
from shifts.selectors import level_of, levels_of

#: PagerDuty's limits: a note has at most 2,000 characters, a snooze lasts at most seven days.
LONGEST_NOTE = 2_000
LONGEST_SNOOZE = timedelta(seconds=604_800)
#: Verbs of which several may wait: another note is another note, and the last judgement's priority is the one to stand.
_EACH_COUNTS = (Verb.NOTE, Verb.SET_PRIORITY, Verb.STATUS_UPDATE)


@dataclass(frozen=True)
class Act:
    """Who acts on which incident. `key` makes a repeated request one act; "" where the verb's own rule is enough."""

    number: int
    actor: User
    key: str = ""


@transaction.atomic
def respond_to_incident(*, act: Act) -> TimelineEntry:
    """«I'm on it»: stops the respond clock. Stays in the portal; saying it again in the same cycle changes nothing."""
    incident = lock_open(act)
    entry, is_new = TimelineEntry.objects.get_or_create(
        incident=incident,
        source=EntrySource.PORTAL,
        source_id=f"responding:{incident.cycle}:{act.actor.pk}",
        defaults={
            "kind": EntryKind.RESPONDING,
            "occurred_at": database_now(),
            "actor": act.actor,
            "actor_name": act.actor.display_name,
        },
    )
    if is_new:
        record_act(actor=act.actor, verb="respond", target=f"incident:{incident.pk}")
        settle_clocks(incident, now=database_now())
        bump_version(incident)
    return entry


@transaction.atomic
def acknowledge_incident(*, act: Act) -> OutboxMessage | None:
    """Asks PagerDuty to acknowledge. None where the same person's acknowledgement already stands."""
    incident = lock_open(act)
    if incident.status == Status.ACKNOWLEDGED and _acknowledged_by(incident, act.actor):
        return None
    return ask(incident, act, Verb.ACKNOWLEDGE)


@transaction.atomic
def resolve_incident(*, act: Act) -> OutboxMessage:
    """Asks PagerDuty to resolve."""
    return ask(lock_open(act), act, Verb.RESOLVE)


@transaction.atomic
def escalate_incident(*, act: Act, from_level: int) -> OutboxMessage:
    """Asks PagerDuty to move to the level after `from_level`, the one the person saw.

    Raises CannotAct where it has moved since, or where there is no next level.
    """
    incident = lock_open(act)
    levels = levels_of(incident.escalation_policy_id, database_now())
    current = level_of(incident.people.values_list("pagerduty_id", flat=True), levels)
    waiting = _waiting(incident, Verb.ESCALATE)
    if waiting is not None:
        return waiting
    if current != from_level:
        raise CannotAct("already_escalated")
    following = next((level for level in levels if level.level > current), None)
    if following is None:
        raise CannotAct("no_next_level")
    return ask(incident, act, Verb.ESCALATE, level=following.level, to=", ".join(following.names))


@transaction.atomic
def reassign_incident(*, act: Act, person: Person) -> OutboxMessage:
    """Asks PagerDuty to give the incident to one person."""
    return ask(lock_open(act), act, Verb.REASSIGN, person=person.pagerduty_id, to=person.name)


@transaction.atomic
def snooze_incident(*, act: Act, snooze_for: timedelta) -> OutboxMessage:
    """Asks PagerDuty to be quiet for a while. Stops no clock."""
    incident = lock_open(act)
    if not timedelta(seconds=1) <= snooze_for <= LONGEST_SNOOZE:
        raise CannotAct("bad_duration")
    if incident.status != Status.ACKNOWLEDGED:
        raise CannotAct("not_acknowledged")
    return ask(incident, act, Verb.SNOOZE, seconds=int(snooze_for.total_seconds()))


@transaction.atomic
def add_note(*, act: Act, text: str) -> OutboxMessage:
    """Writes a note, here at once and in PagerDuty through the outbox. A resolved incident takes notes, too."""
    incident = Incident.objects.select_for_update().get(pk=act.number)
    cleaned = clean_text(text, limit=LONGEST_NOTE + 1)
    if not cleaned:
        raise CannotAct("empty_note")
    if len(cleaned) > LONGEST_NOTE:
        raise CannotAct("long_note")
    _require_address(act.actor)
    return ask(incident, act, Verb.NOTE, text=cleaned)


def lock_open(act: Act) -> Incident:
    """The incident, locked. Raises CannotAct where it is not open any more."""
    incident = Incident.objects.select_for_update().get(pk=act.number)
    if not incident.is_open:
        raise CannotAct("not_open")
    return incident


def _require_address(actor: User) -> None:
    if not actor.acting_email:
        raise CannotAct("no_address")


def _acknowledged_by(incident: Incident, actor: User) -> bool:
    """Whether the actor's acknowledgement came after everything that could have undone it."""
    undone_at: datetime = incident.cycle_started_at
    entries = TimelineEntry.objects.filter(incident=incident, occurred_at__gte=undone_at)
    expired = entries.filter(kind=EntryKind.UNACKNOWLEDGED).order_by("-occurred_at").first()
    mine = entries.filter(kind=EntryKind.ACKNOWLEDGED, actor_pagerduty_id=actor.pagerduty_id or "-")
    if expired is not None:
        mine = mine.filter(occurred_at__gt=expired.occurred_at)
    return mine.exists()


def _waiting(incident: Incident, verb: Verb) -> OutboxMessage | None:
    return OutboxMessage.objects.filter(incident=incident, verb=verb, state=OutboxState.WAITING).first()


def ask(incident: Incident, act: Act, verb: Verb, **arguments: Any) -> OutboxMessage:
    """Writes the outbox row with its timeline entry and audit record, unless the same was asked already."""
    _require_address(act.actor)
    # Without a key of the page's own, one act a version: what a double click repeats.
    act_key = act.key or str(incident.version)
    if verb is Verb.NOTE:
        act_key = once_key(act_key, arguments["text"])
    key = f"{verb}:{incident.pk}:{act.actor.pk}:{act_key}"
    repeated = OutboxMessage.objects.filter(idempotency_key=key).first()
    if repeated is None and verb not in _EACH_COUNTS:
        repeated = _waiting(incident, verb)
    if repeated is not None:
        return repeated
    now = database_now()
    message = OutboxMessage.objects.create(
        idempotency_key=key,
        incident=incident,
        verb=verb,
        arguments=arguments,
        requested_by=act.actor,
        from_email=act.actor.acting_email,
    )
    TimelineEntry.objects.create(
        incident=incident,
        kind=EntryKind.REQUESTED,
        occurred_at=now,
        actor=act.actor,
        actor_name=act.actor.display_name,
        source=EntrySource.PORTAL,
        source_id=f"outbox:{message.pk}",
        data={"verb": verb.value, **arguments},
    )
    record_act(actor=act.actor, verb=verb.value, target=f"incident:{incident.pk}", data=arguments)
    settle_clocks(incident, now=now)
    bump_version(incident)
    enqueue_delivery_on_commit(message.pk)
    return message
