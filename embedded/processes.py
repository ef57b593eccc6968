"""Starting and stopping child processes so that none outlives its parent, even a killed one."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

PR_SET_PDEATHSIG = 1  # linux/prctl.h
HAS_PROC = Path("/proc/self/stat").exists()  # Linux; others have ps.


class EmbeddedError(Exception):
    """What a person has to know and can change, as one clear sentence."""


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    cwd: Path | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    output: int | IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own, which the kernel signals when this thread dies.

    Of its own group, because a Ctrl-C in the terminal must reach the supervisor alone, which then stops the children
    in order. `user` is given up to where this process is root. Call it from a thread that lives as long as the child
    should: Linux counts the death of the starting thread.
    """
    account = pwd.getpwnam(user) if user else None
    return subprocess.Popen(
        argv,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=_follow_parent(death_signal),  # noqa: PLW1509  (runs after the change of user, which would clear it)
    )


def _follow_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """What the child does before exec: ask the kernel for a signal at its parent's death (Linux only)."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def follow() -> None:
        prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # It died between fork and prctl.
            os._exit(1)

    return follow


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal a child and everything it started; one that is gone already is no error."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
    except PermissionError:
        # macOS answers so for a group whose members are all zombies.
        return


def stop(process: subprocess.Popen[bytes], number: signal.Signals, *, within_s: float = 10.0) -> int:
    """Ask one child to stop, kill its group if it does not within the time, return its exit code."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(within_s)
        except subprocess.TimeoutExpired:
            signal_group(process.pid, signal.SIGKILL)
    code = process.wait()
    signal_group(process.pid, signal.SIGKILL)
    return code


def identity(pid: int) -> str | None:
    """A string that no later process with the same pid has: the process's start time. None if no such process runs."""
    if HAS_PROC:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        state, started = fields[0], fields[19]  # proc_pid_stat(5): fields 3 and 22, counted after the name.
        return None if state == "Z" else started
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None


def command_line(pid: int) -> str:
    """The command a process was started with; empty when there is no such process."""
    if HAS_PROC:
        try:
            return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
        except (FileNotFoundError, ProcessLookupError):
            return ""
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()


def wait_until(is_true: Callable[[], bool], *, within_s: float, every_s: float = 0.02) -> bool:
    """Poll a condition; False when the time is over first."""
    deadline = time.monotonic() + within_s
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True


class Startable(Protocol):
    """A service of which this package knows how to prepare it, what to run and when it answers."""

    @property
    def name(self) -> str: ...
    @property
    def user(self) -> str | None: ...
    @property
    def stop_signal(self) -> signal.Signals: ...
    @property
    def argv(self) -> list[str]: ...
    def prepare(self) -> None: ...
    def is_ready(self, pid: int, /) -> bool: ...


def start(service: Startable, *, output: int | IO[bytes], within_s: float = 30.0) -> subprocess.Popen[bytes]:
    """Prepare and start a service and wait until it answers; EmbeddedError if it dies or takes longer."""
    service.prepare()
    process = spawn(service.argv, user=service.user, cwd=Path("/"), death_signal=service.stop_signal, output=output)
    if not wait_until(lambda: service.is_ready(process.pid) or process.poll() is not None, within_s=within_s):
        stop(process, signal.SIGKILL)
        raise EmbeddedError(f"{service.name} did not answer within {within_s:.0f} s.")
    if process.poll() is not None:
        raise EmbeddedError(f"{service.name} ended at once with exit code {process.returncode}.")
    return process
