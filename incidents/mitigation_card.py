"""One mitigation in words, as its card shows it."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from django.utils.translation import pgettext

from cluster.enums import MitigationVerb, Obstacle
from incidents.enums import MitigationState, Severity
from incidents.mitigations.commands import command_of
from incidents.mitigations.guards import is_typed
from incidents.mitigations.outcome_words import alert_words, outcome_words
from incidents.mitigations.plans import WayBack, way_back
from incidents.mitigations.sights import Row, rows_of
from incidents.mitigations.words import finding_words, plan_words
from incidents.models import Incident, Mitigation

SYMBOLS: Mapping[MitigationVerb, str] = {
    MitigationVerb.SCALE: "scaling",
    MitigationVerb.DELETE_POD: "trash-2",
    MitigationVerb.ROLL_BACK: "undo-2",
    MitigationVerb.RESTART: "refresh-cw",
    MitigationVerb.REBOOT_RDS: "database",
}


@dataclass(frozen=True)
class Line:
    """One finding of the guard rails as a sentence."""

    is_blocking: bool
    text: str


@dataclass(frozen=True)
class Card:
    """One mitigation in words."""

    mitigation: Mitigation
    incident: Incident
    #: Asked only where it matters; many cards of one incident ask once.
    worst: Callable[[], Severity]
    is_way_back_taken: bool = False

    @property
    def state(self) -> MitigationState:
        return MitigationState(self.mitigation.state)

    @property
    def symbol(self) -> str:
        return SYMBOLS[MitigationVerb(self.mitigation.verb)]

    @property
    def what(self) -> str:
        found = self.mitigation
        words = plan_words(found.verb, found.parameters, found.target)
        return words[:1].upper() + words[1:]

    @property
    def rows(self) -> list[Row]:
        """What it changes: before and after."""
        found = self.mitigation
        return rows_of(MitigationVerb(found.verb), found.before, found.after, is_decided=found.confirmed_at is not None)

    @property
    def lines(self) -> list[Line]:
        """What speaks against it, or is to be known."""
        return [
            Line(each["is_blocking"], finding_words(each["code"], each["data"])) for each in self.mitigation.findings
        ]

    @property
    def is_typed(self) -> bool:
        return is_typed(self.worst(), is_production=self.mitigation.is_production)

    @property
    def can_confirm(self) -> bool:
        return self.state is MitigationState.READY and self.incident.is_open

    @property
    def can_withdraw(self) -> bool:
        return self.state in (MitigationState.CHECKING, MitigationState.READY, MitigationState.CONFIRMED)

    @property
    def has_failed(self) -> bool:
        return self.state in (MitigationState.FAILED, MitigationState.BLOCKED)

    @property
    def verdict(self) -> str:
        """A sentence; what the API server said may bring its own full stop."""
        words = outcome_words(self.mitigation.verdict) if self.mitigation.verdict else ""
        stop = "" if not words or words.endswith((".", "。", "!", "?")) else pgettext("end of a sentence", ".")
        return words[:1].upper() + words[1:] + stop

    @property
    def alert(self) -> str:
        return alert_words(self.mitigation.verdict)

    @property
    def is_ringing(self) -> bool:
        return self.mitigation.verdict.get("alert") == "rings"

    @property
    def trouble(self) -> str:
        """Why the cluster cannot be asked at the moment."""
        error = self.mitigation.last_error
        return str(Obstacle.of(error.partition(":")[0]).label) if error and not self.mitigation.is_over else ""

    @cached_property
    def _way_back(self) -> WayBack | None:
        """What undoes it, unless that has been proposed already."""
        found = self.mitigation
        if not found.is_over or not found.was_done or self.is_way_back_taken:
            return None
        return way_back(MitigationVerb(found.verb), found.before, found.after)

    @property
    def back(self) -> WayBack | None:
        """The same while the portal still acts on the incident."""
        return self._way_back if self.incident.is_open else None

    @property
    def back_words(self) -> str:
        return plan_words(self.back.verb, self.back.parameters, self.mitigation.target) if self.back else ""

    @property
    def back_command(self) -> str:
        """The way back by hand, once the incident is over and the portal acts no more on it."""
        back = None if self.incident.is_open else self._way_back
        if back is None:
            return ""
        after = {"replicas": back.parameters.get("to"), "to_revision": back.parameters.get("revision")}
        return command_of(back.verb, self.mitigation.place, after)

    @property
    def can_repeat(self) -> bool:
        """Whether proposing the same once more makes sense: nothing was done."""
        return self.has_failed and not self.mitigation.was_done and self.incident.is_open

    @property
    def stamp(self) -> str:
        """The same for as long as nothing would look different."""
        found = self.mitigation
        happened = (found.pk, found.state, found.checked_at, found.progress, found.verdict, found.last_error)
        return digest_of((happened, self.is_way_back_taken, self.incident.is_open, self.incident.severity))

    @property
    def sent(self) -> str:
        """Its parameters as a form sends them."""
        return json.dumps(self.mitigation.parameters, sort_keys=True)


def card_of(
    incident: Incident, mitigation: Mitigation, others: Iterable[Mitigation], *, worst: Callable[[], Severity]
) -> Card:
    """One of them; `others` tell whether its way back has been proposed already, `worst` the incident's worst severity."""
    came_to_nothing = (MitigationState.BLOCKED, MitigationState.WITHDRAWN)
    is_taken = any(each.way_back_of_id == mitigation.pk and each.state not in came_to_nothing for each in others)
    return Card(mitigation, incident, worst, is_taken)


def digest_of(what: object) -> str:
    """Short, and the same for the same."""
    return sha256(repr(what).encode()).hexdigest()[:16]
