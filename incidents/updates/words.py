"""The words that an update begins with. Pure; what fills their places is untrusted and only inserted.

The composer fills every place but {next}, which becomes a time when the update is sent: until then that time moves.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from incidents.enums import Severity
from incidents.updates.kinds import UpdateOccasion

#: PagerDuty's document names no limit; a stakeholder reads it on a telephone.
LONGEST_UPDATE = 1_000
NEXT = "{next}"
PLACES: Mapping[str, Any] = {
    "{what}": gettext_lazy("what happened, as the alert says it"),
    "{service}": gettext_lazy("the service"),
    "{since}": gettext_lazy("since when"),
    "{who}": gettext_lazy("who is on it"),
    NEXT: gettext_lazy("when the next update comes"),
}
_PLACE = re.compile(r"\{[^{}\s]*\}")

#: In the reader's language, until a manager writes the team's.
FIRST_WORDS: Mapping[UpdateOccasion, Any] = {
    UpdateOccasion.P0: gettext_lazy(
        "{service} is down or unusable since {since}: {what}. On it: {who}. Next update by {next}."
    ),
    UpdateOccasion.P1: gettext_lazy(
        "A main function of {service} is impaired since {since}: {what}. On it: {who}. Next update by {next}."
    ),
    UpdateOccasion.P2: gettext_lazy("A part of {service} is impaired since {since}: {what}. On it: {who}."),
    UpdateOccasion.P3: gettext_lazy("A minor problem of {service} since {since}: {what}. On it: {who}."),
    UpdateOccasion.OVER: gettext_lazy("It is over: {what} ({service}), which began {since}. No further updates."),
}


@dataclass(frozen=True)
class Facts:
    """What fills the places; `since` is words already, `who` the names of those who have it."""

    what: str
    service: str
    since: str
    who: tuple[str, ...]


def occasion_of(severity: Severity, *, is_open: bool) -> UpdateOccasion:
    """Which template an update begins with."""
    return UpdateOccasion(severity.value) if is_open else UpdateOccasion.OVER


def fill(template: str, facts: Facts) -> str:
    """The template with every place filled but {next}; a place in what fills one stays as it is."""
    nobody = pgettext("nobody has this incident", "nobody yet")
    known = {
        "{what}": facts.what,
        "{service}": facts.service,
        "{since}": facts.since,
        "{who}": ", ".join(facts.who) or nobody,
    }
    return _PLACE.sub(lambda place: known.get(place[0], place[0]), template)


def moment(at: datetime, zone: ZoneInfo, *, now: datetime) -> str:
    """A time as a text that travels names it: «02:41 (UTC+8)», with the date where it is not the day of `now` there."""
    local = at.astimezone(zone)
    is_today = local.date() == now.astimezone(zone).date()
    offset = f"{local:%z}"
    hours, minutes = int(offset[:3]), offset[3:5]
    name = "UTC" if offset == "+0000" else f"UTC{hours:+d}" + (f":{minutes}" if minutes != "00" else "")
    return f"{local:%H:%M} ({name})" if is_today else f"{local:%Y-%m-%d %H:%M} ({name})"


def fill_next(text: str, at: str) -> str:
    """What is sent: {next} is `at`, words already, or says that nothing is promised where that is ""."""
    return text.replace(NEXT, at or _("further notice"))


def unknown_places(text: str) -> list[str]:
    """What looks like a place and is none, each once, in order."""
    return list(dict.fromkeys(each for each in _PLACE.findall(text) if each not in PLACES))
