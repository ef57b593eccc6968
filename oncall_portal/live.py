"""The live streams: a small ASGI application beside Django that holds connections and pushes what changed.

One listener a process hears `incident 42 is at version 17` from Valkey. The board's row is then rendered once for every
audience that has a stream here, coalesced to a few a second, and the same bytes go to all of them. A room is told only
that its incident changed; the browser fetches the part from a view that checks what it may see. What every stream is
told of clocks is in `live_clocks`.
"""

import asyncio
import json
import logging
from collections.abc import Iterable
from itertools import count
from typing import Any

import redis.asyncio as redis
from django.conf import settings

from accounts.live_channel import CHANNEL
from incidents.rendering import Audience
from oncall_portal.live_clocks import ClockNews
from oncall_portal.live_render import BoardNews, board_news, board_snapshot, room_versions, tick_data
from oncall_portal.live_stream import NOTICED, Page, Stream, event
from oncall_portal.live_work import in_thread, run_forever

logger = logging.getLogger(__name__)

#: Changes that arrive within this long after a push are pushed together (seconds).
COALESCE = 0.2
TICK_EVERY = 10.0
#: A listener that heard nothing for so long asks whether Valkey is there, and how long it waits for the answer (seconds).
SILENT_AFTER, ANSWERS_WITHIN = 15.0, 5.0
#: An announcement may be lost though nothing broke the streams: so many ticks later everybody compares all the same.
TICKS_TO_SNAPSHOT = 6
#: Clocks wait so long after a change, so that the boards' rows go out first (seconds).
ROWS_FIRST = 0.1


class Hub:
    """All streams of this process and the one listener that feeds them."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self.clocks = ClockNews(self.streams)
        self._tasks: list[asyncio.Task[None]] = []
        self._changed: dict[int, int] = {}
        self._wake = asyncio.Event()
        self._wake_clocks = asyncio.Event()

    def start(self) -> None:
        """Begins to listen, once, with the first stream."""
        if not self._tasks:
            loops = (self._listen, self._push_changes, self._push_clocks, self._tick)
            self._tasks = [asyncio.create_task(run_forever(work)) for work in loops]

    def say_bye(self) -> None:
        """Ends every stream: the server goes down."""
        for stream in list(self.streams):
            stream.cut()

    async def stop(self) -> None:
        """Ends the streams and the listener."""
        self.say_bye()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _listen(self) -> None:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=10)
        async with client, client.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            # What was published while nobody listened is in no message: everybody compares with a snapshot.
            await self._send_snapshots()
            self._clocks_changed()
            while True:
                message = await pubsub.get_message(timeout=SILENT_AFTER)
                if message is None:
                    # Nothing happened, or the connection is half dead, which only an answer can tell apart.
                    await pubsub.ping()
                    message = await pubsub.get_message(timeout=ANSWERS_WITHIN)
                if message is None:
                    raise redis.ConnectionError("Valkey does not answer")
                if message["type"] == "message":
                    self._note(message["data"])

    def _note(self, data: bytes) -> None:
        try:
            message: dict[str, Any] = json.loads(data)
            if "cluster" in message:
                self._tell_of_cluster()
                return
            if "person" in message:
                self._tell_person(str(message["person"]))
                return
            news = {int(number): int(version) for number, version in message["incidents"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            logger.warning("a message on %s is not ours", CHANNEL)
            return
        for number, version in news.items():
            self._changed[number] = max(version, self._changed.get(number, 0))
        self._wake.set()
        self._clocks_changed()

    def _tell_of_cluster(self) -> None:
        """Every board asks for its panel anew: nothing in it depends on the reader, so that few renderings serve all."""
        for stream in self.streams:
            if stream.page is Page.BOARD:
                stream.push(event("cluster", "{}"))

    def _tell_person(self, person_key: str) -> None:
        """Somebody was told something: their pages ask what, whichever they are."""
        for stream in self.streams:
            if stream.person_key == person_key:
                stream.push(NOTICED)

    def _clocks_changed(self) -> None:
        self.clocks.mark_stale()
        self._wake_clocks.set()

    async def _push_clocks(self) -> None:
        while True:
            await self._wake_clocks.wait()
            self._wake_clocks.clear()
            await asyncio.sleep(ROWS_FIRST)
            await self.clocks.refresh()
            await asyncio.sleep(COALESCE)

    async def _push_changes(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            changed, self._changed = self._changed, {}
            self._push_to_rooms(changed)
            await self._push_to_boards(changed)
            await asyncio.sleep(COALESCE)

    def _push_to_rooms(self, changed: dict[int, int]) -> None:
        told = {
            number: event("incident", json.dumps({"number": number, "version": version}))
            for number, version in changed.items()
        }
        for stream in self.streams:
            if stream.number in told:
                stream.push(told[stream.number])

    async def _push_to_boards(self, changed: dict[int, int]) -> None:
        audiences = self._audiences()
        if not audiences:
            return
        news = await in_thread(board_news, sorted(changed), sorted(audiences, key=lambda each: each.key))
        for audience, data in pack(news).items():
            self._push(audience, data)

    def _push(self, audience: Audience, data: bytes) -> None:
        for stream in self.streams:
            if stream.page is Page.BOARD and stream.audience == audience:
                stream.push(data)

    def _audiences(self) -> set[Audience]:
        return {stream.audience for stream in self.streams if stream.page is Page.BOARD}

    async def _send_snapshots(self) -> None:
        """Tells every board and every room which versions are the latest, so that each fetches what it lacks."""
        numbers = {stream.number for stream in self.streams if stream.number is not None}
        if numbers:
            self._push_to_rooms(await in_thread(room_versions, numbers))
        if self._audiences():
            data = event("snapshot", json.dumps(await in_thread(board_snapshot)))
            for stream in self.streams:
                if stream.page is Page.BOARD:
                    stream.push(data)

    async def _tick(self) -> None:
        for ticks in count(1):
            await asyncio.sleep(TICK_EVERY)
            if ticks % TICKS_TO_SNAPSHOT == 0:
                await self._send_snapshots()
            if self.streams:
                data = event("tick", json.dumps(await in_thread(tick_data)))
                for stream in self.streams:
                    stream.push(data)
            # A clock turns by time alone, and the engine that announces it may be down.
            await self.clocks.refresh()


def pack(news: Iterable[BoardNews]) -> dict[Audience, bytes]:
    """The bytes for each audience: its rows, then the numbers over the board."""
    return {
        each.audience: b"".join(event("row", html) for html in each.rows) + event("strip", each.strip) for each in news
    }
