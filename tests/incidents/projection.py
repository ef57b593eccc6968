"""What the portal knows of PagerDuty's incidents, in a form in which two runs can be compared."""

from typing import Any

from incidents.enums import EntrySource
from incidents.models import Assignment, InboundEvent, Incident, PollState, Service, SlaClock, TimelineEntry

_FIELDS = [
    "pagerduty_number", "service__name", "title", "what", "body", "metric_name", "measured_value", "threshold",
    "severity", "severity_source", "priority", "urgency", "status", "triggered_at", "cycle", "cycle_started_at",
    "acknowledged_at", "resolved_at", "snoozed_until", "merged_into__pagerduty_id", "deleted_at",
    "escalation_policy_id", "escalation_policy_name", "html_url",
]  # fmt: skip
_CLOCK = [
    "kind", "cycle", "started_at", "at_risk_at", "due_at", "stopped_at", "stopped_by", "breached_at", "closed_at",
    "closed_because",
]  # fmt: skip


def projection() -> dict[str, Any]:
    """By PagerDuty's id: the incident's fields, its people, its clocks, and its timeline as far as PagerDuty told it.

    Left out is what may differ: our own numbers and versions, when the portal heard of something, and the lines of the
    portal and the engine, which say just that.
    """
    return {
        incident.pagerduty_id: {
            "fields": Incident.objects.filter(pk=incident.pk).values(*_FIELDS).get(),
            "people": sorted(incident.people.values_list("pagerduty_id", flat=True)),
            "clocks": list(incident.clocks.order_by("cycle", "kind").values(*_CLOCK)),
            "entries": sorted(map(_line, incident.entries.filter(source=EntrySource.PAGERDUTY))),
        }
        for incident in Incident.objects.order_by("pagerduty_id")
    }


def differences(told: dict[str, Any], truth: dict[str, Any]) -> str:
    """What of a projection is not as it should be, one line a difference."""
    found: list[str] = []
    for key in sorted({*told, *truth}):
        ours, theirs = told.get(key, {}), truth.get(key, {})
        found += [
            f"{key} {part}: {_only(ours.get(part), theirs.get(part))}"
            for part in ("fields", "people")
            if ours.get(part) != theirs.get(part)
        ]
        for part in ("clocks", "entries"):
            mine, right = ours.get(part, []), theirs.get(part, [])
            found += [f"{key} too much: {each}" for each in mine if each not in right]
            found += [f"{key} missing:  {each}" for each in right if each not in mine]
    return "\n".join(found)


def _only(ours: Any, theirs: Any) -> Any:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}
    return ours, theirs


def _line(entry: TimelineEntry) -> tuple[str, ...]:
    data = sorted((key, value) for key, value in entry.data.items() if key != "derived")
    return (
        f"{entry.occurred_at:%H:%M:%S}",
        entry.kind,
        entry.actor_pagerduty_id,
        entry.actor_name,
        entry.source_id or "",
        "" if entry.is_confirmed else "unconfirmed",
        str(data),
    )


def forget_everything() -> None:
    """A portal that has heard of nothing yet."""
    for model in (TimelineEntry, SlaClock, Assignment, InboundEvent, PollState):
        model.objects.all().delete()
    Incident.objects.update(merged_into=None)
    Incident.objects.all().delete()
    Service.objects.all().delete()
