"""Where the world survives: one SQLite file of JSON records and a few named values.

Each transaction of the world is one SQLite transaction in write-ahead mode: `kill -9` of the process loses nothing
that was answered.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from simulators.pagerduty.model import Record

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id))
WITHOUT ROWID; CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
"""


class Store:
    """The file. Not thread-safe: the world calls it under its lock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def load(self, kind: type[Record]) -> Iterable[Record]:
        """Every record of one kind, in no particular order."""
        for (body,) in self._db.execute("SELECT body FROM record WHERE kind = ?", (kind.kind,)):
            yield kind.model_validate_json(body)

    def load_settings(self) -> dict[str, Any]:
        """All named values."""
        return {name: json.loads(body) for name, body in self._db.execute("SELECT name, body FROM setting")}

    def save(self, changed: Iterable[Record], removed: Iterable[tuple[str, str]], settings: Mapping[str, Any]) -> None:
        """Writes one transaction of the world: records changed, (kind, id) removed, settings set."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?)", ((r.kind, r.id, r.model_dump_json()) for r in changed)
        )
        self._db.executemany("DELETE FROM record WHERE kind = ? AND id = ?", removed)
        self._db.executemany(
            "INSERT OR REPLACE INTO setting VALUES (?, ?)",
            ((name, json.dumps(body)) for name, body in settings.items()),
        )
        self._db.execute("COMMIT")

    def clear(self) -> None:
        """Forgets everything."""
        self._db.execute("DELETE FROM record")
        self._db.execute("DELETE FROM setting")

    def close(self) -> None:
        """Closes the file; nothing is pending."""
        self._db.close()
