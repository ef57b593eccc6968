"""Putting PagerDuty's facts on the timeline so that the order in which they are heard of makes no difference.

A webhook is a hint, to the second; a line of PagerDuty's log is the truth. Where the log confirms a hint, the hint's
entry takes over the log's id, time and actor instead of a second entry being written. A status update that the portal
published stands there since it was sent; what PagerDuty tells of it is kept with it and writes nothing.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q

from incidents.enums import EntryKind, EntrySource, OutboxState
from incidents.models import Incident, StakeholderUpdate, TimelineEntry
from incidents.updates.kinds import UpdateChannel
from integrations.text import clean_text
from integrations.types import Reference

#: Webhook and log disagree about an instant by rounding, and by no more than this.
SAME_INSTANT = timedelta(seconds=2)
LONGEST_WORDS = 4_000
#: A text that is shorter was not cut.
SHORTEST_CUT = 100
#: Kinds of which one author may add several within a moment: there the words must agree too.
_WORDED = frozenset({EntryKind.NOTE, EntryKind.STATUS_UPDATE, EntryKind.NOTIFIED, EntryKind.OTHER})

#: Of the portal's own status update: PagerDuty told that it has it; the id of the line of its log.
HEARD, LOGGED = "is_heard", "log_entry"

#: A resolution beyond a reopening is another one than what was derived before it, and the other way round.
_OPPOSITE = {EntryKind.RESOLVED: EntryKind.REOPENED, EntryKind.REOPENED: EntryKind.RESOLVED}


@dataclass(frozen=True)
class VendorFact:
    """One thing that happened in PagerDuty. `source_id` is the log entry's id; None for a hint.

    `is_derived`: nobody reported it, it follows from a snapshot (resolved, reopened); a report takes its place.
    """

    kind: EntryKind
    occurred_at: datetime
    agent: Reference | None = None
    source_id: str | None = None
    data: dict[str, str] = field(default_factory=dict)
    is_derived: bool = False


def record_facts(incident: Incident, facts: list[VendorFact]) -> bool:
    """Writes what is new or confirmed. Returns whether anything changed. The incident's row must be locked."""
    if not facts:
        return False
    is_published = Q(source=EntrySource.PORTAL, kind=EntryKind.STATUS_UPDATE)
    found = TimelineEntry.objects.filter(Q(source=EntrySource.PAGERDUTY) | is_published, incident=incident)
    entries = [entry for entry in found if entry.source == EntrySource.PAGERDUTY]
    published = [entry for entry in found if entry.source == EntrySource.PORTAL]
    by_id = {entry.source_id for entry in entries if entry.source_id}
    by_id |= {entry.data[LOGGED] for entry in published if LOGGED in entry.data}
    changed = False
    for fact in map(_cleaned, facts):
        if fact.source_id in by_id:
            continue
        ours = _find_published(fact, published)
        if ours is not None:
            _note_published(ours, fact)
            continue
        match = _find_same(fact, entries)
        if match is None:
            entries.append(_write(incident, fact))
        elif fact.source_id is None and not _takes_over(fact, match):
            continue
        else:
            _confirm(match, fact)
        if fact.source_id:
            by_id.add(fact.source_id)
        changed = True
    return changed


def _find_published(fact: VendorFact, published: list[TimelineEntry]) -> TimelineEntry | None:
    """The portal's own status update that PagerDuty tells of: the same words by the same person, from then on.

    It may have waited for PagerDuty. Each line of the log speaks of another one; a hint may come before and after its line.
    Equal ones went out in their order, so that it is the oldest that PagerDuty has not told of yet.
    """
    if fact.kind is not EntryKind.STATUS_UPDATE:
        return None
    candidates = [
        entry
        for entry in published
        if UpdateChannel.PAGERDUTY in entry.data["channels"]
        and not (fact.source_id and LOGGED in entry.data)
        and fact.occurred_at >= entry.occurred_at - SAME_INSTANT
        and _may_be(fact.agent, entry.actor_pagerduty_id)
        and _say_the_same(entry.data["text"], fact.data.get("text", ""))
    ]
    candidates.sort(key=lambda entry: entry.occurred_at)
    if len(candidates) > 1:
        candidates = _which_went_out(candidates) or candidates
    untold = [entry for entry in candidates if fact.source_id or HEARD not in entry.data]
    return next(iter(untold), candidates[-1] if candidates else None)


