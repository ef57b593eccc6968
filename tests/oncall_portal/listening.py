"""An open live stream over real HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests
from django.test import Client

from accounts.models import User
from tests.servers import PortalUnderTest


@dataclass
class Listener:
    """An open stream; `hear(name)` waits for the next event of that name and gives its data."""

    response: requests.Response

    def __post_init__(self) -> None:
        self._lines: Iterator[bytes] = self.response.iter_lines()

    def events(self) -> Iterator[tuple[str, str]]:
        name = ""
        data: list[str] = []
        for line in (raw.decode() for raw in self._lines):
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data.append(line.removeprefix("data: "))
            elif not line and name:
                yield name, "\n".join(data)
                name, data = "", []

    def hear(self, wanted: str) -> str:
        for name, data in self.events():
            if name == wanted:
                return data
        raise AssertionError(f"the stream ended without {wanted!r}")


@contextmanager
def listening(portal: PortalUnderTest, user: User, path: str = "/live/board/") -> Iterator[Listener]:
    client = Client()
    client.force_login(user)
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with requests.get(portal.url + path, cookies=cookies, stream=True, timeout=10) as response:
        assert response.status_code == 200
        yield Listener(response)
