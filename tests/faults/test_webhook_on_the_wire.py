"""The endpoint as a socket meets it: bodies without a length, too long, and broken off."""

import http.client
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from incidents.models import InboundEvent
from integrations.pagerduty.webhooks import sign
from tests.incidents.deliveries import SECRET, URL, delivery
from tests.servers import PortalUnderTest


def address_of(portal: PortalUnderTest) -> tuple[str, int]:
    parts = urlsplit(portal.url)
    return str(parts.hostname), int(parts.port or 80)


def post_chunked(portal: PortalUnderTest, chunks: Iterator[bytes], signature: str) -> int:
    host, port = address_of(portal)
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("POST", URL, chunks, {"X-PagerDuty-Signature": signature}, encode_chunked=True)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_body_in_chunks_is_taken(portal: PortalUnderTest) -> None:
    body = delivery()
    assert post_chunked(portal, iter([body[:100], body[100:]]), sign(body, SECRET)) == 202
    assert bytes(InboundEvent.objects.get().body) == body


def test_a_body_in_chunks_above_256_kb_is_refused(portal: PortalUnderTest) -> None:
    body = delivery() + b" " * (300 * 1024)
    assert post_chunked(portal, iter([body]), sign(body, SECRET)) == 413
    assert not InboundEvent.objects.exists()


def test_a_length_above_256_kb_is_refused_before_the_body_is_sent(portal: PortalUnderTest) -> None:
    with socket.create_connection(address_of(portal), timeout=10) as connection:
        connection.sendall(f"POST {URL} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_breaks_off_is_not_stored(portal: PortalUnderTest) -> None:
    body = delivery()
    head = f"POST {URL} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    head += f"X-PagerDuty-Signature: {sign(body, SECRET)}\r\n\r\n"
    with socket.create_connection(address_of(portal), timeout=10) as connection:
        connection.sendall(head.encode() + body[:-20])
        connection.shutdown(socket.SHUT_WR)
        connection.recv(100)
    assert not InboundEvent.objects.exists()
