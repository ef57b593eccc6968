"""Making an incident what PagerDuty says it is: from a webhook's hint, a poll's truth or the answer to an act.

`design.md`'s rule: replaying, reordering, doubling or losing webhooks changes nothing in the end state. It holds because
facts are merged by identity (`record_facts`), the newest snapshot wins by the instant it describes, and the clocks are
recomputed from the facts (`settle_clocks`).
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.database_time import database_now
from accounts.services.note_people import note_people
from incidents.alert_text import judge_severity, parse_measure, parse_title
from incidents.enums import EntryKind, EntrySource, Severity, SeveritySource, Status
from incidents.models import Assignment, Incident, Service, TimelineEntry
from incidents.services.announce import bump_open_on_commit, bump_version
from incidents.services.record_facts import VendorFact, record_facts
from incidents.services.request_capture import capture_at_trigger
from incidents.services.settle_clocks import settle_clocks
from integrations.text import clean_text
from integrations.types import IncidentSnapshot, Reference

#: A vendor's clock that runs further ahead than this is wrong; its instant counts as «now».
ABSURDLY_AHEAD = timedelta(hours=1)
#: What puts a snoozed incident back to triggered, or ends it.
_SNOOZE_ENDING = (
    EntryKind.SNOOZE_ENDED,
    EntryKind.UNACKNOWLEDGED,
    EntryKind.ESCALATED,
    EntryKind.REASSIGNED,
    EntryKind.DELEGATED,
    EntryKind.RESOLVED,
)


@transaction.atomic
def ingest_snapshot(*, snapshot: IncidentSnapshot, facts: list[VendorFact]) -> Incident:
    """Stores what one snapshot and the facts that came with it say. Idempotent, and the order of calls does not matter."""
    now = database_now()
    as_of = snapshot.as_of if snapshot.as_of <= now + ABSURDLY_AHEAD else now
    incident, is_new = _lock_or_create(snapshot, as_of)
    is_newest = as_of >= incident.snapshot_at
    changed = _adopt_trigger(incident, snapshot, as_of) or is_new
    if is_newest or snapshot.is_from_poll:
        changed = _apply(incident, snapshot, as_of, is_newest=is_newest) or changed
    # The facts that somebody reported first: what is derived only fills the gaps between them.
    changed = record_facts(incident, _believable(facts, now)) or changed
    derived = _derived_facts(incident, snapshot, is_newest=is_newest)
    changed = record_facts(incident, _believable(derived, now)) or changed
    if is_newest:
        changed = _settle_snooze(incident, snapshot) or changed
    changed = settle_clocks(incident, now=now) or changed
    if changed:
        capture_at_trigger(incident=incident, now=now)
        bump_version(incident)
    return incident


@transaction.atomic
def ingest_facts(*, incident_pagerduty_id: str, facts: list[VendorFact]) -> Incident | None:
    """Stores facts about an incident that came without a snapshot; None where the portal has not heard of it yet."""
    incident = Incident.objects.select_for_update().filter(pagerduty_id=incident_pagerduty_id).first()
    if incident is None:
        return None
    now = database_now()
    changed = record_facts(incident, _believable(facts, now))
    changed = settle_clocks(incident, now=now) or changed
    if changed:
        capture_at_trigger(incident=incident, now=now)
        bump_version(incident)
    return incident


def _believable(facts: list[VendorFact], now: datetime) -> list[VendorFact]:
    """The facts, with those from an absurd future moved to now: no clock may be stopped by what is yet to come."""
    return [replace(fact, occurred_at=now) if fact.occurred_at > now + ABSURDLY_AHEAD else fact for fact in facts]


@transaction.atomic
def mark_deleted(*, incident_number: int, now: datetime) -> Incident:
    """Notes that PagerDuty no longer has an incident. It stays in history; its clocks close without a verdict."""
    incident = Incident.objects.select_for_update().get(pk=incident_number)
    if incident.deleted_at is None:
        incident.deleted_at = now
        incident.save(update_fields=["deleted_at"])
        TimelineEntry.objects.create(
            incident=incident, kind=EntryKind.DELETED, occurred_at=now, source=EntrySource.PAGERDUTY
        )
        settle_clocks(incident, now=now)
        bump_version(incident)
    return incident


def _lock_or_create(snapshot: IncidentSnapshot, as_of: datetime) -> tuple[Incident, bool]:
    title = clean_text(snapshot.title, limit=1024) or snapshot.id
    severity, source = judge_severity(title=title, priority=snapshot.priority, urgency=snapshot.urgency)
    triggered_at = min(snapshot.created_at or as_of, as_of)
    defaults: dict[str, Any] = {
        # Asked for only where the incident is new: otherwise its own row is locked first, the service's second.
        "service": lambda: _note_service(snapshot.service),
        "title": title,
        "what": parse_title(title).what or title,
        "severity": severity,
        "severity_source": source,
        "status": snapshot.status,
        "triggered_at": triggered_at,
        "cycle_started_at": triggered_at,
        "snapshot_at": as_of,
    }
    _incident, is_new = Incident.objects.get_or_create(pagerduty_id=snapshot.id, defaults=defaults)
    return Incident.objects.select_for_update().get(pagerduty_id=snapshot.id), is_new


def _adopt_trigger(incident: Incident, snapshot: IncidentSnapshot, as_of: datetime) -> bool:
    """When it was triggered never changes, so that an older snapshot may know it where the newest does not say."""
    known_at = incident.triggered_at if snapshot.created_at is None else snapshot.created_at
    triggered_at = min(known_at, as_of)
    if triggered_at == incident.triggered_at:
        return False
    incident.triggered_at = triggered_at
    incident.save(update_fields=["triggered_at"])
    guessed = TimelineEntry.objects.filter(incident=incident, kind=EntryKind.TRIGGERED, data__derived=True)
    guessed.update(occurred_at=triggered_at.replace(microsecond=0))
    return True


def _note_service(reference: Reference) -> Service:
    """The service by PagerDuty's id, made where nobody has heard of it; a name never becomes less than it was."""
    name = clean_text(reference.name, limit=255)
    service, _is_new = Service.objects.get_or_create(
        pagerduty_id=reference.id, defaults={"name": name or reference.id, "html_url": reference.html_url}
    )
    wanted = (name or service.name, reference.html_url or service.html_url)
    if (service.name, service.html_url) != wanted:
        is_renamed = service.name != wanted[0]
        service.name, service.html_url = wanted
        service.save(update_fields=["name", "html_url"])
        if is_renamed:
            bump_open_on_commit(Incident.objects.filter(service=service))
    return service


