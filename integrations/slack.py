"""Slack's incoming webhook through `slack_sdk`, with every wait bounded and every error sorted.

The webhook's address is a secret: whoever has it can post. It is never logged, and no error repeats it.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http.client import HTTPException
from traceback import clear_frames
from typing import Any
from urllib.error import URLError

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from integrations.errors import Refused, Unavailable

#: The library logs the address at DEBUG, and errors that may contain it at ERROR: it gets a logger that says nothing.
_silent = logging.getLogger(f"{__name__}.silent")
_silent.setLevel(logging.CRITICAL + 1)
#: Slack's own words for an error, such as `no_service`. Anything else, say a proxy's page, may repeat the address.
_WORD = re.compile(r"[a-z][a-z_]{1,63}")


class Slack:
    """One channel. `timeout` in seconds, for each step of a call: connecting, sending, reading."""

    def __init__(self, *, url: str, timeout: int = 5) -> None:
        # By default it tries again by itself when the connection breaks, which would post twice, and sleeps through a 429.
        self._client = WebhookClient(url, timeout=timeout, logger=_silent, retry_handlers=[])

    def post(self, *, text: str, blocks: Sequence[Mapping[str, Any]]) -> None:
        """Posts one message: `text` (mrkdwn) is what notifications show, `blocks` (Block Kit) what the channel shows.

        Raises Unavailable (it may have arrived all the same) or Refused (it has not).
        """
        body = {
            "text": text,
            "blocks": list(blocks),
            # No name or address in the text becomes a mention, a link or a preview.
            "parse": "none",
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        try:
            response = self._client.send_dict(body)
        except (OSError, HTTPException, SlackClientError, ValueError, LookupError) as error:
            # ValueError and LookupError: an answer in no known encoding.
            failure = _name_of(error)
            # The library keeps the error in a cycle, and with it the answer's open socket until somebody collects it.
            clear_frames(error.__traceback__)
        else:
            _raise_unless_taken(response)
            return
        # Not where it was caught: its words may hold the address, and an error keeps what it was raised over.
        raise Unavailable("unreachable", failure)


def _name_of(error: Exception) -> str:
    """What broke: while the request is sent it comes wrapped, while the answer is awaited it does not."""
    if isinstance(error, URLError) and isinstance(error.reason, Exception):
        return type(error.reason).__name__
    return type(error).__name__


def _raise_unless_taken(response: WebhookResponse) -> None:
    """Source: «Sending messages using incoming webhooks», «Handling errors», and «Rate limits» in Slack's documentation."""
    status, body = response.status_code, response.body.strip()
    if 200 <= status < 300 and body == "ok":
        return
    detail = f"HTTP {status} {body}" if _WORD.fullmatch(body) else f"HTTP {status}"
    if status == 429:
        raise Unavailable("limited", detail, retry_after=_retry_after(response.headers))
    if status >= 500 or status == 408:
        raise Unavailable("broken", detail)
    if status < 300:
        # Whoever answered took it and is no Slack, or a sign-in page: to send it again and again could only do harm.
        raise Refused("unexpected", detail)
    if status in (403, 404, 410):
        raise Refused("no_channel", detail)
    raise Refused("invalid", detail)


def _retry_after(headers: Mapping[str, Any]) -> timedelta | None:
    """The whole seconds of the Retry-After header; None where there is none, or a date."""
    value = str({name.lower(): value for name, value in headers.items()}.get("retry-after", ""))
    return timedelta(seconds=int(value)) if re.fullmatch(r"\d{1,6}", value, re.ASCII) else None
