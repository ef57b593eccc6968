"""What the live streams read from the database: synchronous, called in a thread."""

from dataclasses import dataclass
from typing import Any

from accounts.database_time import database_now
from incidents.freshness import take_pulse
from incidents.models import Incident
from incidents.rendering import Audience, render_rows_for, render_strip
from incidents.selectors import open_incidents, open_marks, strip_of


@dataclass(frozen=True)
class BoardNews:
    """The changed rows and the strip, as one audience reads them."""

    audience: Audience
    rows: list[str]
    strip: str


def board_news(numbers: list[int], audiences: list[Audience]) -> list[BoardNews]:
    """Renders the rows of these incidents once for each audience, the strip once for each language."""
    now = database_now()
    marks = open_marks(open_incidents(), now)
    changed = [mark for mark in marks if mark.number in numbers]
    # What is no longer open is read by itself: its row says so and leaves.
    over = set(numbers) - {mark.number for mark in changed}
    if over:
        changed += open_marks(Incident.objects.filter(number__in=over), now)
    rows = render_rows_for(audiences, changed, now=now)
    strip = strip_of(marks)
    by_language = {each.language: render_strip(strip, audience=each) for each in audiences}
    return [
        BoardNews(audience=each, rows=list(map(str, rows[each].values())), strip=by_language[each.language])
        for each in audiences
    ]


def board_snapshot() -> dict[str, Any]:
    """`{"rows": {number: version}}` of everything that is open."""
    return {"rows": {str(number): version for number, version in open_incidents().values_list("number", "version")}}


def room_versions(numbers: set[int]) -> dict[int, int]:
    """`{number: version}` of the incidents whose rooms are open."""
    return dict(Incident.objects.filter(number__in=numbers).values_list("number", "version"))


def tick_data() -> dict[str, Any]:
    """The server's time, how old the data is, whether the clocks are watched and the cluster is read."""
    pulse = take_pulse()
    silence = pulse.cluster
    as_of, trouble, since = pulse.pagerduty.as_of, pulse.watch.trouble, pulse.watch.since
    return {
        "now": pulse.now.isoformat(),
        "as_of": as_of.isoformat() if as_of else None,
        "stale": pulse.pagerduty.is_stale,
        "trouble": trouble.value if trouble else "",
        "trouble_since": since.isoformat() if since else None,
        "cluster_silent": silence is not None,
        "cluster_since": silence.since.isoformat() if silence and silence.since else None,
    }
