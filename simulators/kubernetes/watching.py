"""Watches: what happens to objects, as lines of JSON on an open connection."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.datastructures import QueryParams

from simulators.kubernetes.errors import gone
from simulators.kubernetes.lists import matcher
from simulators.kubernetes.request import Target, is_true, number
from simulators.kubernetes.resources import Object
from simulators.kubernetes.selectors import Matcher
from simulators.kubernetes.store import Change
from simulators.kubernetes.world import World

LOOK_EVERY_S, BOOKMARK_EVERY_S, LONGEST_S = 0.02, 1.0, 1_800

type Render = Callable[[Object], Object]


async def watch(world: World, target: Target, query: QueryParams, render: Render) -> AsyncIterator[bytes]:
    """Lines until `timeoutSeconds` are over. Without a version, or from 0, what there is comes first."""
    matches = matcher(target, query)
    wants_bookmarks = is_true(query, "allowWatchBookmarks")
    ends = time.monotonic() + (number(query, "timeoutSeconds") or LONGEST_S)
    version = number(query, "resourceVersion") or 0
    with world.transaction():
        oldest, newest = world.store.oldest, world.store.version
        first: list[Object] = []
        if not version:
            version = newest
            first = [body for body in world.store.all(target.resource, target.namespace) if matches(body)]
    if version < oldest:
        yield _line("ERROR", gone(f"too old resource version: {version} ({oldest})").body())
        return
    for body in first:
        yield _line("ADDED", render(body))
    if is_true(query, "sendInitialEvents"):
        yield _bookmark(target, version, {"k8s.io/initial-events-end": "true"})
    bookmark_at = time.monotonic() + BOOKMARK_EVERY_S
    while time.monotonic() < ends:
        with world.transaction():
            changes, newest = list(world.store.since(version)), world.store.version
        for change in changes:
            if line := _news(change, target, matches, render):
                yield line
        version = newest
        if wants_bookmarks and time.monotonic() >= bookmark_at:
            yield _bookmark(target, version)
            bookmark_at = time.monotonic() + BOOKMARK_EVERY_S
        await asyncio.sleep(LOOK_EVERY_S)
    if wants_bookmarks:
        yield _bookmark(target, version)


def _news(change: Change, target: Target, matches: Matcher, render: Render) -> bytes | None:
    """The line of a change. One that leaves the selection is told as deleted, one that enters it as added."""
    body = change.after
    if change.resource is not target.resource or target.namespace not in ("", body["metadata"].get("namespace", "")):
        return None
    was = change.before is not None and matches(change.before)
    is_ = change.type != "DELETED" and matches(body)
    if not was and not is_:
        return None
    kind = "MODIFIED" if was and is_ else "ADDED" if is_ else "DELETED"
    return _line(kind, render(body))


def _bookmark(target: Target, version: int, annotations: dict[str, str] | None = None) -> bytes:
    meta: dict[str, Any] = {"resourceVersion": str(version), "creationTimestamp": None}
    if annotations:
        meta["annotations"] = annotations
    resource = target.resource
    return _line("BOOKMARK", {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": meta})


def _line(kind: str, body: Object) -> bytes:
    return json.dumps({"type": kind, "object": body}, separators=(",", ":")).encode() + b"\n"
