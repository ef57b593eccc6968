"""A line graph as PNG, by zlib alone: eight colours, one byte a pixel."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence

_BACKGROUND, _GRID, _LINE, _FILL, _LIMIT = range(5)
_COLOURS = bytes.fromhex("181b1f" "2c3036" "73bf69" "24382a" "f2495c")  # fmt: skip
_MARGIN = 12
_GRID_LINES = 5


def line_graph(values: Sequence[float], *, width: int, height: int, limit: float | None = None) -> bytes:
    """The values from left to right over a grid, filled below; `limit` is a line across. Raises ValueError for no area."""
    if width <= 2 * _MARGIN or height <= 2 * _MARGIN:
        raise ValueError("too small for a graph")
    rows = [bytearray(width) for _ in range(height)]
    left, right, top, bottom = _MARGIN, width - _MARGIN, _MARGIN, height - _MARGIN
    for step in range(_GRID_LINES + 1):
        _across(rows, top + (bottom - 1 - top) * step // _GRID_LINES, left, right, _GRID)
    highest = max([*values, limit or 0.0, 1e-9])

    def at(value: float) -> int:
        return round(bottom - 1 - (bottom - 1 - top) * min(max(value / highest, 0.0), 1.0))

    if values:
        spots = [at(_between(values, (x - left) / max(1, right - left - 1))) for x in range(left, right)]
        for x, y, before in zip(range(left, right), spots, [spots[0], *spots], strict=False):
            for row in rows[y + 1 : bottom]:
                row[x] = row[x] or _FILL
            for row in rows[min(y, before) : max(y, before) + 2]:
                row[x] = _LINE
    if limit is not None:
        _across(rows, at(limit), left, right, _LIMIT)
    return _png(rows, width, height)


def _between(values: Sequence[float], share: float) -> float:
    """The value at a share of the way from the first to the last."""
    place = share * (len(values) - 1)
    before = values[math.floor(place)]
    return before + (values[math.ceil(place)] - before) * (place - math.floor(place))


def _across(rows: list[bytearray], y: int, left: int, right: int, colour: int) -> None:
    rows[y][left:right] = bytes([colour]) * (right - left)


def _png(rows: list[bytearray], width: int, height: int) -> bytes:
    """Source: the PNG specification. A row begins with its filter: none."""
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    chunks = ((b"IHDR", header), (b"PLTE", _COLOURS), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