def _which_went_out(entries: list[TimelineEntry]) -> list[TimelineEntry]:
    """Those that PagerDuty may have: it was asked for them, and did not refuse."""
    ids = [entry.source_id.removeprefix("update:") for entry in entries if entry.source_id]
    asked = StakeholderUpdate.objects.filter(pk__in=ids, message__attempts__gt=0)
    keys = asked.exclude(message__state=OutboxState.REFUSED).values_list("pk", flat=True)
    went_out = {f"update:{key}" for key in keys}
    return [entry for entry in entries if entry.source_id in went_out]


def _note_published(entry: TimelineEntry, fact: VendorFact) -> None:
    """Keeps that PagerDuty has it, by the id of its log's line where it is known: no page shows that."""
    entry.data[HEARD] = True
    if fact.source_id:
        entry.data[LOGGED] = fact.source_id
    entry.save(update_fields=["data"])


def _cleaned(fact: VendorFact) -> VendorFact:
    """The fact with words that can be stored and compared, whoever told of it."""
    data = {key: clean_text(value, limit=LONGEST_WORDS) for key, value in fact.data.items()}
    return replace(fact, data=data)


def _takes_over(fact: VendorFact, entry: TimelineEntry) -> bool:
    return bool(entry.data.get("derived")) and not fact.is_derived


def _find_same(fact: VendorFact, entries: list[TimelineEntry]) -> TimelineEntry | None:
    """The entry that speaks of the same thing: unconfirmed for a log line, any for a hint; the nearest in time."""
    occurred_at = fact.occurred_at.replace(microsecond=0)

    def distance(entry: TimelineEntry) -> timedelta:
        return abs(entry.occurred_at - occurred_at)

    candidates = []
    for entry in entries:
        if entry.kind != fact.kind or (fact.source_id and entry.is_confirmed):
            continue
        if _takes_over(fact, entry):
            if not _is_between(_OPPOSITE.get(fact.kind), occurred_at, entry.occurred_at, entries):
                candidates.append(entry)
            continue
        same_words = fact.kind not in _WORDED or _say_the_same(entry.data.get("text", ""), fact.data.get("text", ""))
        if distance(entry) <= SAME_INSTANT and _may_be(fact.agent, entry.actor_pagerduty_id) and same_words:
            candidates.append(entry)
    return min(candidates, key=distance, default=None)


def _may_be(agent: Reference | None, author_id: str) -> bool:
    """Whether the agent may be the author, either of whom may be unknown."""
    return not author_id or person_id(agent) in ("", author_id)


def _say_the_same(one: str, other: str) -> bool:
    """Whether two texts are one: PagerDuty cuts a long note in its webhook and keeps it whole in its log."""
    shorter, longer = sorted((one, other), key=len)
    return shorter == longer or (len(shorter) >= SHORTEST_CUT and longer.startswith(shorter.rstrip("….")))


def _is_between(kind: EntryKind | None, one: datetime, other: datetime, entries: list[TimelineEntry]) -> bool:
    """Whether something of this kind happened between the two instants."""
    return any(entry.kind == kind and min(one, other) < entry.occurred_at < max(one, other) for entry in entries)


def person_id(agent: Reference | None) -> str:
    """The agent's id where the agent is a person; "" for services and integrations."""
    return agent.id if agent and agent.type in ("user", "") else ""


def _write(incident: Incident, fact: VendorFact) -> TimelineEntry:
    data: dict[str, object] = {**fact.data}
    if fact.is_derived:
        data["derived"] = True
    return TimelineEntry.objects.create(
        incident=incident,
        kind=fact.kind,
        # PagerDuty's log counts in seconds; a hint is cut to the same.
        occurred_at=fact.occurred_at.replace(microsecond=0),
        actor_name=fact.agent.name if fact.agent else "",
        actor_pagerduty_id=person_id(fact.agent),
        source=EntrySource.PAGERDUTY,
        source_id=fact.source_id,
        is_confirmed=fact.source_id is not None,
        data=data,
    )


def _confirm(entry: TimelineEntry, fact: VendorFact) -> None:
    entry.occurred_at = fact.occurred_at.replace(microsecond=0)
    entry.source_id = fact.source_id
    entry.is_confirmed = fact.source_id is not None
    if fact.agent:
        entry.actor_name, entry.actor_pagerduty_id = fact.agent.name, person_id(fact.agent)
    entry.data = {key: value for key, value in {**entry.data, **fact.data}.items() if key != "derived"}
    entry.save()
