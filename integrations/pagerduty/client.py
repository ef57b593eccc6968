"""PagerDuty's REST v2 through `pdpyras`, with every wait bounded and every error sorted.

The library is archived upstream; it is imported here alone, so that its successor is a change of this one file.
"""

import json
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from integrations.errors import MalformedPayload, Refused, Unavailable
from integrations.pagerduty.reading import read_change_event, read_incident, read_log_entry, read_on_call
from integrations.redaction import redact
from integrations.types import ChangeEvent, IncidentSnapshot, LogEntry, OnCall, Reference

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # its deprecation notice, once an import
    from pdpyras import APISession, PDClientError, PDHTTPError

logger = logging.getLogger(__name__)

PAGE = 100
#: So much of a refusal is read.
LOOKED_AT = 4_000
#: PagerDuty refuses offset + limit > 10,000; a window that nears it is cut in two.
LARGEST_WINDOW = 9_000


class PagerDuty:
    """One session with PagerDuty. Every method raises Unavailable (try later) or Refused (do not).

    `calls` counts HTTP requests, so that a poll can say what it cost; `unreadable` the rows of lists that had not the
    documented shape and were left out: one strange row must not keep the rest from being read.
    """

    def __init__(self, *, token: str, base_url: str, timeout: float = 10.0) -> None:
        self._session = APISession(token)
        self._session.url = base_url
        self._session.timeout = timeout
        self._session.max_network_attempts = 0
        # By default it waits on 429 without end. Twice, some seconds each, is what a worker can spare.
        self._session.retry = {429: 2}
        self._session.max_http_attempts = 2
        self._session.sleep_timer = 0.5
        self.calls = 0
        self.unreadable = 0

    def log_entries(self, *, since: datetime, until: datetime) -> Iterator[LogEntry]:
        """Every line of the log in `[since, until]` (aware), newest first, each with its incident's snapshot."""
        params = {
            "since": utc_text(since),
            "until": utc_text(until),
            "time_zone": "UTC",
            "include[]": ["incidents", "channels"],
            "total": "true",
        }
        first, as_of = self._get("log_entries", {**params, "offset": 0})
        total = first.get("total")
        if isinstance(total, int) and total > LARGEST_WINDOW and until - since > timedelta(seconds=2):
            middle = since + (until - since) / 2
            yield from self.log_entries(since=middle, until=until)
            yield from self.log_entries(since=since, until=middle)
            return
        for payload in self._rest_of_pages("log_entries", params, first):
            yield from self._readable(lambda row: read_log_entry(row, as_of=as_of), payload)

    def open_incidents(self) -> Iterator[IncidentSnapshot]:
        """Every triggered or acknowledged incident, however old."""
        params = {
            "date_range": "all",
            "statuses[]": ["triggered", "acknowledged"],
            "time_zone": "UTC",
            "include[]": ["first_trigger_log_entries"],
        }
        first, as_of = self._get("incidents", {**params, "offset": 0})
        for payload in self._rest_of_pages("incidents", params, first):
            yield from self._readable(lambda row: read_incident(row, as_of=as_of, is_from_poll=True), payload)

    def incident(self, incident_id: str) -> IncidentSnapshot | None:
        """One incident, or None where PagerDuty no longer has it."""
        try:
            answer, as_of = self._get(f"incidents/{incident_id}", {})
        except Refused as refusal:
            if refusal.code == "not_found":
                return None
            raise
        return read_incident(answer.get("incident"), as_of=as_of, is_from_poll=True)

    def on_calls(self, *, since: datetime, until: datetime) -> Iterator[OnCall]:
        """Who is on call in the window, by policy and level."""
        params = {"since": utc_text(since), "until": utc_text(until), "time_zone": "UTC", "include[]": ["users"]}
        first, _as_of = self._get("oncalls", {**params, "offset": 0})
        for payload in self._rest_of_pages("oncalls", params, first):
            yield from self._readable(read_on_call, payload)

    def users(self) -> Iterator[Reference]:
        """Everybody PagerDuty knows, with name and address."""
        first, _as_of = self._get("users", {"offset": 0})
        for payload in self._rest_of_pages("users", {}, first):
            yield Reference(
                id=str(payload.get("id", "")),
                name=str(payload.get("name") or payload.get("summary") or ""),
                email=str(payload.get("email") or ""),
                html_url=str(payload.get("html_url") or ""),
                type="user",
            )

    def priorities(self) -> Iterator[Reference]:
        """The account's incident priorities, highest first; none where the account has them switched off."""
        try:
            first, _as_of = self._get("priorities", {"offset": 0})
        except Refused as refusal:
            # GET /priorities answers 404 where «Incident Priority» is not enabled.
            if refusal.code == "not_found":
                return
            raise
        for payload in self._rest_of_pages("priorities", {}, first):
            name = str(payload.get("name") or payload.get("summary") or "")
            yield Reference(id=str(payload.get("id", "")), name=name, type="priority")

    def change_events(self, *, since: datetime, until: datetime) -> Iterator[ChangeEvent]:
        """Every change event filed in `[since, until]`."""
        params = {"since": utc_text(since), "until": utc_text(until)}
        first, _as_of = self._get("change_events", {**params, "offset": 0})
        for payload in self._rest_of_pages("change_events", params, first):
            yield from self._readable(read_change_event, payload)

    def update_incident(self, incident_id: str, changes: Mapping[str, object], *, from_email: str) -> IncidentSnapshot:
        """PUT /incidents/{id}: a status, an escalation level or assignments, under the acting user's address."""
        body = {"incident": {"type": "incident", **changes}}
        answer, as_of = self._send("PUT", f"incidents/{incident_id}", body, from_email)
        # The Date header is cut to the second; the change happened within that second.
        return read_incident(answer.get("incident"), as_of=as_of + timedelta(seconds=1), is_from_poll=True)

    def snooze_incident(self, incident_id: str, *, snooze_for: timedelta, from_email: str) -> IncidentSnapshot:
        """POST /incidents/{id}/snooze, 1 s to 7 days."""
        body = {"duration": int(snooze_for.total_seconds())}
        answer, as_of = self._send("POST", f"incidents/{incident_id}/snooze", body, from_email)
        return read_incident(answer.get("incident"), as_of=as_of + timedelta(seconds=1), is_from_poll=True)

    def add_note(self, incident_id: str, text: str, *, from_email: str) -> datetime:
        """POST /incidents/{id}/notes, at most 2,000 characters. Gives the instant PagerDuty filed it under."""
        answer, as_of = self._send("POST", f"incidents/{incident_id}/notes", {"note": {"content": text}}, from_email)
        note = answer.get("note")
        created = note.get("created_at") if isinstance(note, dict) else None
        return datetime.fromisoformat(created).astimezone(UTC) if isinstance(created, str) else as_of

    def notes(self, incident_id: str) -> list[tuple[datetime, str, str]]:
        """The incident's notes as (filed at, author's id, text): how a retry learns that the first try had arrived."""
        answer, _as_of = self._get(f"incidents/{incident_id}/notes", {})
        try:
            return [
                (
                    datetime.fromisoformat(str(note["created_at"])).astimezone(UTC),
                    str((note.get("user") or {}).get("id", "")),
                    str(note.get("content") or ""),
                )
                for note in answer.get("notes") or []
            ]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MalformedPayload("malformed", f"notes: {type(error).__name__}") from error

    def publish_status_update(self, incident_id: str, text: str, *, from_email: str) -> None:
        """POST /incidents/{id}/status_updates; its document names no limit of the message. Without a subject of ours
        PagerDuty writes its own mail around it."""
        self._send("POST", f"incidents/{incident_id}/status_updates", {"message": text}, from_email)

    def log_of(self, incident_id: str, *, since: datetime) -> Iterator[LogEntry]:
        """The lines of one incident's log since then, newest first."""
        path = f"incidents/{incident_id}/log_entries"
        params = {"since": utc_text(since), "time_zone": "UTC", "include[]": ["channels"]}
        first, as_of = self._get(path, {**params, "offset": 0})
        for payload in self._rest_of_pages(path, params, first, rows_under="log_entries"):
            yield from self._readable(lambda row: read_log_entry(row, as_of=as_of), payload)

    def _readable[Row](self, read: Callable[[Mapping[str, Any]], Row], payload: Mapping[str, Any]) -> Iterator[Row]:
        """The row, where it can be read; else it is logged, counted and left out."""
        try:
            row = read(payload)
        except MalformedPayload as error:
            self.unreadable += 1
            logger.warning("left out: %s", error)
        else:
            yield row

    def _rest_of_pages(
        self, path: str, params: Mapping[str, object], first: Mapping[str, Any], *, rows_under: str = ""
    ) -> Iterator[Mapping[str, Any]]:
        page, offset = first, 0
        while True:
            rows = page.get(rows_under or path)
            if not isinstance(rows, list):
                raise MalformedPayload("malformed", f"{path}: no list of that name in the answer")
            yield from rows
            if not page.get("more") or not rows:
                return
            offset += len(rows)
            page, _as_of = self._get(path, {**params, "offset": offset})

    def _get(self, path: str, params: Mapping[str, object]) -> tuple[Mapping[str, Any], datetime]:
        query = {"limit": PAGE, **params} if "offset" in params else dict(params)
        return self._call("GET", path, params=query)

    def _send(
        self, method: str, path: str, body: Mapping[str, object], from_email: str
    ) -> tuple[Mapping[str, Any], datetime]:
        return self._call(method, path, json=body, headers={"From": from_email})

    def _call(self, method: str, path: str, **kwargs: Any) -> tuple[Mapping[str, Any], datetime]:
        response = self._answer(method, path, **kwargs)
        answer = json_of(response)
        if not isinstance(answer, dict):
            raise MalformedPayload("malformed", f"{path}: the answer is no object")
        return answer, _date_of(response)

    def _answer(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """A whole answer that is no refusal."""
        self.calls += 1
        try:
            response: requests.Response = self._session.request(method, f"/{path}", **kwargs)
        except PDHTTPError as error:  # 401, which the library raises instead of returning it
            raise sorted_error(error.response) from error
        except PDClientError as error:
            raise Unavailable("unreachable", _root_words(error)) from error
        if not response.ok:
            raise sorted_error(response)
        return response


def json_of(response: requests.Response) -> Any:
    """What an answer says. Raises Unavailable where it is no JSON."""
    try:
        return response.json()
    except (json.JSONDecodeError, requests.exceptions.JSONDecodeError) as error:
        raise Unavailable("unreadable", f"{response.status_code} without JSON") from error


def _root_words(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__


def _date_of(response: requests.Response) -> datetime:
    """PagerDuty's own clock, by its Date header. Raises Unavailable where a proxy took it away."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError) as error:
        raise Unavailable("unreadable", "an answer without a Date header") from error


def utc_text(instant: datetime) -> str:
    """As PagerDuty takes instants: whole seconds, in UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refusals(errors: object) -> list[str]:
    """A list of words; version 3 has them by field."""
    if isinstance(errors, dict):
        return [f"{field} {'; '.join(map(str, words))}" for field, words in errors.items()]
    return [str(each) for each in errors] if isinstance(errors, list) else []


def sorted_error(response: requests.Response) -> Refused | Unavailable:
    """PagerDuty's error body as one of our codes. Source: «REST API v2 errors»: 1001, 1002, 1006, 2006, 2010, 2100."""
    try:
        error = response.json()["error"]
        words = [str(error.get("message", "")), *_refusals(error.get("errors"))]
    except (ValueError, KeyError, TypeError, AttributeError):
        error, words = {}, [redact(response.text[:LOOKED_AT])[:200]]
    # Redacted before it is cut: half a secret has no shape.
    detail = redact("; ".join(word for word in words if word)[:LOOKED_AT])[:500]
    status, code = response.status_code, error.get("code") if isinstance(error, dict) else None
    lowered = detail.lower()
    if status == 429 or status >= 500 or status == 408:
        return Unavailable("limited" if status == 429 else "broken", f"HTTP {status} {detail}".strip())
    if status == 404:
        return Refused("not_found", detail)
    if code == 1001 or "already resolved" in lowered:
        return Refused("already_resolved", detail)
    if code == 1006 or "escalat" in lowered:
        return Refused("cannot_escalate", detail)
    if "requester" in lowered or "from header" in lowered or "from email" in lowered:
        return Refused("unknown_requester", detail)
    if status in (401, 403):
        return Refused("no_permission", detail)
    return Refused("invalid", f"HTTP {status} {detail}".strip())
