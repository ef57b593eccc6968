"""Board rows as HTML, rendered once an audience and version, for the page and for the live stream alike.

Nothing in a row depends on the viewer beyond the audience: times are instants that the browser puts into its zone, and
«mine» works on data attributes. The key holds the clock that matters and its phase, so that a row is never greener than
the clock is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from incidents.models import Incident
from incidents.selectors import OpenMark, Strip, row_of, with_board_parts

KEPT_FOR_SECONDS = 3600


@dataclass(frozen=True)
class Audience:
    """Who sees the same rows: by what they may do and the language they read."""

    can_act: bool
    language: str

    @property
    def key(self) -> str:
        return f"{int(self.can_act)}:{self.language}"


def render_rows(marks: Iterable[OpenMark], *, audience: Audience, now: datetime) -> dict[int, SafeString]:
    """HTML by incident number, in the order of the marks. One query for those that are not rendered yet, else none."""
    return render_rows_for([audience], marks, now=now)[audience]


def render_rows_for(
    audiences: Iterable[Audience], marks: Iterable[OpenMark], *, now: datetime
) -> dict[Audience, dict[int, SafeString]]:
    """The same for several audiences, still with one query."""
    wanted = {audience: {_key(mark, audience): mark.number for mark in marks} for audience in audiences}
    rendered: dict[str, str] = cache.get_many([key for keys in wanted.values() for key in keys])
    missing = {number for keys in wanted.values() for key, number in keys.items() if key not in rendered}
    if missing:
        found = {each.pk: each for each in with_board_parts(Incident.objects.filter(pk__in=missing))}
        fresh = {
            key: render_row(found[number], audience=audience, now=now)
            for audience, keys in wanted.items()
            for key, number in keys.items()
            if key not in rendered and number in found
        }
        cache.set_many(fresh, KEPT_FOR_SECONDS)
        rendered |= fresh
    # What the portal itself rendered and escaped is safe to insert again.
    return {
        audience: {number: mark_safe(rendered[key]) for key, number in keys.items() if key in rendered}  # noqa: S308
        for audience, keys in wanted.items()
    }


def _key(mark: OpenMark, audience: Audience) -> str:
    due = mark.due_at.timestamp() if mark.due_at else ""
    return f"row:{mark.number}:{mark.version}:{mark.phase}:{due}:{mark.is_breached:d}:{audience.key}"


def render_row(incident: Incident, *, audience: Audience, now: datetime) -> SafeString:
    """One row, whatever its status: a resolved one says so and leaves by itself."""
    row = row_of(incident, now=now, can_act=audience.can_act)
    with translation.override(audience.language):
        return mark_safe(render_to_string("incidents/board.html#row", {"row": row}))  # noqa: S308


def render_strip(strip: Strip, *, audience: Audience) -> str:
    """The numbers over the board."""
    with translation.override(audience.language):
        return render_to_string("incidents/board.html#strip", {"strip": strip})
