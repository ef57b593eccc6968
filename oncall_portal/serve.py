"""`python -m oncall_portal.serve`: the web process."""

import asyncio
import logging
import signal
import threading
from types import FrameType

import uvicorn
from django.core.checks import run_checks

from incidents.checks import RUNBOOKS
from oncall_portal.asgi import application, live
from oncall_portal.connections import BoundedHttp
from oncall_portal.env import read_env

logger = logging.getLogger(__name__)


class PortalServer(uvicorn.Server):
    """Uvicorn that ends its open streams when it is told to stop; the stock one would wait for them."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.end_streams()

    def end_streams(self) -> None:
        """Tells every browser to come back elsewhere. May be called from a signal handler."""
        asyncio.get_running_loop().call_soon_threadsafe(live.hub.say_bye)


def config(*, host: str, port: int) -> uvicorn.Config:
    """Uvicorn's settings. Proxy headers are taken from the proxy beside us alone."""
    return uvicorn.Config(
        application,
        host=host,
        port=port,
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        http=BoundedHttp,
        server_header=False,
        backlog=4096,
    )


def report_runbooks() -> None:
    """Says which runbooks are broken, and where: the others work, so nothing stops."""
    for problem in run_checks(tags=[RUNBOOKS]):
        logger.warning("%s", problem.msg)


def main() -> None:
    env = read_env()
    # Reading them takes a tenth of a second, which the first page need not wait for.
    threading.Thread(target=report_runbooks, daemon=True).start()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    PortalServer(config(host=env.host, port=env.port)).run()


if __name__ == "__main__":
    main()
