"""`python -m embedded services`: PostgreSQL and Valkey alone, until Ctrl-C, with the environment that points at them."""

import os
import signal
import sys
from pathlib import Path

from embedded.postgres import Postgres
from embedded.processes import free_port, start, stop
from embedded.valkey import Valkey


def main() -> int:
    folder = Path(os.environ.get("PORTAL_DATA", ".portal")).resolve()
    folder.mkdir(exist_ok=True)
    running = []
    services = (Postgres(folder, free_port()), Valkey(folder, free_port()))
    for service in services:
        running.append(start(service, output=sys.stderr.buffer))
    text = f"export DATABASE_URL={services[0].url}\nexport REDIS_URL={services[1].url}\n"
    (folder / "services.env").write_text(text)
    print(text, flush=True)
    try:
        signal.pause()
    except KeyboardInterrupt:
        pass
    for process, service in zip(running, services):
        stop(process, service.stop_signal)
    return 0


sys.exit(main())
