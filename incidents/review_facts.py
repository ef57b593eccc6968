"""A review's document, written from what is stored: timeline, notes, clocks, evidence, mitigations and the words of people.

Nothing is asked of PagerDuty or the cluster.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.database_time import database_now
from cluster.models import CatalogueEntry
from cluster.selectors import entry_of
from incidents.enums import ACTS, CaptureCause, CaptureState, ClockKind, EntryKind, EvidenceKind, Severity
from incidents.evidence_panel import with_shown_data
from incidents.evidence_words import when_in_words
from incidents.judging import worst_severity
from incidents.mitigation_card import card_of
from incidents.models import Capture, EvidencePart, Incident, Review, SlaClock
from incidents.policies import policy_in_force
from incidents.review.document import (
    Deed,
    Finding,
    Happening,
    Measure,
    ReviewDocument,
    Said,
    Sight,
    ToDo,
    Turn,
    items_of,
)
from incidents.review.evidence import finding_of
from incidents.review.parts import ReviewPart
from incidents.review.words import event_line
from incidents.selectors import view_of
from incidents.sla import AUTOMATIC_MARK, Fact, cycles
from incidents.suspects_panel import suspects_panel

#: A document with more than this is read by nobody; the beginning counts, and it says that there is more.
MOST_ENTRIES, MOST_NOTES, MOST_DEEDS, MOST_TURNS, MOST_FACTS = 300, 200, 50, 5, 5_000
#: What a room needs and a reader afterwards does not: requests, notifications, what the clocks did, and what has its own part.
LEFT_OUT = (
    EntryKind.NOTE,
    EntryKind.NOTIFIED,
    EntryKind.REQUESTED,
    EntryKind.DELIVERED,
    EntryKind.REFUSED,
    EntryKind.WAITING,
    EntryKind.EVIDENCE,
    EntryKind.EVIDENCE_FORGOTTEN,
    EntryKind.MITIGATION_PROPOSED,
    EntryKind.TITLE_CHANGED,
    EntryKind.CLOCK_AT_RISK,
    EntryKind.CLOCK_BREACHED,
    EntryKind.BREACH_TAKEN_BACK,
    EntryKind.ESCALATION_DUE,
    EntryKind.CLOCK_STOPPED,
    EntryKind.CLOCK_RETIMED,
    EntryKind.CLOCK_CLOSED,
    EntryKind.REVIEW,
    EntryKind.FOLLOW_UP,
)
#: With what people take part, beside what stops a clock.
_TAKING_PART = (
    *ACTS,
    EntryKind.ESCALATED,
    EntryKind.STATUS_UPDATE,
    EntryKind.DIAGNOSED,
    EntryKind.RUNBOOK_STEP,
    EntryKind.RESPONDER_REPLIED,
)


@dataclass(frozen=True)
class _Act:
    """One row of what people did and of what ended or reopened the incident; `who` tells people apart, "" for nobody."""

    kind: EntryKind
    at: datetime
    name: str
    who: str


def document_for(incident: Incident, review: Review | None) -> ReviewDocument:
    """The document as it is now, with local times in the team's zone."""
    now = database_now()
    return document_of(incident, review, zone=policy_in_force(now).policy.calendar.zone, now=now)


