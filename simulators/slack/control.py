"""The simulator's own API, `/_sim/…` (JSON, no token): what a test or a demo does to the channel from outside.

- `GET  /_sim/health`             `{"status": "ok", "posted": how many messages ever}`
- `GET|DELETE /_sim/messages`     the newest messages, oldest first, as they were posted; forget them
- `GET|POST|DELETE /_sim/faults`  list, arm one (fields of `channel.Fault`), disarm all
- `PUT  /_sim/rate_limit`         `{"rate": posts a second or null, "burst": how many at once}`
- `POST /_sim/reset`              an empty channel
"""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.slack.channel import Channel, Fault


class ControlRoutes:
    """Handlers of `/_sim/…`."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def routes(self) -> list[Route]:
        """The routes, relative to the root."""
        table = (
            ("GET", "health", self.health),
            ("GET", "messages", self.messages),
            ("DELETE", "messages", self.clear_messages),
            ("GET", "faults", self.faults),
            ("POST", "faults", self.add_fault),
            ("DELETE", "faults", self.clear_faults),
            ("PUT", "rate_limit", self.set_rate),
            ("POST", "reset", self.reset),
        )
        return [Route(f"/_sim/{path}", handler, methods=[method]) for method, path, handler in table]

    async def health(self, _: Request) -> JSONResponse:
        """Alive, and how much was posted."""
        return JSONResponse({"status": "ok", "posted": self._channel.posted})

    async def messages(self, _: Request) -> JSONResponse:
        """The newest messages."""
        return JSONResponse({"messages": list(self._channel.messages)})

    async def clear_messages(self, _: Request) -> JSONResponse:
        """Forgets them."""
        self._channel.messages.clear()
        return JSONResponse({})

    async def faults(self, _: Request) -> JSONResponse:
        """The faults that are armed."""
        return JSONResponse({"faults": [fault.as_json() for fault in list(self._channel.faults)]})

    async def add_fault(self, request: Request) -> JSONResponse:
        """Arms one; 400 where a field does not exist."""
        try:
            fault = Fault(**await _object(request))
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        self._channel.faults.append(fault)
        return JSONResponse({"fault": fault.as_json()}, status_code=201)

    async def clear_faults(self, _: Request) -> JSONResponse:
        """Disarms all."""
        self._channel.faults.clear()
        return JSONResponse({})

    async def set_rate(self, request: Request) -> JSONResponse:
        """Changes how fast it may be posted to; 400 where a value is no positive number."""
        try:
            asked = await _object(request)
            rate = None if asked["rate"] is None else float(asked["rate"])
            self._channel.limit(rate, burst=int(asked.get("burst", self._channel.burst)))
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"rate": self._channel.rate, "burst": self._channel.burst})

    async def reset(self, _: Request) -> JSONResponse:
        """An empty channel."""
        self._channel.reset()
        return JSONResponse({})


async def _object(request: Request) -> dict[str, Any]:
    """The JSON object in the body. Raises ValueError."""
    body = json.loads(await request.body())
    if not isinstance(body, dict):
        raise ValueError("the body must be an object")  # noqa: TRY004  (one error for all that is wrong with a body)
    return body
