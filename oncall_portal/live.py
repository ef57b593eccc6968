"""The live streams: a small ASGI application beside Django that holds connections and pushes what changed.

One listener a process hears `incident 42 is at version 17` from Valkey. The board's row is then rendered once for every
audience that has a stream here, coalesced to a few a second, and the same bytes go to all of them. A room is told only
that its incident changed; the browser fetches the part from a view that checks what it may see.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections, connections

from incidents.rendering import Audience
from incidents.services.announce import CHANNEL
from oncall_portal.live_render import BoardNews, board_news, board_snapshot, room_versions, tick_data

logger = logging.getLogger(__name__)

#: Changes that arrive within this long after a push are pushed together (seconds).
COALESCE = 0.2
TICK_EVERY = 10.0
#: A listener that heard nothing for so long asks whether Valkey is there, and how long it waits for the answer (seconds).
SILENT_AFTER, ANSWERS_WITHIN = 15.0, 5.0
#: An announcement may be lost though nothing broke the streams: so many ticks later everybody compares all the same.
TICKS_TO_SNAPSHOT = 6
#: A stream that falls this far behind is cut; its browser comes back and gets a snapshot.
LONGEST_QUEUE = 200


def event(name: str, data: str) -> bytes:
    """One server-sent event; every line of the data gets its field name."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n".encode()


BYE = event("bye", "")


@dataclass(eq=False)
class Stream:
    """One open connection. `number` is the incident of a room, None for the board; `user_id` says whose it is."""

    audience: Audience
    number: int | None
    user_id: int | None = None
    queue: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(LONGEST_QUEUE))
    is_cut: bool = False
    has_left: bool = False

    def push(self, data: bytes) -> None:
        """Hands bytes to the connection; one that does not read is told to come back."""
        try:
            self.queue.put_nowait(data)
        except asyncio.QueueFull:
            self.cut()

    def leave(self) -> None:
        """The browser has gone: whoever waits for something to send wakes up."""
        self.has_left = True
        self.cut()

    def cut(self) -> None:
        """Tells the browser to come back, as the last thing that is sent."""
        self.is_cut = True
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(BYE)


class Hub:
    """All streams of this process and the one listener that feeds them."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._changed: dict[int, int] = {}
        self._wake = asyncio.Event()

    def start(self) -> None:
        """Begins to listen, once, with the first stream."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(run_forever(work)) for work in (self._listen, self._push_changes, self._tick)
            ]

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
            versions: dict[str, int] = json.loads(data)["incidents"]
            news = {int(number): int(version) for number, version in versions.items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            logger.warning("a message on %s is not ours", CHANNEL)
            return
        for number, version in news.items():
            self._changed[number] = max(version, self._changed.get(number, 0))
        self._wake.set()

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
            if stream.number is None and stream.audience == audience:
                stream.push(data)

    def _audiences(self) -> set[Audience]:
        return {stream.audience for stream in self.streams if stream.number is None}

    async def _send_snapshots(self) -> None:
        """Tells every board and every room which versions are the latest, so that each fetches what it lacks."""
        numbers = {stream.number for stream in self.streams if stream.number is not None}
        if numbers:
            self._push_to_rooms(await in_thread(room_versions, numbers))
        if self._audiences():
            data = event("snapshot", json.dumps(await in_thread(board_snapshot)))
            for stream in self.streams:
                if stream.number is None:
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


def pack(news: Iterable[BoardNews]) -> dict[Audience, bytes]:
    """The bytes for each audience: its rows, then the numbers over the board."""
    return {
        each.audience: b"".join(event("row", html) for html in each.rows) + event("strip", each.strip) for each in news
    }


async def in_thread[**P, T](function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a function that uses the database in a thread, and gives its connection back."""

    def run() -> T:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await sync_to_async(run, thread_sensitive=False)()


async def run_forever(work: Callable[[], Any]) -> None:
    """Keeps a loop going through outages of Valkey and Postgres."""
    while True:
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever broke, the streams must go on
            logger.warning("%s stopped, starts again: %s: %s", work.__name__, type(error).__name__, error)
        await asyncio.sleep(1)
