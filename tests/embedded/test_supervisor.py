"""The supervisor with children of a line each."""

import io
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from embedded import supervisor as supervising
from embedded.child import Spec
from embedded.console import Console
from embedded.processes import EmbeddedError, identity, wait_until
from embedded.supervisor import StopRequestedError, Supervisor


class Watched(Supervisor):
    """A supervisor whose lines and recorded pids can be read."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        self.recorded: list[list[int]] = []
        super().__init__(Console(self.out), self.recorded.append)

    def supervise_for(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._tick(0.02)

    @property
    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(supervising, "FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(supervising, "GRACE_S", 1.0)
    return Watched()


def spec(name: str, script: str, *, stop_rank: int = 0) -> Spec:
    return Spec(name, [sys.executable, "-c", script], dict(os.environ), Path("/"), stop_rank=stop_rank)


def test_lines_carry_the_name_of_their_process(supervisor: Watched) -> None:
    supervisor.run_once(spec("greeter", "print('one\\ntwo'); print('three', end='')"))
    assert supervisor.lines == ["greeter     | one", "greeter     | two", "greeter     | three"]


def test_a_step_that_fails_says_its_last_lines(supervisor: Watched) -> None:
    with pytest.raises(EmbeddedError, match=r"step ended with exit code 3\. Its last lines:\n  the reason"):
        supervisor.run_once(spec("step", "print('the reason'); raise SystemExit(3)"))


def test_a_child_that_dies_is_started_again(supervisor: Watched, tmp_path: Path) -> None:
    script = f"import os, time; open('{tmp_path}/starts', 'a').write('x'); "
    supervisor.start(spec("weak", script + f"os.path.getsize('{tmp_path}/starts') < 3 and exit(7); time.sleep(60)"))
    supervisor.supervise_for(1.5)
    assert (tmp_path / "starts").read_text() == "xxx"
    assert "portal      | weak ended with exit code 7; it is started again in 0.01 s." in supervisor.lines
    assert "portal      | weak ended with exit code 7; it is started again in 0.02 s." in supervisor.lines
    supervisor.stop_all()


def test_a_child_that_dies_again_and_again_is_given_up(supervisor: Watched) -> None:
    supervisor.start(spec("broken", "print('cannot work'); exit(1)"))
    with pytest.raises(EmbeddedError, match=r"(?s)broken died 5 times .* exit code 1.*cannot work"):
        supervisor.supervise_for(10)
    supervisor.stop_all()


def test_a_service_that_dies_before_it_answers_is_not_waited_for(supervisor: Watched) -> None:
    child = supervisor.start(spec("service", "print('no such folder'); exit(1)"))
    with pytest.raises(EmbeddedError, match="no such folder"):
        supervisor.wait_for(child, lambda _pid: False)
    supervisor.stop_all()


def test_children_stop_rank_by_rank_and_the_deaf_are_killed(supervisor: Watched, tmp_path: Path) -> None:
    script = (
        "import signal, time\n"
        "def stop(*_):\n"
        "    time.sleep({slow}); open('{folder}/order', 'a').write('{name} '); exit(0)\n"
        "signal.signal(signal.SIGTERM, {handler}); print('up', flush=True); time.sleep(60)"
    )
    for name, rank, slow, handler in (
        ("last", 1, 0, "stop"),
        ("first", 0, 0.3, "stop"),
        ("deaf", 0, 0, "signal.SIG_IGN"),
    ):
        text = script.format(name=name, slow=slow, handler=handler, folder=tmp_path)
        supervisor.start(spec(name, text, stop_rank=rank))
    while len(supervisor.lines) < 3:
        supervisor.supervise_for(0.05)
    pids = supervisor.recorded[-1]

    supervisor.stop_all()

    assert (tmp_path / "order").read_text() == "first last "
    assert "portal      | deaf did not stop and is killed." in supervisor.lines
    assert all(identity(pid) is None for pid in pids)
    assert supervisor.recorded[-1] == []


def test_what_a_child_started_ends_with_it(supervisor: Watched) -> None:
    supervisor.start(
        spec(
            "parent",
            "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)",
        )
    )
    while not supervisor.lines:
        supervisor.supervise_for(0.05)
    grandchild = int(supervisor.lines[0].rpartition(" ")[2])
    assert identity(grandchild)
    supervisor.stop_all()
    assert wait_until(lambda: identity(grandchild) is None, within_s=2)


def test_a_signal_ends_the_supervision(supervisor: Watched) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        supervisor.catch_signals()
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(StopRequestedError):
            supervisor.supervise()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