def _apply(incident: Incident, snapshot: IncidentSnapshot, as_of: datetime, *, is_newest: bool) -> bool:
    """Copies the snapshot's fields. A poll that is older than the stored snapshot only confirms that it exists."""
    before = {field.attname: getattr(incident, field.attname) for field in Incident._meta.concrete_fields}  # noqa: SLF001
    if snapshot.is_from_poll:
        incident.seen_in_poll_at = incident.seen_in_poll_at or as_of
    if is_newest:
        _copy_fields(incident, snapshot)
        incident.snapshot_at = as_of
    changed = {name for name, value in before.items() if getattr(incident, name) != value}
    if changed:
        incident.save(update_fields=sorted(changed))
    if is_newest and _replace_assignments(incident, snapshot.people):
        changed.add("people")
    return bool(changed - {"snapshot_at", "seen_in_poll_at"})


def _copy_fields(incident: Incident, snapshot: IncidentSnapshot) -> None:
    title = clean_text(snapshot.title, limit=1024) or incident.title
    if title != incident.title:
        _note_change(incident, EntryKind.TITLE_CHANGED, snapshot, {"from": incident.title, "to": title})
    incident.title, incident.what = title, parse_title(title).what or title
    incident.service = _note_service(snapshot.service)
    incident.status, incident.urgency = snapshot.status, clean_text(snapshot.urgency, limit=8)
    incident.priority = clean_text(snapshot.priority, limit=64)
    incident.pagerduty_number = snapshot.number if snapshot.number is not None else incident.pagerduty_number
    incident.html_url = snapshot.html_url or incident.html_url
    policy = snapshot.escalation_policy
    if policy is not None:
        incident.escalation_policy_id, incident.escalation_policy_name = policy.id, policy.name[:255]
    if snapshot.body:
        set_body(incident, snapshot.body)
    # It is there: whoever thought it deleted was wrong, or it was restored.
    incident.deleted_at = None
    if snapshot.merged_into is not None:
        incident.merged_into = (
            Incident.objects.filter(pagerduty_id=snapshot.merged_into).exclude(pk=incident.pk).first()
        )
    elif snapshot.is_from_poll:
        incident.merged_into = None
    _judge(incident, snapshot)


