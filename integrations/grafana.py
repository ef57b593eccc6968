"""Grafana's HTTP API: a panel rendered as a picture. Every wait is bounded, every error sorted.

Source: Grafana's «HTTP API» reference and «Set up image rendering». Without a renderer Grafana answers a picture that says so.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from integrations.errors import IntegrationError, MalformedPayload, Refused, Unavailable
from integrations.links import epoch_milliseconds

CONNECT_S = 3.0
LARGEST_PICTURE = 2 * 1024 * 1024
LARGEST_SIDE = 3_000
_SIGNATURE, _END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_UID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_VARIABLE = re.compile(r"\w{1,80}", re.ASCII)


class Grafana:
    """One Grafana under a service account's token. Every method raises Unavailable (try later), Refused (do not) or
    MalformedPayload; no error repeats the token or the address. `timeout` in seconds is a whole call's.
    """

    def __init__(self, *, url: str, token: str, timeout: float = 8.0) -> None:
        self._url = url.rstrip("/")
        self._auth = _Bearer(token)
        self._timeout = timeout

    def panel_image(
        self,
        dashboard_uid: str,
        panel_id: int,
        *,
        since: datetime,
        until: datetime,
        variables: Mapping[str, str] | None = None,
        width: int = 1000,
        height: int = 400,
    ) -> bytes:
        """A panel as PNG, its axis in UTC; at most 2 MiB. `variables` are the dashboard's own, without `var-`."""
        named = variables or {}
        if not _UID.fullmatch(dashboard_uid) or not all(map(_VARIABLE.fullmatch, named)):
            raise Refused("invalid", "no uid of a dashboard, or no name of a variable")
        query = {
            "panelId": str(panel_id),
            "from": epoch_milliseconds(since),
            "to": epoch_milliseconds(until),
            "width": str(min(max(width, 100), LARGEST_SIDE)),
            "height": str(min(max(height, 100), LARGEST_SIDE)),
            "tz": "UTC",
            # Nobody waits for a picture that is rendered later than this.
            "timeout": str(max(1, int(self._timeout))),
            **{f"var-{name}": value for name, value in named.items()},
        }
        # Grafana needs some slug there and takes any.
        picture = self._get(f"/render/d-solo/{dashboard_uid}/_", query, most=LARGEST_PICTURE)
        if not picture.startswith(_SIGNATURE):
            raise MalformedPayload("malformed", "the answer is no PNG")
        if _END not in picture[-64:]:
            raise MalformedPayload("malformed", "the picture was cut short")
        return picture

    def _get(self, path: str, query: Mapping[str, str], *, most: int) -> bytes:
        until = time.monotonic() + self._timeout
        timeouts = (min(CONNECT_S, self._timeout), self._timeout)
        with (
            _sorted(),
            requests.get(
                self._url + path,
                params=query,
                auth=self._auth,
                timeout=timeouts,
                # Where it leads to might be somebody else's, and would be shown the token.
                allow_redirects=False,
                stream=True,
            ) as answer,
        ):
            if answer.status_code != 200:
                raise _of_answer(answer)
            return _read(answer, most=most, until=until)


class _Bearer(AuthBase):
    """The token. As a plain header it would give way to what a .netrc has for the host."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _read(answer: requests.Response, *, most: int, until: float) -> bytes:
    """The body as it comes, so that neither an endless one nor one that trickles is waited for."""
    content = bytearray()
    while chunk := answer.raw.read1(65_536, decode_content=True):
        content += chunk
        if len(content) > most:
            raise MalformedPayload("malformed", f"the answer has more than {most:,} bytes")
        if time.monotonic() > until:
            raise Unavailable("timeout", "the answer takes too long")
    return bytes(content)


def _of_answer(answer: requests.Response) -> IntegrationError:
    """An answer outside 200, by its status alone: the body of a proxy or of Grafana is nobody's detail."""
    status = answer.status_code
    detail = f"HTTP {status}"
    if status == 429:
        value = answer.headers.get("Retry-After", "")
        seconds = timedelta(seconds=int(value)) if re.fullmatch(r"\d{1,6}", value, re.ASCII) else None
        return Unavailable("limited", detail, retry_after=seconds)
    if status >= 500 or status == 408:
        return Unavailable("broken", detail)
    if 300 <= status < 400:
        is_sign_in = urlsplit(answer.headers.get("Location", "")).path.rstrip("/").endswith("/login")
        said = "it asks to sign in" if is_sign_in else "GRAFANA_URL must be the address that it leads to"
        return Refused("unauthorized" if is_sign_in else "invalid", f"{detail}: {said}")
    return Refused({401: "unauthorized", 403: "forbidden", 404: "not_found"}.get(status, "invalid"), detail)


@contextmanager
def _sorted() -> Iterator[None]:
    """What requests and urllib3 raise as one of our errors, without its cause, whose words contain the address."""
    try:
        yield
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise _of_failure(error) from None


def _of_failure(error: Exception) -> IntegrationError:
    name = type(error).__name__
    match error:
        case requests.exceptions.SSLError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return Refused("untrusted", "the certificate is not signed by an authority that is known here")
        case requests.ConnectTimeout():
            return Unavailable("unreachable", name)
        case requests.Timeout() | TimeoutError():
            return Unavailable("timeout", "no answer in time")
        case requests.ConnectionError() | HTTPError() | OSError() if not isinstance(error, ValueError):
            is_slow = "timed out" in str(error).lower()
            return Unavailable("timeout", "no answer in time") if is_slow else Unavailable("unreachable", name)
    return Refused("bad_configuration", f"GRAFANA_URL or GRAFANA_TOKEN: {name}")
