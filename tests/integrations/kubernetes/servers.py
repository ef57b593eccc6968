"""Servers that speak exact bytes: what no API server says on purpose, and what stands in between does."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Gets the connection and the request's head.
type Speech = Callable[[socket.socket, bytes], None]

KUBECONFIG = """
current-context: here
contexts: [{{name: here, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "{server}"{more}}}}}]
users: [{{name: u, user: {{token: s3cret-token}}}}]
"""


def kubeconfig(server: str, more: str = "") -> str:
    return KUBECONFIG.format(server=server, more=more)


def saying(answer: bytes) -> Speech:
    """Sends the bytes and closes."""
    return lambda connection, _request: connection.sendall(answer)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An HTTP/1.1 answer of the right length."""
    lines = (f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


@contextmanager
def speaking(speech: Speech) -> Iterator[str]:
    """Each connection hears a request out to the end of its head and is then spoken to. Gives the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening, speech), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


def _serve(listening: socket.socket, speech: Speech) -> None:
    while True:
        try:
            connection, _address = listening.accept()
        except OSError:
            return
        threading.Thread(target=_speak, args=(connection, speech), daemon=True).start()


def _speak(connection: socket.socket, speech: Speech) -> None:
    try:
        with connection:
            speech(connection, connection.recv(65_536))
    except OSError:
        return  # The client has hung up, as some tests want it to.
