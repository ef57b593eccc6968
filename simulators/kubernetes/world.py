"""The cluster's state: its objects, and what is true of it that no object says (which image is bad, how busy a service is)."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from simulators.kubernetes.clock import Clock, iso, iso_micro, parse
from simulators.kubernetes.resources import EVENTS, PODS, Object, Resource
from simulators.kubernetes.shapes import new_meta
from simulators.kubernetes.store import ObjectStore

#: `bad`: its containers crash soon after they start. `faulty`: they run and are ready, and fail many requests. `unpullable`:
#: there is no such image.
type Behaviour = Literal["bad", "faulty", "unpullable"]

NAMESPACE = "chatops"
EVENTS_LAST = timedelta(hours=1)
#: Since this version the scheduler writes events with `eventTime`, and without the older timestamps.
_NEW_STYLE = "default-scheduler"


@dataclass(frozen=True)
class Load:
    """What the users of one service ask of it: millicores of all its pods together, MiB of each, per cent of requests that
    fail."""

    cpu: float = 600
    memory: float = 140
    errors: float = 0.2


class World:
    """All changes happen inside `with world.transaction():`, which holds the lock and writes them to the store when it ends."""

    def __init__(self, store: ObjectStore | None = None, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.store = store or ObjectStore()
        self._lock = threading.RLock()
        self._depth = 0
        #: Raw logs that a test has set, by pod: bytes, or what yields them.
        self.raw_logs: dict[str, bytes | Callable[[], Iterable[bytes]]] = {}
        #: Sentences that every write answers in a `Warning` header.
        self.warnings: list[str] = []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Holds the lock; what changed is written when the outermost one ends."""
        with self._lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self.store.commit()

    def now(self) -> datetime:
        """The cluster's instant."""
        return self.clock.now()

    # -- what no object says -------------------------------------------------------------------------------------------

    def setting(self, name: str) -> dict[str, Any]:
        """A named part of the state; whoever changes it uses `change`."""
        found: dict[str, Any] = self.store.settings.get(name) or {}
        return found

    def change(self, name: str, key: str, value: Any) -> None:
        """Sets one entry of a named part; null removes it."""
        part = {**self.setting(name), key: value}
        self.store.settings[name] = {each: kept for each, kept in part.items() if kept is not None}

    def behaviour(self, image: str) -> Behaviour | None:
        """What is wrong with an image; null: nothing."""
        found: Behaviour | None = self.setting("images").get(image)
        return found

    def declare(self, image: str, behaviour: Behaviour | None) -> None:
        """Says what is wrong with an image from now on."""
        with self.transaction():
            self.change("images", image, behaviour)

    def load(self, deployment: str) -> Load:
        """What is asked of a deployment."""
        return Load(**self.setting("loads").get(deployment, {}))

    def set_load(self, deployment: str, **load: float) -> None:
        """Changes what is asked of a deployment (fields of `Load`)."""
        Load(**load)
        with self.transaction():
            self.change("loads", deployment, {**self.setting("loads").get(deployment, {}), **load})

    def leak(self, pod_uid: str, mib_a_minute: float, *, most_mib: float = math.inf) -> None:
        """A pod begins to lose memory; it stops when its container restarts, and is gone with the pod."""
        most = None if math.isinf(most_mib) else most_mib
        with self.transaction():
            self.change("leaks", pod_uid, {"since": self.now().isoformat(), "rate": mib_a_minute, "most": most})

    def leaked(self, pod_uid: str, at: datetime) -> float:
        """How many MiB a pod has lost."""
        leak = self.setting("leaks").get(pod_uid)
        if leak is None:
            return 0.0
        since = datetime.fromisoformat(leak["since"])
        lost = max(0.0, float(leak["rate"]) * (at - since).total_seconds() / 60)
        return lost if leak["most"] is None else min(lost, float(leak["most"]))

    @property
    def has_metrics(self) -> bool:
        """Whether there is a metrics server."""
        return bool(self.setting("metrics").get("is_served", True))

    def set_metrics(self, is_served: bool) -> None:
        """Installs or removes the metrics server."""
        with self.transaction():
            self.change("metrics", "is_served", is_served)

    # -- objects -------------------------------------------------------------------------------------------------------

    def pods_by_owner(self) -> dict[str, list[Object]]:
        """The pods of each controller's uid, in order of name."""
        found: dict[str, list[Object]] = {}
        for pod in self.store.objects[PODS].values():
            for reference in pod["metadata"].get("ownerReferences") or ():
                if reference.get("controller"):
                    found.setdefault(reference["uid"], []).append(pod)
        return found

    def record(
        self,
        resource: Resource,
        about: Object,
        reason: str,
        message: str,
        *,
        component: str,
        is_warning: bool = False,
        host: str = "",
        field_path: str = "",
        at: datetime | None = None,
    ) -> None:
        """Writes an event, or counts one up that says the same of the same object; twice in a second counts once."""
        at = at or self.now()
        meta = about["metadata"]
        same = next(
            (
                event
                for event in self.store.objects[EVENTS].values()
                if event["involvedObject"]["uid"] == meta["uid"]
                and (event["reason"], event["message"]) == (reason, message)
            ),
            None,
        )
        if same is not None:
            if iso(last_at(same)) != iso(at):
                self.store.put(EVENTS, _again(same, at))
            return
        name = f"{meta['name']}.{int(at.timestamp() * 1e9):016x}"
        while self.store.get(EVENTS, meta.get("namespace", ""), name):
            name = f"{meta['name']}.{int(name.rpartition('.')[2], 16) + 1:016x}"
        involved = {
            "kind": resource.kind,
            "namespace": meta.get("namespace", ""),
            "name": meta["name"],
            "uid": meta["uid"],
            "apiVersion": resource.api_version,
            "resourceVersion": meta.get("resourceVersion", ""),
            **({"fieldPath": field_path} if field_path else {}),
        }
        self.store.put(
            EVENTS,
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": new_meta(name, meta.get("namespace", ""), at),
                "involvedObject": involved,
                "reason": reason,
                "message": message,
                "type": "Warning" if is_warning else "Normal",
                **_times(component, host, at),
            },
        )

    def forget_old_events(self) -> None:
        """Events live for an hour."""
        oldest = self.now() - EVENTS_LAST
        for event in list(self.store.objects[EVENTS].values()):
            if last_at(event) < oldest:
                self.store.remove(EVENTS, event)

    def close(self) -> None:
        """Closes the state file."""
        with self._lock:
            self.store.close()


def _times(component: str, host: str, at: datetime) -> Object:
    if component == _NEW_STYLE:
        return {
            "source": {},
            "firstTimestamp": None,
            "lastTimestamp": None,
            "eventTime": iso_micro(at),
            "action": "Binding",
            "reportingComponent": component,
            "reportingInstance": f"{component}-control-plane-1",
        }
    return {
        "source": {"component": component, **({"host": host} if host else {})},
        "firstTimestamp": iso(at),
        "lastTimestamp": iso(at),
        "count": 1,
        "eventTime": None,
        "reportingComponent": component,
        "reportingInstance": host,
    }


def _again(event: Object, at: datetime) -> Object:
    if event["eventTime"] is None:
        return {**event, "count": event["count"] + 1, "lastTimestamp": iso(at)}
    count = (event.get("series") or {"count": 1})["count"] + 1
    return {**event, "series": {"count": count, "lastObservedTime": iso_micro(at)}}


def last_at(event: Object) -> datetime:
    """The newest of an event's timestamps."""
    series = event.get("series") or {}
    texts = (event.get("lastTimestamp"), event.get("eventTime"), series.get("lastObservedTime"))
    return max(parse(text) for text in (*texts, event["metadata"]["creationTimestamp"]) if text)
