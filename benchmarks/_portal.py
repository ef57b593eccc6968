"""A portal of a benchmark's own: services in a temporary folder, the product's processes on free ports, all gone at the end."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from embedded.configuration import ROOT, procfile_commands
from embedded.kept import free_port
from embedded.postgres import Postgres
from embedded.processes import spawn, start, stop
from embedded.valkey import Valkey

WEBHOOK_SECRET = "only-for-benchmarks"  # noqa: S105  (of a portal that lives for a minute on loopback)


@dataclass(frozen=True)
class Services:
    """PostgreSQL and Valkey, as durable as the product runs them. `folder` is removed at the end."""

    folder: Path
    postgres_url: str
    valkey_url: str

    def database(self, name: str) -> str:
        """Creates an empty database; its URL."""
        with psycopg.connect(self.postgres_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return urlunsplit(urlsplit(self.postgres_url)._replace(path=f"/{name}"))


@dataclass(frozen=True)
class Place:
    """Where something is to run: the environment of its processes, its address and its log."""

    environment: Mapping[str, str]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        return self.environment["DATABASE_URL"]

    @property
    def valkey_url(self) -> str:
        return self.environment["REDIS_URL"]


@contextmanager
def services() -> Iterator[Services]:
    """Both services, started and stopped."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    folder.chmod(0o711)  # PostgreSQL, another user's where this is root's, must pass through.
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        log = stack.enter_context((folder / "services.log").open("wb"))
        postgres, valkey = Postgres(folder, free_port()), Valkey(folder, free_port())
        for service in (postgres, valkey):
            stack.callback(stop, start(service, output=log), service.stop_signal)
        yield Services(folder, postgres.url, valkey.url)


def place(given: Services, *, database_url: str, valkey_database: int = 0, **additions: str) -> Place:
    """A free port and a complete environment: neither the shell nor a .env file decides anything that matters."""
    port = free_port()
    folder = given.folder / f"data-{port}"
    folder.mkdir()
    programs = Path(sys.executable).parent
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "HOME": os.environ.get("HOME", "/"),
        "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "oncall_portal.settings",
        "SECRET_KEY": "only-for-benchmarks-and-long-enough-to-be-taken-0123456789",
        "DEBUG": "0",
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PORTAL_DATA": str(folder),
        "PORTAL_DEMO": "0",
        "PORTAL_BEHIND_TLS": "0",
        "DATABASE_URL": database_url,
        "REDIS_URL": f"{given.valkey_url.rpartition('/')[0]}/{valkey_database}",
        "PAGERDUTY_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "PAGERDUTY_BASE_URL": "http://127.0.0.1:9",
        **additions,
    }
    return Place(environment, port, folder / "log")


def migrate(where: Place) -> None:
    """Brings the place's database up to date."""
    _finish([sys.executable, "manage.py", "migrate", "--verbosity", "0"], where.environment)


def ask(where: Place, module: str, *arguments: str) -> Any:
    """What a module of this package prints as JSON when it runs in the place's environment."""
    return json.loads(_finish([sys.executable, "-m", f"benchmarks.{module}", *arguments], where.environment))


def _finish(argv: Sequence[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(argv, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def running(where: Place, *commands: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Shell commands as processes of the place until the end of the block."""
    with ExitStack() as stack:
        log = stack.enter_context(where.log.open("ab"))
        processes = []
        for command in commands:
            process = spawn(["/bin/sh", "-c", f"exec {command}"], env=where.environment, cwd=ROOT, output=log)
            stack.callback(stop, process, signal.SIGTERM)
            processes.append(process)
        yield processes


@contextmanager
def web(where: Place, *, command: str = "", path: str = "/healthz") -> Iterator[int]:
    """The place's web process (the product's unless `command` says another), answering; its pid."""
    with running(where, command or procfile_commands()["web"]) as (process,):
        wait_for(lambda: _answers(where.url + path), what=f"{where.url}{path}", log=where.log)
        yield process.pid


def wait_for(is_true: Callable[[], bool], *, what: str, log: Path, within_s: float = 30.0) -> None:
    """Asks again until it is true; RuntimeError with the log's end once the time is over."""
    deadline = time.monotonic() + within_s
    while not is_true():
        if time.monotonic() > deadline:
            raise RuntimeError(
                f"{what}: not within {within_s:.0f} s\n{log.read_text()[-2000:] if log.exists() else ''}"
            )
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310  (our own address)
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def post(where: Place, path: str, body: bytes, headers: Mapping[str, str]) -> None:
    """POSTs to the place over a connection of its own; urllib's HTTPError where it is refused."""
    request = urllib.request.Request(where.url + path, data=body, headers=dict(headers))  # noqa: S310  (our own address)
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass
