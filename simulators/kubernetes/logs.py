"""What containers have logged: lines that follow from the container and the clock alone, so that none needs to be kept.

Some hold what must not be shown to everybody (tokens, passwords), as careless applications do; some are coloured.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from simulators.kubernetes.clock import parse
from simulators.kubernetes.metrics import is_faulty
from simulators.kubernetes.resources import Object
from simulators.kubernetes.world import World

EVERY = timedelta(seconds=2)
_GREEN, _YELLOW, _RED, _PLAIN = "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[0m"
_PATHS = ("/v1/messages", "/v1/commands", "/v1/rooms/42", "/healthz", "/v1/presence")

type Line = tuple[datetime, str]


def _token(seed: str) -> str:
    """A JWT that nobody accepts."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "chatops-demo", "jti": seed[:12]})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    signature = base64.urlsafe_b64encode(hashlib.sha256(seed.encode()).digest()).decode().rstrip("=")
    return ".".join([*encoded, signature])


def _start_up(name: str, image: str) -> list[str]:
    return [
        f"{_GREEN}INFO{_PLAIN}  starting {name} from {image}",
        f"{_GREEN}INFO{_PLAIN}  config loaded: log_level=info password=hunter2-demo pool=20",
        f"{_GREEN}INFO{_PLAIN}  connecting to postgres://chatops:hunter2-demo@chatops-prod.example.com:5432/chatops",
        f"{_GREEN}INFO{_PLAIN}  listening on 0.0.0.0:8080",
    ]


def _last_words(name: str) -> list[str]:
    return [
        f"{_RED}ERROR{_PLAIN} cannot read the configuration: missing key 'router.shards'",
        "Traceback (most recent call last):",
        f'  File "/srv/{name}/main.py", line 41, in <module>',
        "    shards = int(configuration['router.shards'])",
        "KeyError: 'router.shards'",
        f"{_RED}ERROR{_PLAIN} fatal: exiting with code 1",
    ]


def _ordinary(seed: str, number: int, *, is_faulty: bool) -> str:
    digest = hashlib.sha256(f"{seed}{number}".encode()).digest()
    request, path, took = digest.hex()[:8], _PATHS[digest[4] % len(_PATHS)], 4 + digest[5] % 60
    chance = digest[6] * 256 + digest[7]
    if is_faulty and chance % 3 == 0:
        kinds = (
            f"upstream engine answered 502 for {path} request={request}",
            f"unhandled error in route {path} request={request}: KeyError: 'shard'",
            f"timeout after 3000 ms waiting for router shard={digest[8] % 16} request={request}",
        )
        return f"{_RED}ERROR{_PLAIN} {kinds[digest[8] % 3]}"
    match chance % 97:
        case 0:
            return f"{_RED}ERROR{_PLAIN} request={request} {path} failed: connection reset by peer"
        case 1 | 2:
            return f"{_YELLOW}WARN{_PLAIN}  slow query took={took * 40}ms request={request}"
        case 3:
            return f"{_GREEN}DEBUG{_PLAIN} outgoing headers Authorization: Bearer {_token(seed + request)}"
        case 4:
            return f"{_GREEN}DEBUG{_PLAIN} login retried user=bot password={digest.hex()[:12]} request={request}"
        case 5:
            return f"{_RED}ERROR{_PLAIN} pool: lost postgres://chatops:{digest.hex()[:10]}@chatops-prod.example.com:5432/chatops"
        case _:
            return f"{_GREEN}INFO{_PLAIN}  {path} 200 {took}ms request={request}"


def lines(
    world: World, pod: Object, container: Object, *, is_previous: bool = False, newest: int | None = None
) -> Iterator[Line]:
    """The lines of a container's current run, or of the one before, oldest first; `newest` leaves all but so many out.

    `container` is its status.
    """
    state = container["state"]
    ended = container["lastState"].get("terminated") if is_previous or "running" not in state else None
    if ended is None and "terminated" in state:
        ended = state["terminated"]
    if ended is not None:
        start, end = parse(ended["startedAt"]), parse(ended["finishedAt"])
    elif "running" in state:
        start, end = parse(state["running"]["startedAt"]), world.now()
    else:
        return
    name, image = container["name"], container["image"]
    seed = f"{pod['metadata']['uid']}{name}{int(start.timestamp())}"
    first = [(start + timedelta(milliseconds=120 * index), text) for index, text in enumerate(_start_up(name, image))]
    last: list[Line] = []
    if ended is not None and ended["exitCode"] == 1:
        last = [(end + timedelta(milliseconds=index), text) for index, text in enumerate(_last_words(name))]
    count = max(0, int((end - start) / EVERY))
    skipped = max(0, len(first) + count + len(last) - newest) if newest is not None else 0
    yield from first[skipped:]
    fails = is_faulty(world, pod)
    for number in range(max(0, skipped - len(first)), count):
        at = start + EVERY * (number + 1)
        yield at, _ordinary(seed, number, is_faulty=fails)
    yield from last[max(0, skipped - len(first) - count) :]


def encoded(line: Line, *, has_timestamp: bool) -> bytes:
    """As the kubelet sends it: the timestamp in nanoseconds where asked for."""
    at, text = line
    stamp = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}000Z " if has_timestamp else ""
    return f"{stamp}{text}\n".encode()
