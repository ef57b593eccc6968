"""HTTP to one cluster: the official client's authentication, TLS and proxies, our limits and errors.

Its typed models are not used: they make an object of every field of every pod, and refuse ordinary ones (an event whose
`eventTime` is null). Importing it takes most of a second, so `client` does that when a cluster is first needed.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import yaml
from kubernetes.client import ApiClient, Configuration
from kubernetes.client.exceptions import OpenApiException
from kubernetes.config import ConfigException, load_kube_config
from kubernetes.config.incluster_config import InClusterConfigLoader
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, LocationValueError

from integrations.errors import IntegrationError, MalformedPayload, Refused, Unavailable
from integrations.kubernetes import configuration as found
from integrations.kubernetes.errors_of import clean, of_answer, of_failure

#: Bytes of one answer: a page of 500 large pods has some ten million.
LARGEST_ANSWER = 67_108_864
LARGEST_REFUSAL = 65_536
#: How many times the timeout one method may take with all its requests.
PATIENCE = 6
CONNECTIONS = 16
_WARNING = re.compile(r'\b\d{3} \S+ "((?:[^"\\]|\\.)*)"')


class Deadline:
    """The end of one method's time, however many requests it makes."""

    def __init__(self, within: float) -> None:
        self._ends_at = time.monotonic() + within

    def left(self) -> float:
        """Seconds left; Unavailable where there are none."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise Unavailable("timeout", "the answer took too long altogether")
        return left


@dataclass(frozen=True)
class Answer:
    """A success. `warnings` are the API server's own, from its `Warning` headers."""

    body: bytes
    warnings: tuple[str, ...] = ()


class Transport:
    """One cluster under one context. Safe for threads: they share the connections."""

    def __init__(self, *, context: str, timeout: float) -> None:
        settings = _load(context)
        settings.retries = False
        settings.connection_pool_maxsize = CONNECTIONS
        self._client = ApiClient(settings)
        self._client.user_agent = "oncall-portal"
        self._timeout = timeout

    def deadline(self) -> Deadline:
        """A method's time, from now."""
        return Deadline(self._timeout * PATIENCE)

    def get(self, path: str, query: Mapping[str, object], deadline: Deadline) -> bytes:
        """The body of an answer to a read."""
        with self.open("GET", path, query, deadline) as response:
            return _read(response, deadline, LARGEST_ANSWER)

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, object],
        body: object,
        deadline: Deadline,
        *,
        kind: str = "json",
    ) -> Answer:
        """The answer to a write; `kind` is json, or which patch: strategic-merge-patch+json, json-patch+json."""
        with self.open(method, path, query, deadline, body=body, kind=kind) as response:
            warnings = ", ".join(response.headers.getlist("Warning"))
            told = tuple(clean(re.sub(r"\\(.)", r"\1", text)) for text in _WARNING.findall(warnings))
            return Answer(_read(response, deadline, LARGEST_ANSWER), told)

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        query: Mapping[str, object],
        deadline: Deadline,
        *,
        body: object = None,
        kind: str = "json",
    ) -> Iterator[BaseHTTPResponse]:
        """A successful answer whose body is not read yet. What is left of it at the end is not read: the connection closes."""
        headers = {"Accept": "application/json, */*"}
        if body is not None:
            headers["Content-Type"] = f"application/{kind}"
        with _sorted():
            request = self._client.param_serialize(
                method,
                path,
                query_params=[(name, value) for name, value in query.items() if value not in ("", None)],
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
            )
            wait = min(self._timeout, deadline.left())
            response: BaseHTTPResponse = self._client.call_api(*request, _request_timeout=(wait, wait)).response
            try:
                if not 200 <= response.status < 300:
                    raise of_answer(
                        response.status, response.headers, _read(response, deadline, LARGEST_REFUSAL, cut=True)
                    )
                yield response
            finally:
                # Without effect where all was read: the connection is back in its pool then.
                response.close()


def _read(response: BaseHTTPResponse, deadline: Deadline, most: int, *, cut: bool = False) -> bytes:
    """The whole body, or with `cut` its first bytes. Raises MalformedPayload where it is larger."""
    content = bytearray()
    while chunk := response.read1(262_144):
        content += chunk
        if len(content) > most:
            if cut:
                break
            raise MalformedPayload("malformed", f"an answer of more than {most:,} bytes")
        deadline.left()
    return bytes(content[:most])


@contextmanager
def _sorted() -> Iterator[None]:
    """Whatever the client, urllib3 or the kubeconfig's credential command raise, as our errors."""
    try:
        yield
    except IntegrationError:
        raise
    except (ConfigException, LocationValueError) as error:
        raise Refused("bad_configuration", type(error).__name__) from None
    except ValueError:
        # http.client will not send a header with a line end, as a token file's last line has one, and repeats its value.
        raise Refused("bad_configuration", "the address or the token cannot be sent") from None
    except (OpenApiException, HTTPError, OSError) as error:
        # Without its cause: the client's words contain the address and the headers.
        raise of_failure(error) from None


def _load(context: str) -> Configuration:
    """The client's settings for a context. Raises Refused: not_configured, bad_configuration."""
    paths = found.kubeconfig_paths()
    if not paths and not found.is_in_cluster():
        raise Refused("not_configured", "neither a file in KUBECONFIG nor a service account")
    known = found.contexts()
    if context and context not in known:
        raise Refused("bad_configuration", f"no context {context!r}")
    settings = Configuration()
    try:
        if paths:
            load_kube_config(
                config_file=":".join(map(str, paths)),
                context=context or None,
                client_configuration=settings,
                persist_config=False,
            )
        else:
            folder = found.SERVICE_ACCOUNT
            InClusterConfigLoader(str(folder / "token"), str(folder / "ca.crt")).load_and_set(settings)
    except ConfigException as error:
        raise Refused("bad_configuration", _which_key(error)) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError) as error:
        raise Refused("bad_configuration", type(error).__name__) from None
    return settings


def _which_key(error: ConfigException) -> str:
    """The client's words repeat whole entries, tokens included: only what is missing, or which file, is passed on."""
    match = re.search(
        r"Expected (?:key|object with name) ([\w.@:/-]{1,100}) in|(File does not exist: [^{}]{1,200})", str(error)
    )
    return f"without {match[1]}" if match and match[1] else (match[2] if match else "the kubeconfig is incomplete")
