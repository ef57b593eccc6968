"""The objects, their versions and what happened to them: a small etcd.

Every write takes the next number of one counter, which is the object's `resourceVersion`. The newest writes are remembered
for those who watch. Where a file is given, each transaction is written to it before it is answered.
"""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from simulators.kubernetes.resources import KINDS, Object, Resource

FIRST_VERSION = 1_000
REMEMBERED_CHANGES = 20_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS object (resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
"""

Key = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """One write. `before` is the object as it was, null for a new one; `after` as it is, or as it was when it was removed."""

    version: int
    resource: Resource
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    before: Object | None
    after: Object


def key_of(body: Object) -> Key:
    """Namespace and name."""
    return body["metadata"].get("namespace", ""), body["metadata"]["name"]


class ObjectStore:
    """What there is. Not thread-safe: the world calls it under its lock."""

    def __init__(self, path: Path | None = None) -> None:
        self._file = _File(path) if path else None
        self.objects: dict[Resource, dict[Key, Object]] = {resource: {} for resource in KINDS}
        self.settings: dict[str, Any] = {}
        self.version = FIRST_VERSION
        self._changed: dict[tuple[Resource, Key], Object | None] = {}
        self._load()
        self._forget_changes()

    def _load(self) -> None:
        if self._file is not None:
            self.settings = self._file.settings()
            self.version = self.settings.get("version", FIRST_VERSION)
            for resource in KINDS:
                self.objects[resource] = {key_of(body): body for body in self._file.objects(resource)}

    def _forget_changes(self) -> None:
        self.changes: deque[Change] = deque(maxlen=REMEMBERED_CHANGES)
        #: A watch may begin at this version or a later one.
        self.oldest = self.version

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """An object, or none."""
        return self.objects[resource].get((namespace, name))

    def all(self, resource: Resource, namespace: str = "") -> list[Object]:
        """The objects of one kind, in order of namespace and name, as etcd has them."""
        found = self.objects[resource]
        return [found[key] for key in sorted(found) if not namespace or key[0] == namespace]

    def put(self, resource: Resource, body: Object) -> Object:
        """Writes a new or changed object; its `resourceVersion` is set. Nothing is written where nothing changed."""
        key = key_of(body)
        before = self.objects[resource].get(key)
        if before is not None and before == body:
            return before
        self.version += 1
        body = {**body, "metadata": {**body["metadata"], "resourceVersion": str(self.version)}}
        self.objects[resource][key] = body
        self._note(Change(self.version, resource, "MODIFIED" if before else "ADDED", before, body), key, body)
        return body

    def remove(self, resource: Resource, body: Object) -> Object:
        """Removes an object; gives it as it was last, with the version of its removal, as watchers see it."""
        key = key_of(body)
        before = self.objects[resource].pop(key)
        self.version += 1
        last = {**before, "metadata": {**before["metadata"], "resourceVersion": str(self.version)}}
        self._note(Change(self.version, resource, "DELETED", before, last), key, None)
        return last

    def _note(self, change: Change, key: Key, body: Object | None) -> None:
        if len(self.changes) == REMEMBERED_CHANGES:
            self.oldest = self.changes[0].version
        self.changes.append(change)
        self._changed[change.resource, key] = body

    def since(self, version: int) -> Iterable[Change]:
        """What happened after a version, oldest first."""
        newer: list[Change] = []
        for change in reversed(self.changes):
            if change.version <= version:
                break
            newer.append(change)
        return reversed(newer)

    def compact(self) -> None:
        """Forgets what happened so far, as etcd does every five minutes: a watch from before is told 410."""
        self._forget_changes()

    def commit(self) -> None:
        """Writes what changed since the last commit to the file."""
        if self._file is not None:
            self._file.save(self._changed, self.settings | {"version": self.version})
        self._changed.clear()

    def clear(self) -> None:
        """Forgets everything but the counter."""
        self.objects = {resource: {} for resource in KINDS}
        self.settings = {}
        self._changed.clear()
        self._forget_changes()
        if self._file is not None:
            self._file.clear()

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()


class _File:
    """One SQLite file of JSON."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._saved_settings: dict[str, str] = {}

    def objects(self, resource: Resource) -> Iterable[Object]:
        for (body,) in self._db.execute("SELECT body FROM object WHERE resource = ?", (resource.qualified,)):
            yield json.loads(body)

    def settings(self) -> dict[str, Any]:
        self._saved_settings = dict(self._db.execute("SELECT name, body FROM setting"))
        return {name: json.loads(body) for name, body in self._saved_settings.items()}

    def save(self, changed: dict[tuple[Resource, Key], Object | None], settings: dict[str, Any]) -> None:
        encoded = {name: json.dumps(value) for name, value in settings.items()}
        new = [(name, body) for name, body in encoded.items() if self._saved_settings.get(name) != body]
        if not changed and not new:
            return
        self._db.execute("BEGIN IMMEDIATE")
        for (resource, key), body in changed.items():
            if body is None:
                self._db.execute(
                    "DELETE FROM object WHERE resource = ? AND namespace = ? AND name = ?", (resource.qualified, *key)
                )
            else:
                row = (resource.qualified, *key, json.dumps(body))
                self._db.execute("INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?)", row)
        self._db.executemany("INSERT OR REPLACE INTO setting VALUES (?, ?)", new)
        self._db.execute("COMMIT")
        self._saved_settings |= dict(new)

    def clear(self) -> None:
        self._db.execute("DELETE FROM object")
        self._db.execute("DELETE FROM setting")
        self._saved_settings = {}

    def close(self) -> None:
        self._db.close()
