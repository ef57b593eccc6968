"""How PagerDuty reaches one person, and a page that somebody sends to themself.

Source: PagerDuty's OpenAPI document, «List a user's contact methods», «List a user's notification rules», «Create an incident».
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from integrations.errors import MalformedPayload, Refused
from integrations.pagerduty.client import PagerDuty
from integrations.pagerduty.reading import malformed, read_incident
from integrations.pagerduty.wire import WireReference
from integrations.text import clean_text
from integrations.types import IncidentSnapshot, Reference

_KINDS: Mapping[str, str] = {
    "email_contact_method": "email",
    "phone_contact_method": "phone",
    "sms_contact_method": "sms",
    "push_notification_contact_method": "push",
}
LONGEST_LABEL = 80


@dataclass(frozen=True)
class ContactMethod:
    """Without the number or address itself. `kind` is email, phone, sms, push, or "other"."""

    id: str
    kind: str
    label: str
    is_enabled: bool
    is_blacklisted: bool


@dataclass(frozen=True)
class NotificationRule:
    """`urgency` is high or low."""

    urgency: str
    delay_minutes: int
    contact_method_id: str


@dataclass(frozen=True)
class PagingMethods:
    """How PagerDuty reaches somebody: rules of both urgencies."""

    methods: tuple[ContactMethod, ...]
    rules: tuple[NotificationRule, ...]


class PagingClient(PagerDuty):
    """PagerDuty as a preflight asks it. Every method raises Unavailable (try later), Refused (do not) or MalformedPayload."""

    def contact_methods(self, user_id: str) -> tuple[ContactMethod, ...]:
        """All of a user's, in PagerDuty's order; one page, however many."""
        answer, _as_of = self._get(f"users/{user_id}/contact_methods", {})
        return tuple(_read(_read_method, row, what="contact method") for row in _rows(answer, "contact_methods"))

    def notification_rules(self, user_id: str) -> tuple[NotificationRule, ...]:
        """All of a user's, of both urgencies: without `urgency` PagerDuty lists those of high urgency alone."""
        answer, _as_of = self._get(f"users/{user_id}/notification_rules", {"urgency": "all"})
        return tuple(_read(_read_rule, row, what="notification rule") for row in _rows(answer, "notification_rules"))

    def people(self) -> Iterator[tuple[Reference, PagingMethods]]:
        """Everybody, with how they are reached; a hundred a request."""
        params = {"include[]": ["contact_methods", "notification_rules"]}
        first, _as_of = self._get("users", {**params, "offset": 0})
        for payload in self._rest_of_pages("users", params, first):
            yield from self._readable(_read_person, payload)

    def create_test_incident(
        self, *, title: str, service_id: str, user_id: str, key: str, from_email: str
    ) -> IncidentSnapshot:
        """An incident of high urgency, assigned to one user. PagerDuty takes an open incident's key once a service: a second try
        after a lost answer gives what the first one made.
        """
        body = {
            "incident": {
                "type": "incident",
                "title": title,
                "service": {"id": service_id, "type": "service_reference"},
                "urgency": "high",
                "incident_key": key,
                "assignments": [{"assignee": {"id": user_id, "type": "user_reference"}}],
            }
        }
        try:
            answer, as_of = self._send("POST", "incidents", body, from_email)
        except Refused as refusal:
            known = self._incident_of(key) if "already exists" in refusal.detail.lower() else None
            if known is None:
                raise
            return known
        return read_incident(answer.get("incident"), as_of=as_of, is_from_poll=True)

    def _incident_of(self, key: str) -> IncidentSnapshot | None:
        params = {"incident_key": key, "date_range": "all", "time_zone": "UTC", "offset": 0}
        answer, as_of = self._get("incidents", params)
        found = _rows(answer, "incidents")
        return read_incident(found[0], as_of=as_of, is_from_poll=True) if found else None


def _rows(answer: Mapping[str, Any], name: str) -> list[Any]:
    rows = answer.get(name)
    if not isinstance(rows, list):
        raise MalformedPayload("malformed", f"{name}: no list of that name in the answer")
    return rows


def _read[Row](read: Callable[[Mapping[str, Any]], Row], row: Mapping[str, Any], *, what: str) -> Row:
    try:
        return read(row)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise MalformedPayload("malformed", f"{what}: {type(error).__name__}") from error


def _read_person(row: Mapping[str, Any]) -> tuple[Reference, PagingMethods]:
    try:
        person = WireReference.model_validate(row).read()
    except ValidationError as error:
        raise malformed("user", error) from error
    return person, PagingMethods(
        tuple(_read(_read_method, each, what="contact method") for each in _rows(row, "contact_methods")),
        tuple(_read(_read_rule, each, what="notification rule") for each in _rows(row, "notification_rules")),
    )


def _read_method(row: Mapping[str, Any]) -> ContactMethod:
    kind = _KINDS.get(str(row["type"]).removesuffix("_reference"), "other")
    # A label is the person's own word, such as «Work»; the summary may repeat it, never the number.
    label = clean_text(str(row.get("label") or kind), limit=LONGEST_LABEL)
    return ContactMethod(
        id=str(row["id"])[:32],
        kind=kind,
        label=label or kind,
        is_enabled=row.get("enabled") is not False,
        is_blacklisted=row.get("blacklisted") is True,
    )


def _read_rule(row: Mapping[str, Any]) -> NotificationRule:
    return NotificationRule(
        urgency=str(row["urgency"]),
        delay_minutes=int(row["start_delay_in_minutes"]),
        contact_method_id=str(row["contact_method"]["id"])[:32],
    )
