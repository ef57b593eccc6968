"""`python -m benchmarks._bare_push`: the least that pushes: what is published on a channel goes to every open stream as it is.

The limit of the portal's live streams: no session, no database, nothing rendered.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import redis.asyncio as redis
import uvicorn

CHANNEL = "bare:push"

queues: set[asyncio.Queue[bytes]] = set()
tasks: list[asyncio.Task[None]] = []


async def pass_on() -> None:
    """Every message to every queue."""
    async with redis.Redis.from_url(os.environ["REDIS_URL"]) as client, client.pubsub() as pubsub:
        await pubsub.subscribe(CHANNEL)
        async for message in pubsub.listen():
            if message["type"] == "message":
                for queue in queues:
                    queue.put_nowait(message["data"])


async def application(
    scope: MutableMapping[str, Any],
    _receive: Callable[[], Awaitable[Any]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """A stream until the process is ended; `/` answers at once."""
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if scope["path"] == "/":
        await send({"type": "http.response.body", "body": b"ok"})
        return
    if not tasks:
        tasks.append(asyncio.create_task(pass_on()))
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    queues.add(queue)
    await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
    while True:
        await send({"type": "http.response.body", "body": await queue.get(), "more_body": True})


if __name__ == "__main__":
    uvicorn.run(application, host="127.0.0.1", port=int(os.environ["PORT"]), lifespan="off", log_level="error")
