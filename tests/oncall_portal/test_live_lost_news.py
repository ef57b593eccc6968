"""An announcement that never arrived: the streams compare by themselves, soon."""

import asyncio
import json

import pytest

from incidents.rendering import Audience
from oncall_portal import live
from oncall_portal.live import Hub
from oncall_portal.live_stream import Page, Stream
from tests.apart import run_apart
from tests.factories import make_incident

VIEWERS = Audience(can_act=False, language="en")


async def hear(stream: Stream, name: str) -> bytes:
    """The next event of that name."""
    while True:
        data = await asyncio.wait_for(stream.queue.get(), timeout=5)
        if data.startswith(f"event: {name}\n".encode()):
            return data


@pytest.mark.django_db(transaction=True)
def test_boards_and_rooms_compare_although_nothing_was_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TICK_EVERY", 0.01)
    incident, other = make_incident(1), make_incident(2)
    board, room = Stream(VIEWERS, Page.BOARD), Stream(VIEWERS, Page.ROOM, incident.pk)

    async def listen() -> tuple[bytes, bytes]:
        hub = Hub()
        hub.streams |= {board, room}
        ticking = asyncio.create_task(hub._tick())  # noqa: SLF001  # without the listener that lost the news
        try:
            return await hear(board, "snapshot"), await hear(room, "incident")
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)

    snapshot, news = (json.loads(data.split(b"data: ")[1]) for data in run_apart(listen))
    assert snapshot == {"rows": {str(each.pk): each.version for each in (incident, other)}}
    assert news == {"number": incident.pk, "version": incident.version}
