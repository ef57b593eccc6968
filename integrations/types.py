"""What the integrations hand to the apps. All instants are aware and in UTC."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Reference:
    """A vendor's object by id. `name` may be "" where the vendor gave none."""

    id: str
    name: str = ""
    html_url: str = ""
    email: str = ""
    type: str = ""


@dataclass(frozen=True)
class Acknowledgement:
    at: datetime
    by: Reference


@dataclass(frozen=True)
class IncidentSnapshot:
    """An incident as PagerDuty described it at the instant `as_of`.

    What a source cannot tell is None: webhooks carry neither acknowledgements nor pending actions, and older ones not
    even `created_at`.
    """

    id: str
    number: int | None
    title: str
    status: str
    urgency: str
    priority: str
    service: Reference
    people: tuple[Reference, ...]
    escalation_policy: Reference | None
    created_at: datetime | None
    as_of: datetime
    html_url: str = ""
    body: str = ""
    resolved_at: datetime | None = None
    last_status_change_at: datetime | None = None
    reopened_at: datetime | None = None
    merged_into: str | None = None
    acknowledgements: tuple[Acknowledgement, ...] | None = None
    unacknowledges_at: datetime | None = None
    is_from_poll: bool = False


@dataclass(frozen=True)
class LogEntry:
    """One line of PagerDuty's log. `kind` is a word of `incidents.enums.EntryKind`; `data` fills its sentence."""

    id: str
    kind: str
    created_at: datetime
    incident_id: str
    agent: Reference | None
    data: dict[str, str] = field(default_factory=dict)
    body: str = ""
    snapshot: IncidentSnapshot | None = None


@dataclass(frozen=True)
class WebhookEvent:
    """A webhook v3 event, read. `fact_kind` is None where nothing of it belongs on a timeline."""

    event_id: str
    event_type: str
    occurred_at: datetime
    incident_id: str | None
    agent: Reference | None
    fact_kind: str | None = None
    data: dict[str, str] = field(default_factory=dict)
    snapshot: IncidentSnapshot | None = None


@dataclass(frozen=True)
class OnCall:
    """Whom an escalation policy names at a level. `start` and `end` are None for somebody who is always on call."""

    policy: Reference
    level: int
    schedule: Reference | None
    person: Reference
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class ChangeEvent:
    """Something that another tool told PagerDuty of: a deploy, a configuration change."""

    id: str
    summary: str
    occurred_at: datetime
    source: str = ""
    service_ids: tuple[str, ...] = ()
    service_name: str = ""
    html_url: str = ""


@dataclass(frozen=True)
class Turn:
    """Somebody on call by a schedule for `[start, end)`. `is_override`: they stand in for whose turn it was."""

    person: Reference
    start: datetime
    end: datetime
    is_override: bool = False


@dataclass(frozen=True)
class RenderedSchedule:
    """Who is on call by a schedule in a window. Turns are uncut, oldest first; those of a shift-based one may overlap."""

    schedule: Reference
    time_zone: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class ListedOverride:
    """An override as the vendor lists it. `id` names several, joined by commas, where one time needed several."""

    id: str
    person: Reference
    start: datetime
    end: datetime


@dataclass(frozen=True)
class PolicyTarget:
    """One target of one level of an escalation policy: a schedule or a person. The level has `delay_minutes`."""

    policy: Reference
    level: int
    delay_minutes: int
    schedule_id: str = ""
    person: Reference | None = None
