"""What the API server, the network and the official client say, as our errors. No detail repeats a credential.

Source: «Kubernetes API Concepts» and apimachinery's `Status`: every refusal of the API server is a JSON object with
`reason`, `message` and `details`. What is none came from something in between, and its words stay out.
"""

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http.client import IncompleteRead
from typing import Any

from integrations.errors import IntegrationError, MalformedPayload, Refused, Unavailable
from integrations.redaction import MARK, redact

LONGEST_DETAIL = 500
#: However short; behind this word the API server has nothing else.
_BEARER = re.compile(r"(?i)\bbearer\s+\S+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_CONNECTING = ("ConnectTimeoutError", "NewConnectionError", "NameResolutionError", "ProxyError")
#: 400: the log of a container that has not run, or has not run before. Source: the kubelet's and the registry's words.
_NO_LOG = re.compile(r"previous terminated container .* not found|is waiting to start|is not valid for pod")


def of_answer(status: int, headers: Mapping[str, str], body: bytes) -> IntegrationError:
    """An answer outside 200–299."""
    said = _status_of(body)
    message = clean(str(said.get("message") or ""))
    detail = message or f"HTTP {status}"
    if status == 429:
        return Unavailable("limited", detail, retry_after=_retry_after(headers, said))
    if status == 410:
        return Unavailable("gone", detail)
    if status >= 500 or status == 408:
        return Unavailable("broken", f"HTTP {status} {message}".strip())
    if status == 409:
        # A uid that is another's says so; a resourceVersion that has passed is «the object has been modified».
        return Refused("changed" if "Precondition failed" in message else "conflict", detail)
    if status == 400 and _NO_LOG.search(message):
        return Refused("not_found", detail)
    return Refused({401: "unauthorized", 403: "forbidden", 404: "not_found"}.get(status, "invalid"), detail)


def of_failure(error: Exception) -> IntegrationError:
    """No answer, or one that broke off. The error's own words may hold addresses and credentials: its name must do."""
    chain = list(_chain(error))
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in chain):
        return Refused(
            "untrusted", "the certificate is not signed by an authority of the kubeconfig, or is another host's"
        )
    if any(isinstance(each, ssl.SSLError) and each.library in ("PEM", "X509", "ASN1") for each in chain):
        return Refused("bad_configuration", "a certificate or key of the kubeconfig cannot be used")
    if any(isinstance(each, IncompleteRead) for each in chain):
        return MalformedPayload("malformed", "the answer was cut short")
    names = [type(each).__name__ for each in chain]
    connecting = [name for name in names if name in _CONNECTING]
    if connecting:
        return Unavailable("unreachable", connecting[0])
    if any(isinstance(each, TimeoutError) or type(each).__name__ == "ReadTimeoutError" for each in chain):
        return Unavailable("timeout", "no answer in time")
    return Unavailable("unreachable", names[-1])


def clean(text: str) -> str:
    """One line that a database, a log and a page can hold. Redacted before it is cut: half a secret has no shape."""
    line = _BEARER.sub(MARK, redact(_UNPRINTABLE.sub(" ", text)))
    return line.encode("utf-8", "replace").decode()[:LONGEST_DETAIL]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what stands behind it; urllib3 keeps that in `reason` and in arguments as well."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]


def _status_of(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) and said.get("kind") == "Status" else {}


def _retry_after(headers: Mapping[str, str], said: Mapping[str, Any]) -> timedelta | None:
    """The whole seconds of the Retry-After header, or of the Status."""
    details = said.get("details")
    value = headers.get("Retry-After") or str(
        (details if isinstance(details, dict) else {}).get("retryAfterSeconds", "")
    )
    return timedelta(seconds=int(value)) if re.fullmatch(r"\d{1,6}", value, re.ASCII) else None
