"""A small REST client for these tests: plain HTTP, nothing hidden."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

ACCOUNT_TOKEN = "demo-token"
RESPONDER = "responder@chatops.example.com"
KENJI = "kenji@chatops.example.com"


@dataclass(frozen=True)
class Answer:
    """What came back. `json` is null where the body is none."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body) if self.body else None

    @property
    def error(self) -> tuple[int, int]:
        """Status and PagerDuty's code, of a refusal."""
        return self.status, self.json["error"]["code"]


class Client:
    """Talks to one simulator. `user` is the From header, `token` the account's; null leaves the header out."""

    def __init__(self, url: str, *, token: str | None = ACCOUNT_TOKEN, user: str | None = RESPONDER) -> None:
        self.url = url
        self.token = token
        self.user = user

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        timeout: float = 5.0,
        **query: Any,
    ) -> Answer:
        """One request; `query` values may be lists, `body` is sent as JSON unless it is bytes."""
        target = urlsplit(self.url)
        sent = {"Accept": "application/vnd.pagerduty+json;version=2", "Content-Type": "application/json"}
        if self.token is not None:
            sent["Authorization"] = f"Token token={self.token}"
        if self.user is not None:
            sent["From"] = self.user
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=timeout)
        try:
            address = path + (f"?{urlencode(query, doseq=True)}" if query else "")
            connection.request(method, address, raw, {**sent, **(headers or {})})
            response = connection.getresponse()
            received = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, received, response.read())
        finally:
            connection.close()

    def get(self, path: str, **query: Any) -> Answer:
        """GET."""
        return self.request("GET", path, **query)

    def post(self, path: str, body: Any) -> Answer:
        """POST."""
        return self.request("POST", path, body)

    def put(self, path: str, body: Any) -> Answer:
        """PUT."""
        return self.request("PUT", path, body)

    def update(self, incident_id: str, **fields: Any) -> Answer:
        """Changes fields of one incident."""
        return self.put(f"/incidents/{incident_id}", {"incident": {"type": "incident_reference", **fields}})

    def incident(self, incident_id: str) -> Any:
        """One incident's JSON."""
        return self.get(f"/incidents/{incident_id}").json["incident"]

    def log_types(self, incident_id: str) -> list[str]:
        """The types of an incident's log entries, oldest first, without their `_log_entry`."""
        entries = self.get(f"/incidents/{incident_id}/log_entries", limit=100).json["log_entries"]
        return [entry["type"].removesuffix("_log_entry") for entry in reversed(entries)]