def document_of(incident: Incident, review: Review | None, *, zone: ZoneInfo, now: datetime) -> ReviewDocument:
    """The document in the active language, with local times in `zone`; without a review its words are empty.

    Some twelve queries, and one for each reopening. `incident.service` and the review's people are best joined.
    """
    with timezone.override(zone):
        acts = _acts(incident)
        turns = _turns(incident, acts)
        entries = list(incident.entries.exclude(kind__in=LEFT_OUT)[: MOST_ENTRIES + 1])
        words = {part: review.words_of(part) if review else "" for part in ReviewPart}
        corrected = bool(review and review.finished_at and review.changed_at and review.changed_at > review.finished_at)
        return ReviewDocument(
            number=incident.number,
            pagerduty_number=incident.pagerduty_number,
            severity=Severity(incident.severity),
            severity_explanation=incident.severity_explanation,
            what=incident.what,
            service=incident.service.name,
            measured=_measured(incident),
            zone=zone,
            turns=turns,
            resolved_at=incident.resolved_at,
            people=_people(acts),
            summary=_summary(incident, acts, zone, words[ReviewPart.ROOT_CAUSE]),
            clocks=tuple(_measure(clock, now) for clock in _clocks(incident)),
            timeline=tuple(
                Happening(each.occurred_at, str(each.get_kind_display()), each.text) for each in entries[:MOST_ENTRIES]
            ),
            has_more=len(entries) > MOST_ENTRIES,
            talk=tuple(_talk(incident)),
            sights=tuple(_sights(incident, turns)),
            deeds=tuple(_deeds(incident)),
            root_cause=words[ReviewPart.ROOT_CAUSE],
            factors=items_of(words[ReviewPart.CONTRIBUTING_FACTORS]),
            went_well=items_of(words[ReviewPart.WENT_WELL]),
            follow_ups=tuple(
                ToDo(each.text, each.owner.name, each.due_on, each.is_done)
                for each in (review.follow_ups.select_related("owner") if review else ())
            ),
            finished_by=review.finished_by.display_name if review and review.finished_by else "",
            finished_at=review.finished_at if review else None,
            corrected_by=review.changed_by.display_name if corrected and review and review.changed_by else "",
            corrected_at=review.changed_at if corrected and review else None,
        )


def _people(acts: Iterable[_Act]) -> tuple[str, ...]:
    """Everybody who took part, in the order of their first act."""
    firsts = dict[str, str]()
    for act in acts:
        if act.who and act.kind in _TAKING_PART:
            firsts.setdefault(act.who, act.name)
    return tuple(firsts.values())


def _measured(incident: Incident) -> str:
    if not incident.measured_value:
        return ""
    places = {"name": incident.metric_name, "value": incident.measured_value, "limit": incident.threshold}
    return _("%(name)s %(value)s (threshold: %(limit)s)") % places


def _acts(incident: Incident) -> list[_Act]:
    """Oldest first."""
    rows = incident.entries.filter(kind__in=[*_TAKING_PART, EntryKind.REOPENED]).values_list(
        "kind", "occurred_at", "actor_name", "actor_pagerduty_id", "actor__pagerduty_id", "actor"
    )
    return [
        _Act(EntryKind(kind), at, name, (vendor_id or own_id or name) if vendor_id or actor else "")
        for kind, at, name, vendor_id, own_id, actor in rows[:MOST_FACTS]
    ]


def _turns(incident: Incident, acts: Iterable[_Act]) -> tuple[Turn, ...]:
    """The cycles that the clocks have, too; the first ones, where there are very many."""
    facts = [Fact(act.kind, act.at) for act in acts]
    found = []
    for cycle in cycles(incident.triggered_at, facts)[:MOST_TURNS]:
        acknowledged = (f.occurred_at for f in facts if f.kind is EntryKind.ACKNOWLEDGED and cycle.holds(f))
        found.append(Turn(cycle.number, cycle.started_at, next(acknowledged, None), cycle.resolved_at))
    return tuple(found)


def _summary(incident: Incident, acts: Iterable[_Act], zone: ZoneInfo, root_cause: str) -> str:
    return event_line(
        severity=incident.severity,
        what=incident.what,
        triggered_at=incident.triggered_at,
        resolved_at=incident.resolved_at,
        zone=zone,
        has_acted=any(act.who and act.kind in ACTS for act in acts),
        root_cause=root_cause,
    )


def _clocks(incident: Incident) -> list[SlaClock]:
    order = list(ClockKind)
    return sorted(
        incident.clocks.filter(cycle__lte=MOST_TURNS), key=lambda each: (each.cycle, order.index(ClockKind(each.kind)))
    )


