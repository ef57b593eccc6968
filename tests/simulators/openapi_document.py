"""PagerDuty's OpenAPI document, with its known faults corrected one by one, each with its reason.

What is not named here is validated as strictly as the document has it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Correction:
    """Changes the object at a JSON pointer (`~1` is a slash). `applies` says the document still has the fault."""

    pointer: str
    why: str
    applies: Callable[[Json], bool]
    change: Callable[[Json], None]


def _at(document: Json, pointer: str) -> Json:
    found: Any = document
    for part in pointer.strip("/").split("/"):
        key = part.replace("~1", "/")
        found = found[int(key)] if isinstance(found, list) else found[key]
    if not isinstance(found, dict):
        raise TypeError(f"{pointer} is no object")
    return found


def _allow_null(schema: Json) -> None:
    if "$ref" in schema:
        schema["oneOf"] = [{"$ref": schema.pop("$ref")}]
    if "oneOf" in schema:
        schema["oneOf"].append({"enum": [None], "nullable": True})
    else:
        schema["nullable"] = True


def _nullable(pointer: str, why: str) -> Correction:
    return Correction(pointer, why, lambda schema: not schema.get("nullable"), _allow_null)


def _replace_in(name: str, old: Any, new: Any, pointer: str, why: str) -> Correction:
    def change(schema: Json) -> None:
        schema[name] = new

    return Correction(pointer, why, lambda schema: schema.get(name) == old, change)


def _without(name: str, pointer: str, why: str) -> Correction:
    def change(schema: Json) -> None:
        del schema[name]

    return Correction(pointer, why, lambda schema: name in schema, change)


def _or_whole(pointer: str, *schemas: str) -> Correction:
    def change(schema: Json) -> None:
        schema["anyOf"] = [
            {"$ref": schema.pop("$ref")},
            *({"$ref": f"#/components/schemas/{name}"} for name in schemas),
        ]

    return Correction(pointer, "include[] gives whole objects in place of references", lambda s: "$ref" in s, change)


def _any_of(pointer: str, why: str) -> Correction:
    def change(schema: Json) -> None:
        schema["anyOf"] = schema.pop("oneOf")

    return Correction(pointer, why, lambda schema: "oneOf" in schema, change)


def _also_one_of(entry: Json, pointer: str, why: str) -> Correction:
    return Correction(
        pointer, why, lambda schema: entry not in schema["oneOf"], lambda schema: schema["oneOf"].append(entry)
    )


_PARAMETERS = "/components/parameters"
_SCHEMAS = "/components/schemas"
_INCIDENT = f"{_SCHEMAS}/Incident/allOf/1/properties"
_SERVICE = f"{_SCHEMAS}/Service/allOf/1/properties"
_ENTRY_LISTS = tuple(
    f"/paths/{path}/get/responses/200/content/application~1json/schema/{rest}"
    for path, rest in (
        ("~1log_entries", "allOf/1/properties/log_entries/items"),
        ("~1log_entries~1{id}", "properties/log_entry"),
        ("~1incidents~1{id}~1log_entries", "allOf/1/properties/log_entries/items"),
    )
)

# Seen in what real accounts' clients read; that a reopening has the last of these is likely, not proven.
_UNDOCUMENTED_TYPES = (
    "priority_change_log_entry",
    "status_update_log_entry",
    "responder_request_log_entry",
    "reopen_log_entry",
)
_UNDOCUMENTED_ENTRY: Json = {
    "allOf": [
        {"$ref": "#/components/schemas/LogEntry"},
        {"type": "object", "properties": {"type": {"type": "string", "enum": [*_UNDOCUMENTED_TYPES]}}},
    ]
}

_CONTACT_METHODS = ("EmailContactMethod", "PhoneContactMethod", "PushContactMethod")

CORRECTIONS: tuple[Correction, ...] = (
    _nullable(f"{_INCIDENT}/resolved_at", "its description says null if the incident is not resolved"),
    _nullable(f"{_INCIDENT}/alert_grouping", "its description says null if the incident has no grouped alerts"),
    _nullable(f"{_INCIDENT}/priority", "an incident without priority has null, as real accounts answer"),
    _nullable(f"{_INCIDENT}/resolve_reason", "the document's own example has null"),
    _nullable(f"{_SERVICE}/auto_resolve_timeout", "its description says null if the feature is disabled"),
    _nullable(f"{_SERVICE}/acknowledgement_timeout", "its description says null if the feature is disabled"),
    _nullable(f"{_SERVICE}/support_hours", "a service without support hours has null"),
    _nullable(f"{_SCHEMAS}/Oncall/properties/schedule", "a user who is on call without a schedule has null"),
    _nullable(f"{_SCHEMAS}/Oncall/properties/start", "its description says null for a permanent on-call"),
    _nullable(f"{_SCHEMAS}/Oncall/properties/end", "its description says null for a permanent on-call"),
    _nullable(f"{_SCHEMAS}/ScheduleLayer/properties/end", "its description says null if the layer does not end"),
    _nullable(
        f"{_SCHEMAS}/ScheduleLayer/properties/rendered_coverage_percentage", "its description says null without a range"
    ),
    _nullable(
        f"{_SCHEMAS}/SubSchedule/properties/rendered_coverage_percentage", "its description says null without a range"
    ),
    Correction(
        "/paths/~1schedules~1{id}~1overrides/get/responses",
        "a list that is read is answered with 200, not 201",
        lambda responses: "200" not in responses,
        lambda responses: responses.update({"200": responses.pop("201")}),
    ),
    _replace_in(
        "enum",
        ["acknowledgement_log_entry"],
        ["acknowledge_log_entry"],
        f"{_SCHEMAS}/AcknowledgeLogEntry/allOf/1/properties/type",
        "the type contradicts that of LogEntry, which it also has to match",
    ),
    *(
        _also_one_of(
            {"$ref": "#/components/schemas/FieldValueChangeLogEntry"},
            pointer,
            "the schema exists, the lists leave it out",
        )
        for pointer in _ENTRY_LISTS[:2]
    ),
    Correction(
        f"{_SCHEMAS}/LogEntry/allOf/1/properties/type",
        "accounts answer with types that the list leaves out",
        lambda schema: not set(_UNDOCUMENTED_TYPES) & set(schema["enum"]),
        lambda schema: schema["enum"].extend(_UNDOCUMENTED_TYPES),
    ),
    *(
        _also_one_of(_UNDOCUMENTED_ENTRY, pointer, "accounts answer with types that the list leaves out")
        for pointer in _ENTRY_LISTS
    ),
    _any_of(f"{_SCHEMAS}/Channel", "nothing tells the variants apart: every channel matches several"),
    _replace_in(
        "type",
        "object",
        "string",
        f"{_SCHEMAS}/IncidentBody/properties/details",
        "the document's own example of POST /incidents has a string",
    ),
    *(
        _without("readOnly", f"{_SCHEMAS}/Tag/allOf/0/properties/{name}", "references in requests need it")
        for name in ("id", "type")
    ),
    _or_whole(f"{_SCHEMAS}/User/allOf/1/properties/contact_methods/items", *_CONTACT_METHODS),
    _or_whole(f"{_SCHEMAS}/User/allOf/1/properties/notification_rules/items", "NotificationRule"),
    _or_whole(f"{_SCHEMAS}/NotificationRule/allOf/1/properties/contact_method", *_CONTACT_METHODS),
    _or_whole(f"{_SERVICE}/escalation_policy", "EscalationPolicy"),
    _or_whole(f"{_SERVICE}/integrations/items", "Integration"),
    _or_whole(f"{_SCHEMAS}/Oncall/properties/user", "User"),
    _or_whole(f"{_SCHEMAS}/Oncall/properties/escalation_policy", "EscalationPolicy"),
    _or_whole(f"{_SCHEMAS}/LogEntry/allOf/1/properties/service", "Service"),
    _or_whole(f"{_SCHEMAS}/LogEntry/allOf/1/properties/incident", "Incident"),
    *(
        _without("pattern", f"{_PARAMETERS}/{name}/schema", "the pattern is prose, not a pattern")
        for name in ("change_since", "change_until")
    ),
)


def load(path: Path) -> Json:
    """The document with every correction applied; ValueError if one has become needless."""
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    for correction in CORRECTIONS:
        found = _at(document, correction.pointer)
        if not correction.applies(found):
            raise ValueError(f"{correction.pointer} no longer needs correcting ({correction.why})")
        correction.change(found)
    return document


def problems(errors: Iterator[Exception]) -> list[str]:
    """What a validator complains of, a line each, with the place in the message."""
    lines = []
    for error in errors:
        causes = getattr(error.__cause__, "schema_errors", None) or [error.__cause__ or error]
        for cause in causes:
            place = "/".join(map(str, getattr(cause, "absolute_path", ())))
            lines.append(f"{type(error).__name__} {place}: {str(getattr(cause, 'message', cause))[:300]}")
    return lines
