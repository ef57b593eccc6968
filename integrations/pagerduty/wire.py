"""The JSON of PagerDuty's REST v2 and webhooks v3, as far as the portal reads it.

Source: PagerDuty's OpenAPI document (Incident, LogEntry, Oncall) and «Webhooks v3 overview». Unknown keys are ignored;
absent and null are the same; instants without a zone count as UTC, as PagerDuty means them. The values are untrusted:
what no column could hold (NUL, half of a surrogate pair, a number beyond 64 bits) ends here.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from integrations.types import Reference

#: Names are shown in one line and stored in columns of this length.
LONGEST_NAME = 255
#: Line ends, and the marks that reverse what a reader sees of the line after them.
_UNFIT_FOR_A_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def _utc(value: datetime) -> datetime:
    # Near the ends of the calendar an instant cannot be shown in every zone.
    if not 1970 <= value.year <= 2999:
        raise ValueError("an instant outside the years 1970 to 2999")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def text_or_none(value: object) -> object:
    """Absent is empty; what no column could hold is replaced."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    return "" if value is None else value


def _number(value: object) -> object:
    return value if isinstance(value, int) and 0 <= value < 2**63 else None


def list_or_none(value: object) -> object:
    """Absent is empty."""
    return [] if value is None else value


Instant = Annotated[datetime, AfterValidator(_utc)]
Text = Annotated[str, BeforeValidator(text_or_none)]
Id = Annotated[str, BeforeValidator(text_or_none), Field(min_length=1, max_length=32)]
#: Stands in the addresses of PagerDuty's REST: with a slash or two dots in it an act would go elsewhere.
IncidentId = Annotated[str, BeforeValidator(text_or_none), Field(max_length=32, pattern="^[A-Za-z0-9_-]+$")]


class Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class WireReference(Wire):
    id: Id
    summary: Text = ""
    name: Text = ""
    email: Text = ""
    html_url: Text = ""
    type: Text = ""

    def read(self) -> Reference:
        return Reference(
            id=self.id,
            name=_UNFIT_FOR_A_NAME.sub("", self.summary or self.name)[:LONGEST_NAME],
            html_url=safe_url(self.html_url),
            email=self.email if len(self.email) <= LONGEST_NAME else "",
            type=self.type.removesuffix("_reference"),
        )


def safe_url(url: str) -> str:
    """The URL where it is one that a link may have, else "": `javascript:` never reaches a page."""
    return url if url.startswith(("https://", "http://")) and len(url) <= 500 else ""


class WireAssignment(Wire):
    at: Instant | None = None
    assignee: WireReference


class WireAcknowledgement(Wire):
    at: Instant
    acknowledger: WireReference


class WirePendingAction(Wire):
    type: Text = ""
    at: Instant | None = None


class WireResolveReason(Wire):
    type: Text = ""
    incident: WireReference | None = None


class WireBody(Wire):
    details: Any = None


class WireChannel(Wire):
    type: Text = ""
    summary: Text = ""
    subject: Text = ""
    description: Text = ""
    details: Any = None
    body: Any = None
    cef_details: Any = None
    user: WireReference | None = None
    notification: dict[str, Any] | None = None
    new_priority: WireReference | None = None


class WireIncident(Wire):
    """Both shapes of an incident: REST says `incident_number` and `assignments`, webhooks `number` and `assignees`."""

    id: IncidentId
    number: Annotated[
        int | None, BeforeValidator(_number), Field(validation_alias=AliasChoices("incident_number", "number"))
    ] = None
    title: Text = ""
    status: Annotated[str, Field(pattern="^(triggered|acknowledged|resolved)$")]
    urgency: Text = ""
    priority: WireReference | None = None
    service: WireReference
    assignments: Annotated[list[WireAssignment], BeforeValidator(list_or_none)] = []
    assignees: Annotated[list[WireReference], BeforeValidator(list_or_none)] = []
    escalation_policy: WireReference | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    resolved_at: Instant | None = None
    reopened_at: Instant | None = None
    last_status_change_at: Instant | None = None
    resolve_reason: WireResolveReason | None = None
    acknowledgements: list[WireAcknowledgement] | None = None
    pending_actions: list[WirePendingAction] | None = None
    html_url: Text = ""
    body: WireBody | None = None
    first_trigger_log_entry: "WireTrigger | None" = None


class WireTrigger(Wire):
    channel: WireChannel | None = None


class WireLogEntry(Wire):
    id: Annotated[str, Field(min_length=1, max_length=64)]
    type: str
    summary: Text = ""
    created_at: Instant
    agent: WireReference | None = None
    channel: WireChannel | None = None
    note: Text = ""
    message: Text = ""
    incident: dict[str, Any] | None = None
    user: WireReference | None = None
    assignees: Annotated[list[WireReference], BeforeValidator(list_or_none)] = []
    event_details: Any = None
    changed_actions: Annotated[list[WirePendingAction], BeforeValidator(list_or_none)] = []


class WireOnCall(Wire):
    escalation_policy: WireReference
    escalation_level: int
    schedule: WireReference | None = None
    user: WireReference
    start: Instant | None = None
    end: Instant | None = None


class WireEvent(Wire):
    id: Annotated[str, Field(min_length=1, max_length=64)]
    event_type: Annotated[str, Field(min_length=1, max_length=64)]
    resource_type: Text = ""
    occurred_at: Instant
    agent: WireReference | None = None
    data: Any = None


class WireDelivery(Wire):
    event: WireEvent


class WireLink(Wire):
    href: Text = ""


class WireChangeEvent(Wire):
    id: Annotated[str, BeforeValidator(text_or_none), Field(min_length=1, max_length=64)]
    summary: Text = ""
    timestamp: Instant
    source: Text = ""
    services: Annotated[list[WireReference], BeforeValidator(list_or_none)] = []
    links: Annotated[list[WireLink], BeforeValidator(list_or_none)] = []
