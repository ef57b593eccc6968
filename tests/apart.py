"""Coroutines in tests that are not asynchronous themselves."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run_apart[T](make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What the coroutine returns. It runs in a thread of its own: an earlier browser test leaves its event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(make())).result()
