"""One supervised process: what to run, and what became of it."""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from embedded.processes import spawn

KEPT_LINES = 20


@dataclass(frozen=True)
class Spec:
    """What to run. `stop_rank` orders the end: all of rank 0 stop together, then those of rank 1, and so on."""

    name: str
    argv: list[str]
    env: Mapping[str, str]
    cwd: Path
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_rank: int = 0


@dataclass
class Child:
    """A spec and its process. One that is not kept running is a step with an end.

    `deaths` are the instants (monotonic seconds) at which it ended without having been asked to.
    """

    spec: Spec
    is_kept_running: bool = True
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)
    restart_at: float | None = None
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    _rest: bytes = b""

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process, its output in a pipe."""
        spec = self.spec
        self.restart_at = None
        self.process = spawn(
            spec.argv,
            env=spec.env,
            cwd=spec.cwd,
            user=spec.user,
            death_signal=spec.stop_signal,
            output=subprocess.PIPE,
        )
        return self.process

    @property
    def descriptor(self) -> int:
        """The readable end of the output pipe."""
        if self.process is None or self.process.stdout is None:
            raise ValueError(f"{self.spec.name} has not been started")
        return self.process.stdout.fileno()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        code = self.process.poll() if self.process else None
        if code is None:
            return "is running"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def read_lines(self) -> tuple[list[str], bool]:
        """The lines that became complete, and whether the pipe is still open. For a pipe that has something to read."""
        data = os.read(self.descriptor, 65536)
        is_open = bool(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        if not is_open and self._rest:
            whole, self._rest = [*whole, self._rest], b""
        lines = [line.decode(errors="replace").rstrip("\r") for line in whole]
        self.last_lines.extend(lines)
        return lines, is_open

    def close(self) -> None:
        """Give the pipe back."""
        if self.process and self.process.stdout:
            self.process.stdout.close()
