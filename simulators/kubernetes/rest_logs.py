"""`GET …/pods/{name}/log`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from starlette.datastructures import QueryParams
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from simulators.kubernetes import logs
from simulators.kubernetes.clock import parse
from simulators.kubernetes.errors import ApiError, bad_request, not_found
from simulators.kubernetes.request import Target, is_true, number
from simulators.kubernetes.resources import PODS, Object
from simulators.kubernetes.world import World

_CHUNK = 64 * 1024


def answer_log(world: World, target: Target, query: QueryParams) -> Response:
    """The log of one container. 400 where it is not said which, or where it never ran."""
    pod = world.store.get(PODS, target.namespace, target.name)
    if pod is None:
        raise not_found(PODS, target.name)
    tail, limit = _count(query, "tailLines", least=0), _count(query, "limitBytes", least=1)
    container = _container(pod, query.get("container", ""))
    if not pod["spec"].get("nodeName"):
        return PlainTextResponse("")
    is_previous = is_true(query, "previous")
    raw = None if is_previous else world.raw_logs.get(target.name)
    if raw is not None:
        chunks: Iterable[bytes] = [_tail(raw, tail)] if isinstance(raw, bytes) else raw()
        return StreamingResponse(_limited(chunks, limit), media_type="text/plain")
    status = _status(pod, container)
    _check_that_it_ran(pod, status, is_previous=is_previous)
    since = _since(world, query)
    with_stamp = is_true(query, "timestamps")
    found = logs.lines(world, pod, status, is_previous=is_previous, newest=None if since else tail)
    kept = [logs.encoded(line, has_timestamp=with_stamp) for line in found if since is None or line[0] >= since]
    if tail is not None:
        kept = kept[len(kept) - min(tail, len(kept)) :]
    return StreamingResponse(_limited(_joined(kept), limit), media_type="text/plain")


def _count(query: QueryParams, name: str, *, least: int) -> int | None:
    value = number(query, name)
    if value is not None and value < least:
        bound = "greater than 0" if least else "greater than or equal to 0"
        message = f"Invalid value: {value}: must be {bound}"
        causes = [{"reason": "FieldValueInvalid", "message": message, "field": name}]
        raise ApiError(
            422,
            "Invalid",
            f'PodLogOptions "" is invalid: {name}: {message}',
            {"kind": "PodLogOptions", "causes": causes},
        )
    return value


def _container(pod: Object, asked: str) -> str:
    names = [container["name"] for container in pod["spec"]["containers"]]
    name = pod["metadata"]["name"]
    if not asked:
        if len(names) > 1:
            raise bad_request(f"a container name must be specified for pod {name}, choose one of: [{' '.join(names)}]")
        return str(names[0])
    if asked not in names:
        raise bad_request(f"container {asked} is not valid for pod {name}")
    return asked


def _status(pod: Object, container: str) -> Object:
    found: Object = next(each for each in pod["status"]["containerStatuses"] if each["name"] == container)
    return found


def _check_that_it_ran(pod: Object, status: Object, *, is_previous: bool) -> None:
    name, container = pod["metadata"]["name"], status["name"]
    has_run_before = "terminated" in status["lastState"]
    if is_previous and not has_run_before:
        raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
    if "waiting" in status["state"] and not has_run_before:
        reason = status["state"]["waiting"]["reason"]
        if reason in ("ErrImagePull", "ImagePullBackOff"):
            raise bad_request(
                f'container "{container}" in pod "{name}" is waiting to start: trying and failing to pull image'
            )
        raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {reason}')


def _since(world: World, query: QueryParams) -> datetime | None:
    seconds = number(query, "sinceSeconds")
    if seconds is not None:
        return world.now() - timedelta(seconds=seconds)
    if text := query.get("sinceTime"):
        try:
            return parse(text)
        except ValueError as error:
            raise bad_request(f'parsing time "{text}": {error}') from error
    return None


def _tail(raw: bytes, lines: int | None) -> bytes:
    if lines is None:
        return raw
    return b"".join(raw.splitlines(keepends=True)[-lines:]) if lines else b""


def _joined(lines: list[bytes]) -> Iterator[bytes]:
    """In chunks of some size: a chunk a line would be slow."""
    held = b""
    for line in lines:
        held += line
        if len(held) >= _CHUNK:
            yield held
            held = b""
    if held:
        yield held


def _limited(chunks: Iterable[bytes], limit: int | None) -> Iterator[bytes]:
    """The first `limit` bytes, as the kubelet cuts: not the newest ones."""
    left = limit
    for chunk in chunks:
        if left is None:
            yield chunk
        elif left > 0:
            yield chunk[:left]
            left -= len(chunk)
        else:
            return
