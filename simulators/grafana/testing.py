"""The simulator inside a test's process: real HTTP on a free port, served from a thread.

with running_grafana() as grafana:
    client = Grafana(url=grafana.url, token=grafana.token)
    grafana.fail(path_prefix="/render/", status=403)
    assert grafana.count("/render/") == 1
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simulators.grafana.api import TOKEN
from simulators.grafana.application import Grafana
from simulators.grafana.faults import Fault
from simulators.serving import served


class RunningGrafana:
    """A simulator that is being served at `url`."""

    token = TOKEN

    def __init__(self, application: Grafana, url: str) -> None:
        self.application = application
        self.url = url

    @property
    def calls(self) -> list[str]:
        """Paths with their queries, oldest first."""
        return list(self.application.calls)

    def count(self, path_prefix: str = "/") -> int:
        """How many requests there were below a path."""
        return sum(call.startswith(path_prefix) for call in self.calls)

    def fail(self, **fault: Any) -> Fault:
        """Arms a fault (fields of `faults.Fault`)."""
        armed = Fault(**fault)
        self.application.faults.add(armed)
        return armed

    def reset(self) -> None:
        """As good as new for the next test."""
        self.application.reset()


@contextmanager
def running_grafana(*, tls: ssl.SSLContext | None = None) -> Iterator[RunningGrafana]:
    """Serves a simulator while the block runs."""
    application = Grafana()
    with served(application, "grafana", tls=tls) as url:
        yield RunningGrafana(application, url)
