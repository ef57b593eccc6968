"""The incoming webhook, `POST /services/T…/B…/…`: what it accepts, what it refuses and with which word.

Source: «Sending messages using incoming webhooks», «Handling errors» and «Rate limits» in Slack's documentation; limits of blocks
from «Reference: blocks» and «text object». Answers are plain text: `ok`, or one word.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from simulators.serving import reset_connection
from simulators.slack.channel import LONGEST_BODY, Channel, Fault

#: The demo account's only webhook.
TEAM, SERVICE, TOKEN = "T0CHATOPS", "B0ONCALL", "demo-webhook-token"
PATH = f"/services/{TEAM}/{SERVICE}/{TOKEN}"
MOST_BLOCKS, MOST_FIELDS, LONGEST_SECTION, LONGEST_FIELD, LONGEST_HEADER = 50, 10, 3_000, 2_000, 150


class WebhookRoutes:
    """Handler of the webhook."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def routes(self) -> list[Route]:
        """The routes, relative to the root."""
        return [Route("/services/{team}/{service}/{token}", self.post, methods=["POST"])]

    async def post(self, request: Request) -> Response:
        """One message."""
        fault = self._channel.take_fault()
        if fault is not None:
            await asyncio.sleep(fault.delay_for)
            if fault.hang_for is not None or fault.reset or fault.status is not None:
                return await self._fail(fault, request)
        return await self._take(request)

    async def _fail(self, fault: Fault, request: Request) -> Response:
        if fault.is_applied:
            await self._take(request)
        if fault.hang_for is not None:
            await asyncio.sleep(fault.hang_for)
        if fault.status is None:
            await reset_connection(request.receive)
            return Response()
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return PlainTextResponse(fault.body, status_code=fault.status, headers=headers)

    async def _take(self, request: Request) -> Response:
        refusal = _refusal_of_address(request.path_params)
        if refusal is not None:
            return refusal
        message = _message(await _body(request), request.headers.get("content-type", ""))
        if message is None:
            return _word(400, "invalid_payload")
        if not (message.get("text") or message.get("blocks") or message.get("attachments")):
            return _word(400, "no_text")
        if not _are_blocks(message.get("blocks", [])):
            return _word(400, "invalid_blocks")
        seconds = self._channel.seconds_to_wait()
        if seconds:
            return PlainTextResponse("rate_limited", status_code=429, headers={"Retry-After": str(seconds)})
        self._channel.post(message)
        return _word(200, "ok")


def _word(status: int, word: str) -> Response:
    return PlainTextResponse(word, status_code=status)


def _refusal_of_address(parts: dict[str, Any]) -> Response | None:
    if parts["team"] != TEAM:
        return _word(404, "no_team")
    if parts["service"] != SERVICE:
        return _word(404, "no_service")
    if parts["token"] != TOKEN:
        return _word(403, "invalid_token")
    return None


async def _body(request: Request) -> bytes | None:
    """The body; None where it is longer than Slack takes, which is not read on."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            return None
    return body


def _message(body: bytes | None, content_type: str) -> dict[str, Any] | None:
    """The JSON object of a body, or of the form field `payload`; None where there is none."""
    if body is None:
        return None
    try:
        text = body.decode()
        if content_type.startswith("application/x-www-form-urlencoded"):
            text = parse_qs(text)["payload"][0]
        message = json.loads(text)
    except (ValueError, KeyError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _are_blocks(blocks: Any) -> bool:
    """Whether Slack would take them, for the kinds the portal could post; other kinds need only be named."""
    return isinstance(blocks, list) and len(blocks) <= MOST_BLOCKS and all(_is_block(block) for block in blocks)


def _is_block(block: Any) -> bool:
    if not isinstance(block, dict):
        return False
    match block.get("type"):
        case "section":
            text, fields = block.get("text"), block.get("fields", [])
            if not isinstance(fields, list) or len(fields) > MOST_FIELDS or (text is None and not fields):
                return False
            return (text is None or _is_text(text, LONGEST_SECTION)) and all(_is_text(f, LONGEST_FIELD) for f in fields)
        case "header":
            return _is_text(block.get("text"), LONGEST_HEADER) and block["text"]["type"] == "plain_text"
        case other:
            return isinstance(other, str) and other != ""


def _is_text(value: Any, longest: int) -> bool:
    if not isinstance(value, dict) or value.get("type") not in ("plain_text", "mrkdwn"):
        return False
    text = value.get("text")
    return isinstance(text, str) and 1 <= len(text) <= longest
