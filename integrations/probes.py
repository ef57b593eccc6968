"""Whether an internal address can be reached: a TCP connection, a TLS handshake or an HTTP answer, with every wait bounded.

Certificates are judged by the system's authorities, redirects are not followed, and nothing of a body is read.
"""

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from integrations.errors import Refused, Unavailable

SCHEMES = ("tcp", "tls", "http", "https")
_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
#: What a shell, a URL and a certificate agree on; an IPv6 address comes in brackets.
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,45}")
_PATH = re.compile(r"/[A-Za-z0-9/_.~%-]{0,200}")
#: An answer of these says that the address is reached; 401 asks who one is. A 403 may be what people outside are told.
_REACHED = frozenset({*range(200, 400), 401})
#: Of a name with many addresses the first few are tried: whoever controls it must not decide how long that takes.
MOST_ADDRESSES = 3
_SHORTEST_S = 0.05
#: Of AWS over IPv6, of Alibaba, of Azure.
_METADATA = (ip_network("fd00:ec2::/32"), ip_network("100.100.100.200/32"), ip_network("168.63.129.16/32"))
#: Their last 32 bits are an IPv4 address: compatible, mapped, translated (NAT64).
_CARRYING_IPV4 = (ip_network("::/96"), ip_network("::ffff:0:0/96"), ip_network("64:ff9b::/96"))


@dataclass(frozen=True)
class Endpoint:
    """An address that people on call need. `path` is "" but for HTTP."""

    name: str
    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def address(self) -> str:
        """As a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def read_endpoints(text: str) -> tuple[Endpoint, ...]:
    """`name=tcp://host:port,name=tls://host:port,name=https://host/path`. Raises ValueError with what is wrong with which."""
    endpoints = tuple(_read_endpoint(word.strip()) for word in text.split(",") if word.strip())
    names = [endpoint.name for endpoint in endpoints]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice} is named twice")
    return endpoints


def _read_endpoint(word: str) -> Endpoint:
    name, equals, url = word.partition("=")
    if not equals or not _NAME.fullmatch(name):
        raise ValueError("each endpoint is name=scheme://host:port, with a name of letters, digits, dots, dashes")
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise ValueError(f"{name}: the port must be a number from 1 to 65535") from error
    if parts.scheme not in SCHEMES:
        raise ValueError(f"{name}: the scheme must be one of {', '.join(SCHEMES)}")
    if (
        not parts.hostname
        or not _HOST.fullmatch(parts.hostname)
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        raise ValueError(f"{name}: a host and a port are expected, no user, query or fragment")
    if not port:
        raise ValueError(f"{name}: {parts.scheme} needs a port")
    if parts.path not in ("", "/") and (parts.scheme not in _PORTS or not _PATH.fullmatch(parts.path)):
        raise ValueError(f"{name}: this path cannot be asked for")
    path = (parts.path or "/") if parts.scheme in _PORTS else ""
    return Endpoint(name=name, scheme=parts.scheme, host=parts.hostname, port=port, path=path)


def probe(endpoint: Endpoint, *, timeout: float = 5.0, avoids_link_local: bool = False) -> None:
    """Returns where the endpoint is reached. `timeout` in seconds is the connection's, to whichever of its addresses, and again
    that of all that follows; looking up a name has the system's own. `avoids_link_local` is for addresses that people typed:
    clouds hand out credentials there to whoever asks.

    Raises Unavailable (timeout, unknown_host, unreachable) or Refused (refused, link_local, untrusted, tls, http_status with the
    number).
    """
    with (
        _sorted(),
        _connect(endpoint, timeout, avoids_link_local=avoids_link_local) as connection,
        _ended_after(timeout, connection.dup()),
    ):
        if endpoint.scheme not in ("tls", "https"):
            _ask(endpoint, connection)
            return
        with ssl.create_default_context().wrap_socket(connection, server_hostname=endpoint.host) as secured:
            _ask(endpoint, secured)


def _connect(endpoint: Endpoint, timeout: float, *, avoids_link_local: bool) -> socket.socket:
    # A number has many spellings, a name may lead anywhere, and elsewhere when it is asked again: looked up once, here.
    found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(place[0]) for *_kind, place in found))
    if avoids_link_local and any(_is_link_local(address) for address in addresses):
        raise Refused("link_local")
    ends_at = time.monotonic() + timeout
    *others, last = addresses[:MOST_ADDRESSES]
    for number, address in enumerate(others):
        # What is left, in equal parts: one that is silent must not use up the time of those after it.
        part = max((ends_at - time.monotonic()) / (len(others) + 1 - number), _SHORTEST_S)
        with suppress(OSError):
            return socket.create_connection((address, endpoint.port), timeout=part)
    left = max(ends_at - time.monotonic(), _SHORTEST_S)
    return socket.create_connection((last, endpoint.port), timeout=left)


def _is_link_local(address: str) -> bool:
    """Whether it is link-local, or another address at which a cloud tells its machines their secrets; however it is wrapped."""
    # Without the interface, which is none of the address.
    given = ip_address(address.partition("%")[0])
    return any(each.is_link_local or any(each in place for place in _METADATA) for each in _meant_by(given))


def _meant_by(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """The address, and the IPv4 one that is in it where a gateway or the kernel would take it out."""
    yield address
    if isinstance(address, IPv6Address):
        if address.sixtofour is not None:
            yield address.sixtofour
        if any(address in each for each in _CARRYING_IPV4):
            yield IPv4Address(int(address) & 0xFFFF_FFFF)


def _ask(endpoint: Endpoint, connection: socket.socket) -> None:
    """A plain GET, where it is HTTP: no proxy, no redirect, nobody's password, and no more than the answer's head."""
    if endpoint.scheme not in _PORTS:
        return
    client = HTTPConnection(endpoint.host, endpoint.port)
    client.sock = connection
    client.request("GET", endpoint.path, headers={"User-Agent": "oncall-portal", "Connection": "close"})
    with client.getresponse() as answer:
        status = answer.status
    if status not in _REACHED:
        raise Refused("http_status", str(status))


@contextmanager
def _ended_after(seconds: float, connection: socket.socket) -> Iterator[None]:
    """Ends a connection whose other side sends a byte now and then: each silence alone is short enough.

    `connection` is a duplicate, closed at the end: TLS empties the socket that it is put around.
    """
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, HTTPException):
        if not is_late.is_set():
            raise
    finally:
        timer.cancel()
        connection.close()
    if is_late.is_set():
        # An answer whose head was cut by this end may look like a whole one.
        raise Unavailable("timeout")


@contextmanager
def _sorted() -> Iterator[None]:
    """What sockets, TLS and HTTP raise as our errors."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Refused("untrusted", error.verify_message) from None
    except ssl.SSLError as error:
        raise Refused("tls", str(error.reason or "")) from None
    except ConnectionRefusedError:
        raise Refused("refused") from None
    except (socket.gaierror, UnicodeError):
        # A name with an empty or endless part is none that could be looked up.
        raise Unavailable("unknown_host") from None
    except TimeoutError:
        raise Unavailable("timeout") from None
    except (OSError, HTTPException) as error:
        raise Unavailable("unreachable", type(error).__name__) from None
