"""`/live/board/`, `/live/incidents/<number>/`, `/live/wall/` and, for every other page, `/live/alarms/` as an ASGI
application: who may listen, and the stream itself."""

import asyncio
import json
import logging
import random
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.roles import Role
from incidents.models import Incident
from incidents.rendering import Audience
from oncall_portal.live import Hub
from oncall_portal.live_render import board_snapshot, room_versions, tick_data
from oncall_portal.live_stream import MAYBE_NOTICED, Page, Stream, event
from oncall_portal.live_work import in_thread

logger = logging.getLogger(__name__)

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = re.compile(r"^/live/(?:(?P<page>board|wall|alarms)|incidents/(?P<number>\d{1,18}))/$")
#: How often, about, it is asked again whether this person may still listen (seconds).
CHECK_EVERY = 60.0
#: How long a client may leave what was sent unread (seconds).
LONGEST_SEND = 30.0
#: Streams of one person in one process: more than anybody has pages open, and few enough to hold nobody else up.
MOST_STREAMS = 30

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True)
class Visitor:
    """Who listens, and what they may read."""

    user_id: int
    audience: Audience
    time_zone: str
    person_key: str


def visitor_of(cookie_header: str) -> Visitor | None:
    """The signed-in person whose session the cookies name; None for nobody. Reads the database."""
    try:
        cookies = SimpleCookie(cookie_header)
    except CookieError:
        return None
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    # A quoted cookie can spell a NUL, which Postgres cannot look for.
    if morsel is None or "\x00" in morsel.value:
        return None
    session = SessionStore(morsel.value)
    user_id = session.get(SESSION_KEY)
    user = User.objects.filter(pk=user_id, is_active=True).first() if user_id else None
    if user is None or not constant_time_compare(session.get("_auth_user_hash", ""), user.get_session_auth_hash()):
        return None
    audience = Audience(can_act=user.has_role(Role.RESPONDER), language=user.language)
    return Visitor(user.pk, audience, user.time_zone, user.person_key)


class LiveApp:
    """The streams of one process."""

    def __init__(self) -> None:
        self.hub = Hub()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = PATH.match(scope["path"])
        if match is None or scope["method"] != "GET":
            await answer(send, 404 if match is None else 405)
            return
        cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
        visitor = await in_thread(visitor_of, cookies)
        if visitor is None:
            await answer(send, 401)
            return
        number = int(match["number"]) if match["number"] else None
        if number is not None and not await in_thread(lambda: Incident.objects.filter(pk=number).exists()):
            await answer(send, 404)
            return
        if sum(stream.user_id == visitor.user_id for stream in self.hub.streams) >= MOST_STREAMS:
            await answer(send, 429)
            return
        page = Page(match["page"] or Page.ROOM)
        stream = Stream(
            visitor.audience, page, number, visitor.user_id, visitor.time_zone, person_key=visitor.person_key
        )
        await self._hold(stream, cookies, receive, send)

    async def _hold(self, stream: Stream, cookies: str, receive: Receive, send: Send) -> None:
        self.hub.start()
        self.hub.streams.add(stream)
        checking = asyncio.create_task(self._keep_checking(stream, cookies))
        leaving = asyncio.create_task(self._wait_for_leave(stream, receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            # The stream listens already: what changes while the snapshot is read arrives after it.
            await self._send(send, await self._beginning(stream))
            while not stream.is_cut or not stream.queue.empty():
                # No task of its own for each wait: a thousand of them cost as much as the sending.
                pushed = await stream.queue.get()
                if stream.has_left:
                    return
                await self._send(send, pushed)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            logger.info("a stream that nobody reads is given up")
        finally:
            self.hub.streams.discard(stream)
            checking.cancel()
            leaving.cancel()

    async def _beginning(self, stream: Stream) -> bytes:
        """The server's time, what the page compares itself with, and what it must know of clocks and notices."""
        tick = event("tick", json.dumps(await in_thread(tick_data))) + MAYBE_NOTICED
        clocks = await self.hub.clocks.beginning(stream)
        if stream.page is Page.BOARD:
            return tick + event("snapshot", json.dumps(await in_thread(board_snapshot))) + clocks
        if stream.number is not None:
            number = stream.number
            version = (await in_thread(room_versions, {number})).get(number, 0)
            return tick + event("incident", json.dumps({"number": number, "version": version})) + clocks
        return tick + clocks

    @staticmethod
    async def _send(send: Send, body: bytes) -> None:
        # Waits while the client does not read; one that never does must not hold its place for ever.
        async with asyncio.timeout(LONGEST_SEND):
            await send({"type": "http.response.body", "body": body, "more_body": True})

    @staticmethod
    async def _wait_for_leave(stream: Stream, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        stream.leave()

    @staticmethod
    async def _keep_checking(stream: Stream, cookies: str) -> None:
        """Cuts the stream once the session has ended or its audience is another one."""
        while True:
            # Not all at once where a thousand came back at once.
            await asyncio.sleep(CHECK_EVERY * random.uniform(0.75, 1.25))  # noqa: S311
            known = Visitor(stream.user_id or 0, stream.audience, stream.time_zone, stream.person_key)
            if await in_thread(visitor_of, cookies) != known:
                stream.cut()
                return


async def answer(send: Send, status: int) -> None:
    """An answer without a body."""
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
