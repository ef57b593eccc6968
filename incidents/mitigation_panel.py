"""What a room shows of mitigations: what can be proposed, what waits or runs, and what came of the others."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.conf import settings

from cluster.enums import MitigationVerb, Obstacle
from cluster.models import CatalogueEntry
from incidents.enums import MitigationState, PodChoice
from incidents.mitigations.guards import is_typed
from incidents.mitigations.outcome_words import alert_words, outcome_words
from incidents.mitigations.plans import Parameters, WayBack, parameters_of, read_plan, way_back
from incidents.mitigations.sights import Row, rows_of
from incidents.mitigations.words import finding_words, plan_words
from incidents.models import Incident, Mitigation

#: Older ones have their address.
MOST_SHOWN = 30
#: What has not ended.
STANDING = tuple(state for state in MitigationState if not state.is_over)


@dataclass(frozen=True)
class Offer:
    """Something to propose. A form that is sent twice has the same `key`."""

    verb: MitigationVerb
    parameters: Parameters
    what: str
    key: str
    is_guides: bool = False

    @property
    def sent(self) -> str:
        """The parameters as a form sends them."""
        return json.dumps(self.parameters, sort_keys=True)

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.verb]


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
        return rows_of(MitigationVerb(found.verb), found.before, found.after)

    @property
    def lines(self) -> list[Line]:
        """What speaks against it, or is to be known."""
        return [
            Line(each["is_blocking"], finding_words(each["code"], each["data"])) for each in self.mitigation.findings
        ]

    @property
    def is_typed(self) -> bool:
        return is_typed(self.incident.severity, is_production=self.mitigation.is_production)

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
        words = outcome_words(self.mitigation.verdict) if self.mitigation.verdict else ""
        return words[:1].upper() + words[1:]

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
    def back(self) -> WayBack | None:
        """What undoes it, unless that has been proposed already."""
        found = self.mitigation
        if not found.is_over or not found.was_done or self.is_way_back_taken or not self.incident.is_open:
            return None
        return way_back(MitigationVerb(found.verb), found.before, found.after)

    @property
    def back_words(self) -> str:
        return plan_words(self.back.verb, self.back.parameters, self.mitigation.target) if self.back else ""

    @property
    def can_repeat(self) -> bool:
        """Whether proposing the same once more makes sense: nothing was done."""
        return self.has_failed and not self.mitigation.was_done and self.incident.is_open

    @property
    def stamp(self) -> str:
        """The same for as long as nothing would look different."""
        found = self.mitigation
        happened = (found.pk, found.state, found.checked_at, found.progress, found.verdict, found.last_error)
        return _digest((happened, self.is_way_back_taken, self.incident.is_open, self.incident.severity))

    @property
    def sent(self) -> str:
        """Its parameters as a form sends them."""
        return json.dumps(self.mitigation.parameters, sort_keys=True)


class MitigationPanel:
    """Everything of one incident. `guide` are the mitigations of the runbook that is open."""

    def __init__(
        self,
        incident: Incident,
        entry: CatalogueEntry | None,
        guide: Iterable[tuple[MitigationVerb, Mapping[str, Any]]],
    ) -> None:
        self.incident = incident
        self.entry = entry
        self._guide = list(guide)
        people = incident.mitigations.select_related("requested_by", "confirmed_by")
        self._all = list(people.order_by("-pk")[:MOST_SHOWN])

    @property
    def is_unmapped(self) -> bool:
        return self.entry is None or not (self.entry.namespace and self.entry.deployment)

    @property
    def has_succeeded(self) -> bool:
        """Whether something was done in this cycle that helped the pods."""
        return any(each.state == MitigationState.SUCCEEDED and each.cycle == self.incident.cycle for each in self._all)

    @cached_property
    def offers(self) -> list[Offer]:
        """What can be proposed, once each: the guide's own first, and only what the service allows."""
        entry = self.entry
        if entry is None or self.is_unmapped or not self.incident.is_open:
            return []
        allowed = [verb for verb in MitigationVerb if verb in entry.allowed_verbs]
        if not (settings.RDS_REBOOT_ALLOWED and entry.databases):
            allowed = [verb for verb in allowed if verb is not MitigationVerb.REBOOT_RDS]
        wished = [(verb, parameters, True) for verb, parameters in self._guide]
        wished += [(verb, parameters, False) for verb, parameters in self._usual(entry)]
        offers: dict[MitigationVerb, Offer] = {}
        for verb, given, is_guides in wished:
            if verb in allowed and verb not in offers:
                offers[verb] = self._offer(verb, given, entry, is_guides=is_guides)
        return list(offers.values())

    def _usual(self, entry: CatalogueEntry) -> list[tuple[MitigationVerb, Mapping[str, Any]]]:
        """The guide's «Common alerts», whatever the alert."""
        is_about_cpu = "cpu" in f"{self.incident.metric_name} {self.incident.what}".lower()
        choice = PodChoice.MOST_CPU if is_about_cpu else PodChoice.MOST_MEMORY
        return [
            (MitigationVerb.ROLL_BACK, {}),
            (MitigationVerb.SCALE, {"by": 2}),
            (MitigationVerb.DELETE_POD, {"choose": choice.value}),
            (MitigationVerb.RESTART, {}),
            (MitigationVerb.REBOOT_RDS, {"database": entry.databases[0]} if entry.databases else {}),
        ]

    def _offer(
        self, verb: MitigationVerb, given: Mapping[str, Any], entry: CatalogueEntry, *, is_guides: bool
    ) -> Offer:
        parameters = parameters_of(read_plan(verb, given))
        target = parameters.get("database", entry.deployment)
        what = plan_words(verb, parameters, target)
        return Offer(verb, parameters, what[:1].upper() + what[1:], self._key, is_guides)

    @cached_property
    def _key(self) -> str:
        """Another one once something has ended: proposing the same then is a new proposal."""
        ended = max((each.pk for each in self._all if each.is_over), default=0)
        return f"c{self.incident.cycle}a{ended}"

    @cached_property
    def standing(self) -> list[Card]:
        """What waits, runs or is watched, newest first."""
        return self._cards(each for each in self._all if each.state in STANDING)

    @cached_property
    def latest(self) -> Card | None:
        """What ended last in this cycle."""
        over = [each for each in self._all if each.is_over and each.cycle == self.incident.cycle]
        ended = max(over, key=lambda each: (each.finished_at or each.requested_at, each.pk), default=None)
        return self._card(ended) if ended else None

    @cached_property
    def earlier(self) -> list[Card]:
        """The others that have ended."""
        latest = self.latest.mitigation.pk if self.latest else None
        return self._cards(each for each in self._all if each.is_over and each.pk != latest)

    def _cards(self, mitigations: Iterable[Mitigation]) -> list[Card]:
        return [self._card(each) for each in mitigations]

    def _card(self, mitigation: Mitigation) -> Card:
        return card_of(self.incident, mitigation, self._all)

    @cached_property
    def stamp(self) -> str:
        """The same for as long as nothing would look different."""
        shown = [*self.standing, *([self.latest] if self.latest else []), *self.earlier]
        return _digest(([card.stamp for card in shown], self.offers, self.is_unmapped))

    @property
    def pod_choices(self) -> list[tuple[str, str]]:
        return [(choice.value, str(choice.label)) for choice in PodChoice]


def _digest(what: object) -> str:
    return sha256(repr(what).encode()).hexdigest()[:16]


def mitigation_panel(
    incident: Incident,
    entry: CatalogueEntry | None,
    guide: Iterable[tuple[MitigationVerb, Mapping[str, Any]]] = (),
) -> MitigationPanel:
    """What a room shows of mitigations. One query."""
    return MitigationPanel(incident, entry, guide)


def card_of(incident: Incident, mitigation: Mitigation, others: Iterable[Mitigation]) -> Card:
    """One of them; `others` tell whether its way back has been proposed already."""
    came_to_nothing = (MitigationState.BLOCKED, MitigationState.WITHDRAWN)
    is_taken = any(each.way_back_of_id == mitigation.pk and each.state not in came_to_nothing for each in others)
    return Card(mitigation, incident, is_taken)
