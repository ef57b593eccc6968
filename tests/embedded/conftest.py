"""Fixtures for the tests that start supervisors: folders that another user can reach, and a clean environment."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded.configuration import ROOT
from embedded.processes import wait_until
from tests.services import FIXED

SERVICES_READY = "bin/manage uses it"
PORTAL_READY = "Ctrl-C stops it"


class Run:
    """A `python -m embedded` under test. `output` is what it has printed so far."""

    def __init__(self, what: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "embedded", what],
            cwd=ROOT,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.output += line

    def wait_for(self, words: str, *, within_s: float = 120.0) -> None:
        """Until it has printed these words; fails with its output if it ends before or the time is over."""
        assert wait_until(lambda: words in self.output or self.process.poll() is not None, within_s=within_s)
        assert words in self.output, self.output

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and return the exit code, all output read."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(30)
        self.close()
        return code

    def close(self) -> None:
        """Read what it still said."""
        self._reader.join(10)
        if self.process.stdout:
            self.process.stdout.close()


type Start = Callable[..., Run]


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder for PORTAL_DATA which PostgreSQL reaches also where the tests run as root (pytest's own is 0700)."""
    folder = Path(tempfile.mkdtemp(prefix="portal-data-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start() -> Iterator[Start]:
    """`start("services", PORTAL_DATA=…)` starts a supervisor; whatever still runs at the end is killed."""
    runs: list[Run] = []
    own = {*FIXED, "DATABASE_URL", "REDIS_URL", "PORTAL_DATA"} - {"PORTAL_ENV_FILE"}
    clean = {name: value for name, value in os.environ.items() if name not in own}

    def begin(what: str, **environment: object) -> Run:
        runs.append(Run(what, clean | {name: str(value) for name, value in environment.items()}))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
            run.wait()
