"""One open connection of the live streams, and the bytes of an event."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from incidents.rendering import Audience

#: A stream that falls this far behind is cut; its browser comes back and gets a snapshot.
LONGEST_QUEUE = 200


class Page(StrEnum):
    """What the stream is for; the values but a room's stand in the address. OTHER hears of alarms alone."""

    BOARD = "board"
    ROOM = "room"
    WALL = "wall"
    OTHER = "alarms"


def event(name: str, data: str) -> bytes:
    """One server-sent event; every line of the data gets its field name."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n".encode()


BYE = event("bye", "")
#: The reader was told something; at the beginning of a stream they may have been while none was open.
NOTICED, MAYBE_NOTICED = event("person", "{}"), event("person", '{"begins":true}')


@dataclass(eq=False)
class Stream:
    """One open connection. `number` is the incident of a room; `user_id` and `person_key` say whose it is, `time_zone` where
    they are.

    `hears_of_clocks`: it has been told how they stand, so that news of them makes sense to it.
    """

    audience: Audience
    page: Page
    number: int | None = None
    user_id: int | None = None
    time_zone: str = "UTC"
    person_key: str = ""
    queue: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(LONGEST_QUEUE))
    is_cut: bool = False
    has_left: bool = False
    hears_of_clocks: bool = False

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
