"""Lists: selectors, pages, and the tokens that lead from one page to the next."""

from __future__ import annotations

import base64
import json
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from simulators.kubernetes.errors import ApiError, bad_request, gone
from simulators.kubernetes.request import Target, number
from simulators.kubernetes.resources import Object
from simulators.kubernetes.selectors import Matcher, field_matcher, label_matcher
from simulators.kubernetes.store import key_of
from simulators.kubernetes.world import World

MOST_OPEN_LISTS = 64
_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue "
    "parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided "
    "token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was "
    "returned and now may show up in the list."
)


@dataclass(frozen=True)
class Page:
    """Part of a list, as of a version."""

    items: list[Object]
    version: int
    go_on: str = ""
    remaining: int = 0


def matcher(target: Target, query: QueryParams) -> Matcher:
    """What the request's selectors leave."""
    labels = label_matcher(query.get("labelSelector", ""))
    fields = field_matcher(target.resource, query.get("fieldSelector", ""))
    return lambda body: labels(body) and fields(body)


class Lists:
    """The lists that are being read: each page is of the same version as the first. Not thread-safe: it is called under the world's
    lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: OrderedDict[str, tuple[list[Object], int]] = OrderedDict()

    def expire(self) -> None:
        """Forgets all of them: whoever goes on is told 410."""
        self._open.clear()

    def page(self, target: Target, query: QueryParams) -> Page:
        """What a list request answers. 410 where its continue token has expired, 504 for a version that is yet to come."""
        limit = number(query, "limit") or 0
        if token := query.get("continue"):
            return self._next(target, query, token, limit)
        wanted = number(query, "resourceVersion") or 0
        version = self._world.store.version
        if wanted > version:
            message = f"Timeout: Too large resource version: {wanted}, current: {version}"
            raise ApiError(504, "Timeout", message, {"retryAfterSeconds": 1}, {"Retry-After": "1"})
        found = self._selected(target, query)
        if not limit or len(found) <= limit:
            return Page(found, version)
        return self._cut(secrets.token_hex(6), found, version, 0, limit)

    def _selected(self, target: Target, query: QueryParams) -> list[Object]:
        return list(filter(matcher(target, query), self._world.store.all(target.resource, target.namespace)))

    def _cut(self, id_: str, found: list[Object], version: int, start: int, limit: int) -> Page:
        end = start + limit if limit else len(found)
        if end >= len(found):
            return Page(found[start:], version)
        if id_ not in self._open:
            self._open[id_] = (found, version)
            if len(self._open) > MOST_OPEN_LISTS:
                self._open.popitem(last=False)
        last = key_of(found[end - 1])
        return Page(found[start:end], version, _token(id_, version, end, last), len(found) - end)

    def _next(self, target: Target, query: QueryParams, token: str, limit: int) -> Page:
        try:
            place = json.loads(base64.urlsafe_b64decode(token + "=="))
            id_, start, last = place["id"], int(place["at"]), (str(place["last"][0]), str(place["last"][1]))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise bad_request(f"continue key is not valid: {error}") from error
        if not id_:  # The inconsistent rest, which a 410 has offered.
            rest = [body for body in self._selected(target, query) if key_of(body) > last]
            return self._cut(secrets.token_hex(6), rest, self._world.store.version, 0, limit)
        if id_ not in self._open:
            raise gone(_EXPIRED, go_on=_token("", -1, 0, last))
        found, version = self._open[id_]
        return self._cut(id_, found, version, start, limit)


def _token(id_: str, version: int, at: int, last: tuple[str, str]) -> str:
    place = {"v": "meta.k8s.io/v1", "rv": version, "id": id_, "at": at, "last": last}
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
