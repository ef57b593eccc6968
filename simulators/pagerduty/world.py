"""The account's state in memory, its transactions, and what every verb needs: numbers, log entries, webhook events."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from simulators.pagerduty import ids
from simulators.pagerduty.base_account import base_policy, base_schedules
from simulators.pagerduty.clock import Clock
from simulators.pagerduty.logbook import LogBook
from simulators.pagerduty.model import (
    Agent,
    Alert,
    ChangeEvent,
    Incident,
    LogEntry,
    Note,
    Record,
    StatusUpdate,
)
from simulators.pagerduty.records import RECORD_TYPES
from simulators.pagerduty.render_webhook import envelope, incident_data
from simulators.pagerduty.roster import Roster
from simulators.pagerduty.store import Store

FIRST_INCIDENT_NUMBER = 1001


class EventSink(Protocol):
    """Where webhook events go: inside the transaction (`accept`), and after its commit (`committed`)."""

    def accept(self, event: Mapping[str, Any]) -> None:
        """Takes an event; what it stores is part of the running transaction."""

    def committed(self) -> None:
        """The transaction is on disk; deliveries may start."""


class World(Roster):
    """Everything the simulated account remembers.

    All changes happen inside `with world.transaction():`, which holds the lock, and writes them to the store at once
    when it ends. The records are live objects: whoever changes one calls `keep`.
    """

    def __init__(self, store: Store | None = None, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.sink: EventSink | None = None
        self._store = store
        self._lock = threading.RLock()
        self._depth = 0
        self._changed: dict[tuple[str, str], Record] = {}
        self._removed: set[tuple[str, str]] = set()
        self._changed_settings: dict[str, Any] = {}
        self._forget()
        self._load()

    def _forget(self) -> None:
        self.records: dict[str, dict[str, Any]] = {kind.kind: {} for kind in RECORD_TYPES if kind is not LogEntry}
        self.log_book = LogBook()
        self.settings: dict[str, Any] = {}
        self._next_number = FIRST_INCIDENT_NUMBER
        self._next_seq = 1
        self._open: dict[str, Incident] = {}
        self.last_incident_at: dict[str, datetime] = {}
        self._by_incident: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)

    def _load(self) -> None:
        if self._store is not None:
            self.settings = self._store.load_settings()
            for kind in RECORD_TYPES:
                loaded = list(self._store.load(kind))
                if kind is LogEntry:
                    self.log_book.add_all(entry for entry in loaded if isinstance(entry, LogEntry))
                else:
                    for record in loaded:
                        self._index(record)
        entries = self.log_book.between(None, None)
        self._next_seq = max((e.seq for e in entries), default=0) + 1
        self._next_number = max((i.number for i in self.incidents.values()), default=FIRST_INCIDENT_NUMBER - 1) + 1
        with self.transaction():
            self._settle()

    def _settle(self) -> None:
        """Gives a new account its schedules and its policy; they hang on the instant of its beginning."""
        if not self.schedules:
            anchor = self.settings.get("rotation_anchor") or self.clock.now().isoformat()
            self.remember("rotation_anchor", anchor)
            for schedule in base_schedules(datetime.fromisoformat(anchor)):
                self.keep(schedule)
        if not self.policies:
            self.keep(base_policy())

    # -- records ---------------------------------------------------------------------------------------------------

    @property
    def incidents(self) -> dict[str, Incident]:
        """All incidents by id, deleted ones too."""
        return self.records[Incident.kind]

    @property
    def changes(self) -> dict[str, ChangeEvent]:
        """All change events by id."""
        return self.records[ChangeEvent.kind]

    def visible_incident(self, id_: str) -> Incident | None:
        """An incident that exists and was not deleted."""
        incident = self.incidents.get(id_)
        return None if incident is None or incident.is_deleted else incident

    def visible_incidents(self) -> list[Incident]:
        """All but the deleted ones, in order of number."""
        return [incident for incident in self.incidents.values() if not incident.is_deleted]

    def open_incidents(self) -> list[Incident]:
        """Those triggered or acknowledged."""
        return list(self._open.values())

    def alerts_of(self, incident_id: str) -> list[Alert]:
        """The alerts grouped into an incident, oldest first."""
        return self._by_incident[Alert.kind, incident_id]

    def notes_of(self, incident_id: str) -> list[Note]:
        """An incident's notes, oldest first."""
        return self._by_incident[Note.kind, incident_id]

    def status_updates_of(self, incident_id: str) -> list[StatusUpdate]:
        """An incident's status updates, oldest first."""
        return self._by_incident[StatusUpdate.kind, incident_id]

    def _index(self, record: Record) -> None:
        is_new = record.id not in self.records[record.kind]
        self.records[record.kind][record.id] = record
        if isinstance(record, Incident):
            if record.is_open and not record.is_deleted:
                self._open[record.id] = record
            else:
                self._open.pop(record.id, None)
            last = self.last_incident_at.get(record.service_id, record.created_at)
            self.last_incident_at[record.service_id] = max(last, record.created_at)
        elif is_new and isinstance(record, Alert | Note | StatusUpdate):
            self._by_incident[record.kind, record.incident_id].append(record)

    def keep(self, record: Record) -> None:
        """Files a new or changed record; part of the running transaction."""
        if isinstance(record, LogEntry):
            self.log_book.add(record)
        else:
            self._index(record)
        self._changed[record.kind, record.id] = record

    def keep_entries(self, entries: list[LogEntry]) -> None:
        """Files many new log entries at once."""
        self.log_book.add_all(entries)
        self._changed.update({(entry.kind, entry.id): entry for entry in entries})

    def discard(self, record: Record) -> None:
        """Forgets a record."""
        self.records[record.kind].pop(record.id, None)
        self._changed.pop((record.kind, record.id), None)
        self._removed.add((record.kind, record.id))

    def move_alerts(self, source: Incident, target: Incident) -> None:
        """Puts all alerts of one incident into another."""
        moved = self._by_incident.pop((Alert.kind, source.id), [])
        for alert in moved:
            alert.incident_id = target.id
            self.keep(alert)
        self._by_incident[Alert.kind, target.id].extend(moved)

    def remember(self, name: str, value: Any) -> None:
        """Sets a named value that survives restarts (JSON)."""
        self.settings[name] = value
        self._changed_settings[name] = value

    def take_in(self, user_ids: Sequence[str]) -> None:
        """Makes people of the directory members of the account."""
        self.remember("member_ids", [*dict.fromkeys([*self.settings.get("member_ids", []), *user_ids])])

    def open_incident_by_key(self, service_id: str, key: str) -> Incident | None:
        """The open incident of a service with this incident key."""
        matching = (i for i in self._open.values() if i.service_id == service_id and i.incident_key == key)
        return next(matching, None)

    def next_number(self) -> int:
        """The next incident number."""
        self._next_number += 1
        return self._next_number - 1

    def next_seq(self) -> int:
        """The next log entry's place in the order of writing."""
        self._next_seq += 1
        return self._next_seq - 1

    # -- transactions ----------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Holds the lock; writes what changed at its outermost end, even when it ends with a refusal."""
        with self._lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._flush()
                    if self.sink is not None:
                        self.sink.committed()

    def _flush(self) -> None:
        if self._store is not None and (self._changed or self._removed or self._changed_settings):
            self._store.save(self._changed.values(), self._removed, self._changed_settings)
        self._changed, self._removed, self._changed_settings = {}, set(), {}

    def reset(self) -> None:
        """Back to an empty account on the real clock."""
        with self.transaction():
            if self._store is not None:
                self._store.clear()
            self._changed, self._removed, self._changed_settings = {}, set(), {}
            self.clock.offset *= 0
            self._forget()
            self._settle()

    def close(self) -> None:
        """Closes the store."""
        with self._lock:
            if self._store is not None:
                self._store.close()

    # -- what verbs write ------------------------------------------------------------------------------------------

    def instant(self, at: datetime | None) -> datetime:
        """`at`, or now."""
        return at or self.clock.now()

    def log(
        self,
        incident: Incident,
        type_: str,
        *,
        agent: Agent,
        summary: str,
        at: datetime,
        channel: dict[str, Any] | None = None,
        **fields: Any,
    ) -> LogEntry:
        """Writes a log entry (`fields` are further fields of `LogEntry`); the channel defaults to the API."""
        entry = LogEntry(
            id=ids.log_entry_id(),
            seq=self.next_seq(),
            type=type_,
            incident_id=incident.id,
            created_at=at.replace(microsecond=0),
            agent=agent,
            summary=summary,
            channel=channel or {"type": "api"},
            **fields,
        )
        self.keep(entry)
        incident.updated_at = max(incident.updated_at, entry.created_at)
        self.keep(incident)
        return entry

    def emit(self, event_type: str, incident: Incident, agent: Agent | None, at: datetime, data: Any = None) -> None:
        """Sends a webhook event; its data is the incident unless given."""
        if self.sink is None:
            return
        if data is None:
            target = self.incidents.get(incident.merged_into) if incident.merged_into else None
            data = incident_data(incident, self.policies[incident.escalation_policy_id], target)
        self.sink.accept(envelope(event_type, at, agent, data))
