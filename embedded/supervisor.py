"""Runs children in one thread: passes their lines on, starts again what dies, stops all of them in order.

One thread, because Linux binds a child's parent-death signal to the thread that started it.
"""

import selectors
import signal
import time
from collections.abc import Callable
from types import FrameType

from embedded.child import Child, Spec
from embedded.console import Console
from embedded.processes import EmbeddedError, signal_group

CRASH_LOOP_DEATHS = 5
CRASH_LOOP_WITHIN_S = 60.0
FIRST_DELAY_S = 0.5
GRACE_S = 10.0
TICK_S = 0.1


class StopRequestedError(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


class Supervisor:
    """`record` is told the pids of all children whenever they change, for a next run that finds this one killed."""

    def __init__(self, console: Console, record: Callable[[list[int]], None]) -> None:
        self._console = console
        self._record = record
        self._children: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._stops_asked = 0

    def catch_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal ask to stop; asked a second time, the children are killed."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup is respected.
                signal.signal(number, self._ask_to_stop)

    def start(self, spec: Spec) -> Child:
        """Start a child that is to run until the end."""
        return self._add(Child(spec))

    def run_once(self, spec: Spec) -> None:
        """Run a command to its end; EmbeddedError with its last lines unless it succeeds."""
        child = self._add(Child(spec, is_kept_running=False))
        while child.is_running:
            self._tick()
        self._drain(child)
        self._children.remove(child)
        if child.process is None or child.process.returncode != 0:
            raise EmbeddedError(self._obituary(child))

    def wait_for(self, child: Child, is_ready: Callable[[int], bool], *, within_s: float = 60.0) -> None:
        """Go on until a child answers; EmbeddedError if it dies before or the time is over."""
        deadline = time.monotonic() + within_s
        while child.process is None or not is_ready(child.process.pid):
            if child.deaths:
                raise EmbeddedError(self._obituary(child))
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{child.spec.name} does not answer after {within_s:.0f} s.")
            self._tick(timeout_s=0.02)

    def supervise(self) -> None:
        """Go on until somebody asks to stop (StopRequestedError) or a child cannot be kept alive (EmbeddedError)."""
        while True:
            self._tick()

    def stop_all(self) -> None:
        """Stop every child, rank by rank, each rank within the grace period."""
        for child in self._children:
            child.restart_at = None
        for rank in sorted({child.spec.stop_rank for child in self._children}):
            self._stop([child for child in self._children if child.spec.stop_rank == rank])
        self._children.clear()
        self._record([])

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stops_asked += 1

    def _add(self, child: Child) -> Child:
        self._children.append(child)
        self._launch(child)
        return child

    def _launch(self, child: Child) -> None:
        child.start()
        self._selector.register(child.descriptor, selectors.EVENT_READ, child)
        self._record([each.process.pid for each in self._children if each.process and each.is_running])

    def _tick(self, timeout_s: float = TICK_S) -> None:
        if self._stops_asked:
            raise StopRequestedError
        self._pass_lines_on(timeout_s)
        now = time.monotonic()
        for child in self._children:
            if child.restart_at is not None and child.restart_at <= now:
                self._launch(child)
            elif child.restart_at is None and child.is_kept_running and not child.is_running:
                self._bury(child, now)

    def _pass_lines_on(self, timeout_s: float) -> None:
        for key, _events in self._selector.select(timeout_s):
            child: Child = key.data
            lines, is_open = child.read_lines()
            for line in lines:
                self._console.line(child.spec.name, line)
            if not is_open:
                self._selector.unregister(child.descriptor)

    def _has_unread(self, child: Child) -> bool:
        return any(key.data is child for key, _events in self._selector.select(0))

    def _drain(self, child: Child) -> None:
        """Print a dead child's last words and give its pipe back, even if a grandchild still holds the other end."""
        while self._has_unread(child):
            self._pass_lines_on(0)
        if child.descriptor in self._selector.get_map():
            self._selector.unregister(child.descriptor)
        child.close()

    def _bury(self, child: Child, now: float) -> None:
        """A child died by itself: start it again a little later each time, or give up and say why."""
        self._drain(child)
        if child.process:
            signal_group(child.process.pid, signal.SIGKILL)  # What it started must not meet its successor.
        child.deaths = [death for death in child.deaths if death > now - CRASH_LOOP_WITHIN_S] + [now]
        if len(child.deaths) >= CRASH_LOOP_DEATHS:
            raise EmbeddedError(
                f"{child.spec.name} died {len(child.deaths)} times within {CRASH_LOOP_WITHIN_S:.0f} s. "
                + self._obituary(child)
            )
        delay_s = FIRST_DELAY_S * 2 ** (len(child.deaths) - 1)
        child.restart_at = now + delay_s
        self._console.say(f"{child.spec.name} {child.ending}; it is started again in {delay_s:g} s.")

    def _obituary(self, child: Child) -> str:
        return f"{child.spec.name} {child.ending}. Its last lines:\n" + "\n".join(f"  {x}" for x in child.last_lines)

    def _stop(self, children: list[Child]) -> None:
        running = [child for child in children if child.process and child.is_running]
        asked_before = self._stops_asked
        for child in running:
            if child.process:
                child.process.send_signal(child.spec.stop_signal)
        deadline = time.monotonic() + GRACE_S
        while any(child.is_running for child in running):
            if time.monotonic() > deadline or self._stops_asked > max(asked_before, 1):
                break
            self._pass_lines_on(0.02)
        for child in running:
            if child.process:
                if child.is_running:
                    self._console.say(f"{child.spec.name} did not stop and is killed.")
                signal_group(child.process.pid, signal.SIGKILL)  # Also what it may have left behind.
                child.process.wait()
                self._drain(child)
