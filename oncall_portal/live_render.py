"""What the live streams read from the database: synchronous, called in a thread."""

from dataclasses import dataclass
from typing import Any

from accounts.database_time import database_now
from incidents.models import Incident
from incidents.rendering import Audience, render_rows, render_strip
from incidents.selectors import heard_of_pagerduty, open_incidents, open_marks, strip_of


@dataclass(frozen=True)
class BoardNews:
    """The changed rows and the strip, as one audience reads them."""

    audience: Audience
    rows: list[str]
    strip: str


def board_news(numbers: list[int], audiences: list[Audience]) -> list[BoardNews]:
    """Renders the rows of these incidents once for each audience."""
    now = database_now()
    marks = open_marks(Incident.objects.filter(number__in=numbers), now)
    strip = strip_of(open_marks(open_incidents(), now))
    return [
        BoardNews(
            audience=audience,
            rows=[str(html) for html in render_rows(marks, audience=audience, now=now).values()],
            strip=render_strip(strip, audience=audience),
        )
        for audience in audiences
    ]


def board_snapshot() -> dict[str, Any]:
    """`{"rows": {number: version}}` of everything that is open."""
    return {"rows": {str(number): version for number, version in open_incidents().values_list("number", "version")}}


def tick_data() -> dict[str, Any]:
    """The server's time and how old the data is."""
    now, state = heard_of_pagerduty()
    as_of = state.as_of.isoformat() if state.as_of else None
    return {"now": now.isoformat(), "as_of": as_of, "stale": state.is_stale}