def _measure(clock: SlaClock, now: datetime) -> Measure:
    view = view_of(clock, now)
    end = view.stopped_at or (now if view.is_open else None)
    return Measure(
        turn=clock.cycle,
        kind=view.kind,
        target=view.target_for,
        phase=view.phase,
        took=view.stopped_at - view.started_at if view.stopped_at else None,
        over=end - view.due_at if end and end > view.due_at else None,
        by=view.stopped_by,
    )


def _talk(incident: Incident) -> Iterator[Said]:
    """The notes of people; what the portal itself wrote into PagerDuty stands on the timeline."""
    notes = incident.entries.filter(kind=EntryKind.NOTE).exclude(data__text__startswith=AUTOMATIC_MARK)
    for note in notes[:MOST_NOTES]:
        yield Said(note.occurred_at, note.actor_name or "PagerDuty", str(note.data.get("text", "")))


def _sights(incident: Incident, turns: Sequence[Turn]) -> Iterator[Sight]:
    captures = {
        each.cycle: each for each in incident.captures.filter(cause=CaptureCause.TRIGGER, cycle__lte=MOST_TURNS)
    }
    light = EvidencePart.objects.defer("data", "image").filter(capture__in=captures.values())
    of_capture: dict[int, list[EvidencePart]] = {}
    for part in light:
        of_capture.setdefault(part.capture_id, []).append(part)
    data = {part.pk: part.shown_data for part in with_shown_data(part.pk for part in light)}
    entry = entry_of(incident.service.pagerduty_id)
    order = list(EvidenceKind)
    for turn in turns:
        capture = captures.get(turn.number)
        parts = sorted(
            of_capture.get(capture.pk, []) if capture else [], key=lambda each: order.index(EvidenceKind(each.kind))
        )
        found = [
            finding_of(
                EvidenceKind(each.kind),
                state=each.state,
                count=each.count,
                warnings=each.warnings,
                error=each.error,
                data=data.get(each.pk, {}),
            )
            for each in parts
        ]
        findings = [each for each in found if each is not None]
        yield Sight(turn.number, _caption(turn, capture), (*findings, *_suspects(incident, entry, turn)))


def _caption(turn: Turn, capture: Capture | None) -> str:
    """When it was captured, or why there is nothing."""
    if capture is None:
        return _("Nothing was captured.")
    if capture.forgotten_at is not None:
        return _("It was captured, and forgotten since: the portal keeps evidence for so long and no longer.")
    if capture.state != CaptureState.DONE or capture.finished_at is None:
        return _("It is still being captured.")
    seconds = int((capture.finished_at - turn.began_at).total_seconds())
    words = when_in_words(seconds, capture.cause)
    return words[:1].upper() + words[1:]


def _suspects(incident: Incident, entry: CatalogueEntry | None, turn: Turn) -> Iterator[Finding]:
    """The changes shortly before, as the room ranks them."""
    suspects = suspects_panel(incident, entry, until=turn.began_at).suspects
    if suspects:
        lines = [f"{each.change.title} – {', '.join(each.reasons)}" for each in suspects]
        yield Finding(_("Suspect changes"), "", tuple(lines))


def _deeds(incident: Incident) -> Iterator[Deed]:
    """What was confirmed, whatever came of it."""
    done = incident.mitigations.filter(confirmed_at__isnull=False).select_related("confirmed_by").order_by("pk")
    worst = partial(worst_severity, incident)
    for mitigation in done[:MOST_DEEDS]:
        card = card_of(incident, mitigation, (), worst=worst)
        yield Deed(
            at=mitigation.confirmed_at or mitigation.requested_at,
            who=mitigation.confirmed_by.display_name if mitigation.confirmed_by else "",
            what=card.what,
            command=mitigation.command,
            verdict=" ".join(
                each for each in (card.verdict or str(mitigation.get_state_display()), card.alert) if each
            ),
        )
