"""Plain HTTP for what the official client hides."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from simulators.kubernetes.access import TOKEN
from simulators.kubernetes.testing import RunningCluster

GATEWAY = "/apis/apps/v1/namespaces/chatops/deployments/chatops-gateway"
PODS = "/api/v1/namespaces/chatops/pods"
STRATEGIC, MERGE, JSON = (f"application/{kind}+json" for kind in ("strategic-merge-patch", "merge-patch", "json-patch"))


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    def header(self, name: str) -> list[str]:
        """All values of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


def ask(
    cluster: RunningCluster,
    method: str,
    path: str,
    body: Any = None,
    *,
    content_type: str = "application/json",
    token: str | None = TOKEN,
    accept: str = "application/json",
    timeout: float = 5.0,
    **query: Any,
) -> Answer:
    """One request; `body` is sent as JSON unless it is bytes. A parameter's name may end with an underscore."""
    target = urlsplit(cluster.url)
    headers = {"Accept": accept, "Content-Type": content_type}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=timeout)
    try:
        connection.request(
            method,
            path + (f"?{urlencode({name.rstrip('_'): value for name, value in query.items()})}" if query else ""),
            raw,
            headers,
        )
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read())
    finally:
        connection.close()
