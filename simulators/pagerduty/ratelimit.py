"""The REST API's limit: 960 requests a minute for each token, told in `ratelimit-*` headers on every answer."""

from __future__ import annotations

import time
from collections import defaultdict

REQUESTS_A_MINUTE = 960
WINDOW_SECONDS = 60


class RateLimit:
    """Fixed windows of a minute, counted for each token."""

    def __init__(self) -> None:
        self.limit = REQUESTS_A_MINUTE
        self._window = 0
        self._used: defaultdict[str, int] = defaultdict(int)

    def spend(self, token: str) -> tuple[bool, dict[str, str]]:
        """Counts one request; whether it is within the limit, and the headers that say so."""
        now = time.time()
        window = int(now // WINDOW_SECONDS)
        if window != self._window:
            self._window = window
            self._used.clear()
        self._used[token] += 1
        return self._used[token] <= self.limit, self.headers(token)

    def headers(self, token: str) -> dict[str, str]:
        """Limit, what is left of it, seconds until it is whole again."""
        left = WINDOW_SECONDS - int(time.time()) % WINDOW_SECONDS
        return {
            "ratelimit-limit": str(self.limit),
            "ratelimit-remaining": str(max(0, self.limit - self._used[token])),
            "ratelimit-reset": str(left),
        }

    def reset(self) -> None:
        """Back to the usual limit, nothing used."""
        self.limit = REQUESTS_A_MINUTE
        self._used.clear()
