"""The application under test as a browser meets it: served over HTTP, with its other processes beside it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis

from embedded.configuration import ROOT
from embedded.kept import free_port
from embedded.processes import spawn, stop, wait_until
from oncall_portal.serve import PortalServer, config


@dataclass(frozen=True)
class PortalUnderTest:
    """`url` has no slash at its end."""

    url: str


@contextmanager
def served_portal() -> Iterator[PortalUnderTest]:
    """Serve `oncall_portal.asgi:application` from a thread, with the server the product itself uses."""
    port = free_port()
    server = PortalServer(config(host="127.0.0.1", port=port))
    thread = threading.Thread(target=server.run, name="portal", daemon=True)
    thread.start()
    if not wait_until(lambda: server.started or not thread.is_alive(), within_s=10) or not thread.is_alive():
        raise RuntimeError("the portal's server did not start")
    try:
        yield PortalUnderTest(f"http://127.0.0.1:{port}")
    finally:
        server.force_exit = server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def running_processes(database: str, **environment: str) -> Iterator[None]:
    """Celery's worker with beat, and the SLA engine, as processes over the named database of the test server.

    The cluster's worker as well where `environment` names a KUBECONFIG.
    """
    variables = _over(database) | environment
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb+") as log:
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "oncall_portal", "worker", "-Q", "default,beat"]
        beat = ["--beat", "--concurrency", "1", "--loglevel", "WARNING"]
        engine = [sys.executable, "manage.py", "sla_engine"]
        commands = [[*celery, *beat], engine]
        if "KUBECONFIG" in environment:
            threads = ["-Q", "cluster,mitigations", "--pool", "threads", "--concurrency", "8", "--loglevel", "WARNING"]
            commands.append([*celery[: celery.index("-Q")], *threads, "--hostname", "cluster@%h"])
        processes = [spawn(command, env=variables, cwd=ROOT, output=log) for command in commands]
        try:
            _wait_for_worker(processes, log.name)
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                stop(process, signal.SIGTERM)


class MortalPortal:
    """The web process over the named database of the test server, which may die at any instant and be started again."""

    def __init__(self, database: str) -> None:
        self._port = free_port()
        self._variables = _over(database) | {"PORT": str(self._port), "HOST": "127.0.0.1"}
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Returns once it answers."""
        command = [sys.executable, "-m", "oncall_portal.serve"]
        self._process = spawn(command, env=self._variables, cwd=ROOT, output=subprocess.DEVNULL)
        if not wait_until(self._answers, within_s=30):
            raise RuntimeError("the portal's web process did not start")

    def kill(self) -> None:
        """Without a word: SIGKILL."""
        if self._process is not None:
            stop(self._process, signal.SIGKILL)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


def _over(database: str) -> dict[str, str]:
    """This process's environment, with the named database of the same server."""
    address = urlsplit(os.environ["DATABASE_URL"])
    return {**os.environ, "DATABASE_URL": urlunsplit(address._replace(path=f"/{database}"))}


def _wait_for_worker(processes: list[subprocess.Popen[bytes]], log: str) -> None:
    """Until the worker consumes: it subscribes to its broadcast channel once its queues are."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        deadline = time.monotonic() + 90
        while not broker.keys("_kombu.binding.default"):
            if time.monotonic() > deadline or any(process.poll() is not None for process in processes):
                raise RuntimeError(f"the worker or the SLA engine did not start:\n{Path(log).read_text()}")
            time.sleep(0.05)
