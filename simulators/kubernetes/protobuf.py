"""The one request that kubectl sends as protobuf: `kubectl auth can-i` asks with a SelfSubjectAccessReview in that form.

Source: Kubernetes' «API concepts», «Protobuf encoding», and `k8s.io/api/authorization/v1/generated.proto`. The answer may be
JSON, which kubectl accepts beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulators.kubernetes.resources import Object

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_LENGTH_DELIMITED = 2
#: Fields of `runtime.Unknown`, of the review and its spec, and of ResourceAttributes.
_RAW, _SPEC, _ATTRIBUTES = 2, 2, 1
_NAMES = {1: "namespace", 2: "verb", 3: "group", 4: "version", 5: "resource", 6: "subresource", 7: "name"}


def read_review(body: bytes) -> Object:
    """The review as its JSON would be. ValueError for anything else."""
    if not body.startswith(_MAGIC):
        raise ValueError("no Kubernetes protobuf")
    spec = _message(_message(body[len(_MAGIC) :], _RAW), _SPEC)
    attributes = {
        _NAMES[number]: value.decode() for number, value in _fields(_message(spec, _ATTRIBUTES)) if number in _NAMES
    }
    return {"spec": {"resourceAttributes": {name: value for name, value in attributes.items() if value}}}


def _message(body: bytes, number: int) -> bytes:
    """The field of that number; empty where there is none."""
    return next((value for each, value in _fields(body) if each == number), b"")


def _fields(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a message: no other kind is needed here."""
    at = 0
    while at < len(body):
        key, at = _varint(body, at)
        if key & 7 != _LENGTH_DELIMITED:
            _skipped, at = _varint(body, at)
            continue
        length, at = _varint(body, at)
        if at + length > len(body):
            raise ValueError("a field is cut short")
        yield key >> 3, body[at : at + length]
        at += length


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """A number, and where the next thing begins."""
    value = shift = 0
    while True:
        if at >= len(body) or shift > 63:
            raise ValueError("a number is cut short")
        byte = body[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
