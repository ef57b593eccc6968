"""What the streams are told of clocks: alarms all of them, the walls their cards and today's figures.

Each piece is made once a refresh for everybody it concerns and sent only where it differs from what was last sent, so
that a change that moves no clock costs the thousand streams nothing.
"""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import translation

from accounts.database_time import database_now
from incidents.wall import alarm_data, alarms_at, attained_today, wall_at
from oncall_portal.live_stream import Page, Stream, event
from oncall_portal.live_work import in_thread


@dataclass(frozen=True)
class Piece:
    """One event that several streams share. Words depend on the language, today on the zone; '' where on neither."""

    name: str
    language: str = ""
    time_zone: str = ""


ALARMS = Piece("alarms")
#: Those that come within so many seconds are told what was last seen; one that comes later may have come after a change
#: that nobody announced.
SHARED_FOR = 0.5


def pieces_of(stream: Stream) -> tuple[Piece, ...]:
    """What this stream is told, in this order."""
    if stream.page is not Page.WALL:
        return (ALARMS,)
    language = stream.audience.language
    return ALARMS, Piece("wall", language), Piece("today", language, stream.time_zone)


def clock_news(pieces: Iterable[Piece]) -> dict[Piece, bytes]:
    """The event of each piece as it is now: one query for all alarms, one for all walls, one for each zone's day."""
    now = database_now()
    wanted = set(pieces)
    news = {ALARMS: event("alarms", json.dumps(alarm_data(alarms_at(now)), separators=(",", ":")))}
    walls = {piece for piece in wanted if piece.name == "wall"}
    days = {piece for piece in wanted if piece.name == "today"}
    wall = wall_at(now) if walls else None
    today = {zone: attained_today(now, ZoneInfo(zone)) for zone in {piece.time_zone for piece in days}}
    for piece in walls | days:
        with translation.override(piece.language):
            given = {"wall": wall} if piece in walls else {"today": today[piece.time_zone]}
            news[piece] = event(piece.name, render_to_string(f"incidents/wall.html#{piece.name}", given))
    return news


class ClockNews:
    """Keeps the streams of one process told."""

    def __init__(self, streams: set[Stream]) -> None:
        self._streams = streams
        self._last: dict[Piece, bytes] = {}
        self._is_stale = True
        self._looked_at = 0.0
        self._one_at_a_time = asyncio.Lock()

    def mark_stale(self) -> None:
        """Something changed, or may have: whoever comes now must not be told what was last sent."""
        self._is_stale = True

    async def refresh(self) -> None:
        """Looks, and tells whom it concerns what differs."""
        self._is_stale = True
        if self._streams:
            async with self._one_at_a_time:
                await self._look()

    async def beginning(self, stream: Stream) -> bytes:
        """What a stream that is among the others already is told first. Many that come together share one look."""
        pieces = pieces_of(stream)
        async with self._one_at_a_time:
            is_old = time.monotonic() - self._looked_at > SHARED_FOR
            if self._is_stale or is_old or not self._last.keys() >= set(pieces):
                await self._look()
            stream.hears_of_clocks = True
            return b"".join(self._last[piece] for piece in pieces)

    async def _look(self) -> None:
        streams = {stream: pieces_of(stream) for stream in self._streams}
        # Before the look: what changes during it makes stale again.
        self._is_stale, self._looked_at = False, time.monotonic()
        try:
            news = await in_thread(clock_news, {piece for pieces in streams.values() for piece in pieces})
        except BaseException:
            self._is_stale = True
            raise
        changed = {piece: data for piece, data in news.items() if self._last.get(piece) != data}
        self._last = news
        if not changed:
            return
        for stream, pieces in streams.items():
            data = b"".join(changed[piece] for piece in pieces if piece in changed)
            # One that is not told yet gets all of it as its beginning.
            if data and stream.hears_of_clocks:
                stream.push(data)
