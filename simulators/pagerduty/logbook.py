"""All log entries of the account, in order of time, with an index by incident."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from simulators.pagerduty.model import LogEntry


def _order(entry: LogEntry) -> tuple[datetime, int]:
    return entry.created_at, entry.seq


class LogBook:
    """Entries in order of `created_at`, then of writing: entries can be written late, as a seeded past is."""

    def __init__(self) -> None:
        self._entries: list[LogEntry] = []
        self._by_id: dict[str, LogEntry] = {}
        self._by_incident: defaultdict[str, list[LogEntry]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: LogEntry) -> None:
        """Files one entry."""
        insort(self._entries, entry, key=_order)
        insort(self._by_incident[entry.incident_id], entry, key=_order)
        self._by_id[entry.id] = entry

    def add_all(self, entries: Iterable[LogEntry]) -> None:
        """Files many entries, with one sort instead of one search an entry."""
        touched: set[str] = set()
        for entry in entries:
            self._entries.append(entry)
            self._by_incident[entry.incident_id].append(entry)
            self._by_id[entry.id] = entry
            touched.add(entry.incident_id)
        self._entries.sort(key=_order)
        for incident_id in touched:
            self._by_incident[incident_id].sort(key=_order)

    def get(self, id_: str) -> LogEntry | None:
        """One entry by id."""
        return self._by_id.get(id_)

    def between(self, since: datetime | None, until: datetime | None) -> list[LogEntry]:
        """Entries of `[since, until)`, oldest first."""
        return _cut(self._entries, since, until)

    def of_incident(
        self, incident_id: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[LogEntry]:
        """One incident's entries of `[since, until)`, oldest first."""
        return _cut(self._by_incident.get(incident_id, []), since, until)


def _cut(entries: list[LogEntry], since: datetime | None, until: datetime | None) -> list[LogEntry]:
    first = 0 if since is None else bisect_left(entries, (since, -1), key=_order)
    last = len(entries) if until is None else bisect_left(entries, (until, -1), key=_order)
    return entries[first:last]
