"""How the live streams work beside their event loop: the database in threads, and loops that outlive outages."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connections

logger = logging.getLogger(__name__)


async def in_thread[**P, T](function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a function that uses the database in a thread, and gives its connection back."""

    def run() -> T:
        close_old_connections()
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await sync_to_async(run, thread_sensitive=False)()


async def run_forever(work: Callable[[], Any]) -> None:
    """Keeps a loop going through outages of Valkey and Postgres."""
    while True:
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever broke, the streams must go on
            logger.warning("%s stopped, starts again: %s: %s", work.__name__, type(error).__name__, error)
        await asyncio.sleep(1)
