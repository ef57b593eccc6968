"""How soon somebody must respond to the worst of incidents, as whoever keeps the SLA says.

Shifts know nothing of incidents. The app that does hands its answer over when it is loaded: a callable, so that an edited policy
counts at once, where a value kept with the preflight would be that of yesterday.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

type RespondLimit = Callable[[datetime], timedelta | None]

_providers: list[RespondLimit] = []


def provide_respond_limit(provider: RespondLimit) -> None:
    """Says who knows; the last one counts."""
    _providers[:] = [provider]


def respond_limit(at: datetime) -> timedelta | None:
    """The limit in force at `at`; None where nobody knows one."""
    return _providers[0](at) if _providers else None
