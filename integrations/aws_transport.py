"""The way to AWS: boto3's session, its clients, and what they raise as our errors. No other file imports boto3 or botocore.

Importing them takes half a second: `integrations.aws` imports this file when something is asked for the first time.
"""

import os
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ssl import SSLCertVerificationError
from typing import Any

import boto3
import botocore.session
from botocore import exceptions as aws
from botocore.config import Config
from botocore.parsers import ResponseParserError

from integrations.aws_errors import of_answer
from integrations.errors import IntegrationError, MalformedPayload, Refused, Unavailable

_NO_CREDENTIALS = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.NoAuthTokenError,
)
_EXPIRED = (aws.SSOError, aws.LoginError, aws.TokenRetrievalError)
_CONFIGURATION = (
    *(aws.ProfileNotFound, aws.ConfigParseError, aws.ConfigNotFound, aws.InvalidConfigError, aws.DataNotFoundError),
    *(
        aws.InfiniteLoopConfigError,
        aws.UnknownCredentialError,
        aws.InvalidProxiesConfigError,
        aws.BaseEndpointResolverError,
    ),
    *(aws.EndpointProviderError, aws.InvalidRegionError, aws.InvalidRetryConfigurationError, ValueError),
)
#: What botocore's parsers raise for bytes that are no answer.
_UNREADABLE = (ResponseParserError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error)


class Transport:
    """Clients of one region, each made once, for any number of threads. `timeout` in seconds is a call's, its tries together."""

    def __init__(self, *, region: str, endpoint_url: str, timeout: float) -> None:
        self._endpoint_url = endpoint_url
        self._timeout = timeout
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, int], Any] = {}
        with _sorted():
            # Its own lookups, through STS or SSO, wait no longer than our calls.
            self._chain = botocore.session.get_session()
            self._chain.set_default_client_config(self._config(attempts=2))
            # boto3 reads AWS_DEFAULT_REGION; what runs in a cluster of AWS's is given AWS_REGION.
            named = region or self._chain.get_config_variable("region") or os.environ.get("AWS_REGION")
            self._session: Any = boto3.Session(botocore_session=self._chain, region_name=named or None)

    @property
    def region(self) -> str:
        """Where it looks; "" where nobody has said."""
        return self._session.region_name or ""

    def ask(self, service: str, operation: str, asked: Mapping[str, Any], *, attempts: int = 2) -> Mapping[str, Any]:
        """One call. `attempts` 1 for what must not be done twice."""
        with _sorted():
            answer: Mapping[str, Any] = getattr(self._client(service, attempts), operation)(**asked)
            return answer

    def pages(
        self, service: str, operation: str, asked: Mapping[str, Any], *, most: int | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """The pages of a list, up to `most` of its rows."""
        with _sorted():
            paginator = self._client(service, 2).get_paginator(operation)
            yield from paginator.paginate(**asked, PaginationConfig={"MaxItems": most})

    def _client(self, service: str, attempts: int) -> Any:
        with self._lock:  # Making one is no matter of several threads at once, and takes some 20 ms.
            client = self._clients.get((service, attempts))
            if client is None:
                if not self.region:
                    raise Refused("no_region", "neither AWS_DEFAULT_REGION nor AWS_REGION says which")
                client = self._session.client(
                    service,
                    endpoint_url=self._endpoint_url or None,
                    config=self._config(attempts=attempts),
                    # An empty AWS_CA_BUNDLE is none; botocore would not have it.
                    verify=self._chain.get_config_variable("ca_bundle") or True,
                )
                client.meta.events.register("before-parse", _raise_where_no_service_answered)
                self._clients[service, attempts] = client
            return client

    def _config(self, *, attempts: int) -> Config:
        each = self._timeout / attempts
        retries = {"mode": "standard", "total_max_attempts": attempts}
        return Config(connect_timeout=each, read_timeout=each, retries=retries)  # type: ignore[arg-type]


def _raise_where_no_service_answered(response_dict: Mapping[str, Any], **_more: object) -> None:
    """A page of a proxy or of a broken server is no answer of AWS's: botocore would call it unreadable and lose its status."""
    status, body = int(response_dict["status_code"]), bytes(response_dict["body"]).lstrip()[:15].lower()
    if status >= 300 and body.startswith((b"<!doctype", b"<html")):
        raise of_answer("", "", status, {name.lower(): value for name, value in response_dict["headers"].items()})


@contextmanager
def _sorted() -> Iterator[None]:
    """Whatever boto3 raises as one of our errors, without its cause, whose words may hold addresses and credentials."""
    try:
        yield
    except IntegrationError:
        raise
    except aws.ClientError as error:
        said: Mapping[str, Any] = error.response.get("Error", {})
        about: Mapping[str, Any] = error.response.get("ResponseMetadata", {})
        code, message = str(said.get("Code") or ""), str(said.get("Message") or "")
        raise of_answer(code, message, int(about.get("HTTPStatusCode", 0)), about.get("HTTPHeaders", {})) from None
    except aws.BotoCoreError as error:
        raise _of_failure(error) from None
    except _UNREADABLE as error:
        raise MalformedPayload("malformed", type(error).__name__) from None


def _of_failure(error: aws.BotoCoreError) -> IntegrationError:
    """No answer, or none was asked for. The library's name of it must do."""
    name = type(error).__name__
    if isinstance(error, _NO_CREDENTIALS):
        return Refused("no_credentials", name)
    if isinstance(error, _EXPIRED):
        return Refused("expired_token", name)
    if isinstance(error, aws.NoRegionError):
        return Refused("no_region", name)
    if isinstance(error, _CONFIGURATION):
        return Refused("bad_configuration", name)
    if isinstance(error, aws.SSLError) and _is_untrusted(error):
        return Refused("untrusted", "the certificate is not signed by an authority of AWS_CA_BUNDLE or of the system")
    if isinstance(error, aws.ReadTimeoutError):
        return Unavailable("timeout", "no answer in time")
    if isinstance(error, aws.ConnectionError | aws.HTTPClientError):
        return Unavailable("unreachable", name)
    return Refused("invalid", name)


def _is_untrusted(error: BaseException | None) -> bool:
    """Whether a certificate is what stands behind it; urllib3 keeps that in `reason` and in arguments as well."""
    waiting: list[object] = [error, getattr(error, "kwargs", {}).get("error")]
    for _ in range(20):
        if not waiting:
            return False
        each = waiting.pop(0)
        if isinstance(each, SSLCertVerificationError):
            return True
        if isinstance(each, BaseException):
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return False