def set_body(incident: Incident, body: str) -> None:
    """Stores the alert's body and what it measures."""
    incident.body = clean_text(body, limit=16_384)
    measure = parse_measure(incident.body)
    incident.metric_name, incident.measured_value, incident.threshold = measure.name, measure.value, measure.threshold


def _settle_snooze(incident: Incident, snapshot: IncidentSnapshot) -> bool:
    """Sets until when it is quiet, once the facts are known. Returns whether that changed."""
    until = _snoozed_until(incident, snapshot)
    if until == incident.snoozed_until:
        return False
    incident.snoozed_until = until
    incident.save(update_fields=["snoozed_until"])
    return True


def _snoozed_until(incident: Incident, snapshot: IncidentSnapshot) -> datetime | None:
    """While snoozed, PagerDuty's pending «unacknowledge» is the snooze's end; without a snooze it is the timeout's."""
    if snapshot.status != Status.ACKNOWLEDGED:
        return None
    if snapshot.acknowledgements is None:
        return incident.snoozed_until
    last = (
        TimelineEntry.objects.filter(incident=incident, kind__in=[EntryKind.SNOOZED, *_SNOOZE_ENDING])
        .order_by("-occurred_at", "-pk")
        .first()
    )
    return snapshot.unacknowledges_at if last is not None and last.kind == EntryKind.SNOOZED else None


def _judge(incident: Incident, snapshot: IncidentSnapshot) -> None:
    """Reads the severity anew, unless a person judged it."""
    if incident.severity_source == SeveritySource.JUDGED:
        return
    severity, source = judge_severity(title=incident.title, priority=snapshot.priority, urgency=snapshot.urgency)
    if severity != incident.severity:
        data = {"from": incident.severity, "to": severity.value, "source": source.value}
        _note_change(incident, EntryKind.SEVERITY_JUDGED, snapshot, data)
    incident.severity, incident.severity_source = Severity(severity), SeveritySource(source)


def _note_change(incident: Incident, kind: EntryKind, snapshot: IncidentSnapshot, data: dict[str, str]) -> None:
    TimelineEntry.objects.create(
        incident=incident, kind=kind, occurred_at=snapshot.as_of, source=EntrySource.PORTAL, data=data
    )


def _replace_assignments(incident: Incident, references: tuple[Reference, ...]) -> bool:
    wanted = {person.pk for person in note_people(references).values()} if references else set()
    present = set(Assignment.objects.filter(incident=incident).values_list("person_id", flat=True))
    if wanted == present:
        return False
    Assignment.objects.filter(incident=incident, person_id__in=present - wanted).delete()
    Assignment.objects.bulk_create(
        (Assignment(incident=incident, person_id=person_id) for person_id in sorted(wanted - present)),
        ignore_conflicts=True,
    )
    return True


def _derived_facts(incident: Incident, snapshot: IncidentSnapshot, *, is_newest: bool) -> list[VendorFact]:
    """What the snapshot proves to have happened although nobody may have reported it: PagerDuty's log has no reopening,
    and a line of the log may be older than the portal."""
    facts = [VendorFact(EntryKind.TRIGGERED, incident.triggered_at, data={"title": incident.title}, is_derived=True)]
    facts += [VendorFact(EntryKind.ACKNOWLEDGED, each.at, agent=each.by) for each in snapshot.acknowledgements or ()]
    if not is_newest:
        return facts
    endings = TimelineEntry.objects.filter(incident=incident, source=EntrySource.PAGERDUTY).filter(
        kind__in=[EntryKind.RESOLVED, EntryKind.REOPENED]
    )
    last = endings.order_by("-occurred_at", "-pk").first()
    is_ended = last is not None and last.kind == EntryKind.RESOLVED
    if snapshot.status == Status.RESOLVED and not is_ended:
        at = snapshot.resolved_at or snapshot.last_status_change_at or snapshot.as_of
        facts.append(VendorFact(EntryKind.RESOLVED, at, is_derived=True))
    if snapshot.status != Status.RESOLVED and last is not None and is_ended:
        known = [at for at in (snapshot.reopened_at, snapshot.last_status_change_at) if at and at > last.occurred_at]
        facts.append(VendorFact(EntryKind.REOPENED, min(known, default=snapshot.as_of), is_derived=True))
    return facts
