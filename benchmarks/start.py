"""`make run` to the first page: from a fresh clone with empty package caches, and once more.

The reference of the second start is what cannot be left out: the embedded services alone, then an interpreter that
loads what the web process is made of.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.measure import Measure, at_most, info
from embedded.configuration import ROOT
from embedded.kept import free_port

FIRST_S, SECOND_S, STOP_S = 45.0, 6.0, 10.0
GIVE_UP_S = 300.0
WEB_PARTS = "import django, psycopg, redis, celery, uvicorn, a2wsgi, servestatic"


def run() -> list[Measure]:
    """Both starts and the stop, in seconds."""
    folder = Path(tempfile.mkdtemp(prefix="portal-start-"))
    folder.chmod(0o711)  # PostgreSQL, another user's where this is root's, must pass through.
    clone = folder / "portal"
    try:
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        environment = _environment(folder)
        first, stopped = _start_and_stop(clone, environment)
        second, _ = _start_and_stop(clone, environment)
        reference = _services_alone(clone, environment) + _loading(clone, environment)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        at_most("first start, from a fresh clone to the first page", first, "s", FIRST_S),
        at_most("second start, to the first page", second, "s", SECOND_S, reference),
        at_most("Ctrl-C, until everything has stopped", stopped, "s", STOP_S),
        info("services alone and the loading of the web's parts", reference, "s"),
    ]


def _environment(folder: Path) -> dict[str, str]:
    """The shell's environment without what would make the portal another one, and with caches of its own."""
    kept = (
        "PATH",
        "HOME",
        "LANG",
        "PYENV_ROOT",
        "SSL_",
        "PIP_",
        "UV_",
        "npm_",
        "NPM_",
        "NODE_",
        "HTTP",
        "http",
        "NO_PROXY",
    )
    passed = {name: value for name, value in os.environ.items() if name.startswith(kept)}
    caches = {name: str(folder / name.lower()) for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR", "NPM_CONFIG_CACHE")}
    return passed | caches | {"PORT": str(free_port())}


def _start_and_stop(clone: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds to the first page, and from Ctrl-C to the end."""
    with (clone.parent / "log").open("wb") as log:
        began = time.monotonic()
        # A session of its own: the signal goes to all of it, as the terminal sends Ctrl-C.
        process = subprocess.Popen(
            ["make", "run"], cwd=clone, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_for_page(f"http://127.0.0.1:{environment['PORT']}/", process, Path(log.name))
            shown = time.monotonic() - began
        finally:
            asked = time.monotonic()
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)
    return shown, time.monotonic() - asked


def _wait_for_page(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + GIVE_UP_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  (our own address)
                if b"</html>" in answer.read():
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError(f"no page came from {url}:\n{log.read_text()[-3000:]}")


def _services_alone(clone: Path, environment: dict[str, str]) -> float:
    began = time.monotonic()
    with subprocess.Popen(
        [clone / ".venv/bin/python", "-m", "embedded", "services"],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            if "bin/manage uses it" in line:
                break
        needed = time.monotonic() - began
        process.send_signal(signal.SIGINT)
    return needed


def _loading(clone: Path, environment: dict[str, str]) -> float:
    command = [str(clone / ".venv/bin/python"), "-c", WEB_PARTS]
    began = time.monotonic()
    subprocess.run(command, env=environment, check=True)
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit("Run it as: make bench B=start")
