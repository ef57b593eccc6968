"""What a room shows of mitigations: what can be proposed, what waits or runs, and what came of the others."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

from django.conf import settings
from django.db.models import Q

from cluster.enums import MappingProblem, MitigationVerb
from cluster.models import CatalogueEntry
from incidents.enums import STANDING_MITIGATIONS, MitigationState, PodChoice
from incidents.judging import worst_severity
from incidents.mitigation_card import SYMBOLS, Card, card_of, digest_of
from incidents.mitigations.plans import Parameters, parameters_of, read_plan
from incidents.mitigations.words import plan_words
from incidents.models import Incident, Mitigation

#: An entry of the catalogue with one of these leads to no deployment.
_POINTS_NOWHERE = (MappingProblem.NO_CONTEXT, MappingProblem.NO_NAMESPACE, MappingProblem.NO_DEPLOYMENT)
#: Older ones have their address.
MOST_SHOWN = 30


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
        # Two queries in one, so that what runs is never hidden by a crowd of what has ended.
        ended = people.exclude(state__in=STANDING_MITIGATIONS)
        newest = ended.order_by("-pk").values("pk")[:MOST_SHOWN]
        shown = Q(state__in=STANDING_MITIGATIONS) | Q(pk__in=newest)
        self._all = list(people.filter(shown).order_by("-pk"))
        self._worst = cache(partial(worst_severity, incident))

    @property
    def is_unmapped(self) -> bool:
        return self.entry is None or not (self.entry.namespace and self.entry.deployment)

    @property
    def problem(self) -> str:
        """Why nothing can be proposed although the catalogue says where: what it names is not there. "" where it is."""
        problems = self.entry.problems if self.entry else []
        return next(
            (str(MappingProblem(each["code"]).label) for each in problems if each["code"] in _POINTS_NOWHERE), ""
        )

    @property
    def has_succeeded(self) -> bool:
        """Whether something was done in this cycle that helped the pods."""
        return any(each.state == MitigationState.SUCCEEDED and each.cycle == self.incident.cycle for each in self._all)

    @cached_property
    def offers(self) -> list[Offer]:
        """What can be proposed, once each: the guide's own first, and only what the service allows."""
        entry = self.entry
        if entry is None or self.is_unmapped or self.problem or not self.incident.is_open:
            return []
        allowed = [verb for verb in MitigationVerb if verb in entry.allowed_verbs]
        if not (settings.RDS_REBOOT_ALLOWED and entry.databases):
            allowed = [verb for verb in allowed if verb is not MitigationVerb.REBOOT_RDS]
        wished = [
            (verb, parameters, True) for verb, given in self._guide for parameters in self._named(entry, verb, given)
        ]
        wished += [(verb, parameters, False) for verb, parameters in self._usual(entry)]
        offers: dict[tuple[MitigationVerb, str], Offer] = {}
        for verb, given, is_guides in wished:
            if verb in allowed:
                offer = self._offer(verb, given, entry, is_guides=is_guides)
                offers.setdefault((verb, offer.parameters.get("database", "")), offer)
        return list(offers.values())

    @staticmethod
    def _named(entry: CatalogueEntry, verb: MitigationVerb, given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """A runbook names no database, so that it may serve several services: each of this one's is meant."""
        if verb is not MitigationVerb.REBOOT_RDS or given.get("database"):
            return [given]
        return [{**given, "database": name} for name in entry.databases]

    def _usual(self, entry: CatalogueEntry) -> list[tuple[MitigationVerb, Mapping[str, Any]]]:
        """The guide's «Common alerts», whatever the alert."""
        is_about_cpu = "cpu" in f"{self.incident.metric_name} {self.incident.what}".lower()
        choice = PodChoice.MOST_CPU if is_about_cpu else PodChoice.MOST_MEMORY
        return [
            (MitigationVerb.ROLL_BACK, {}),
            (MitigationVerb.SCALE, {"by": 2}),
            (MitigationVerb.DELETE_POD, {"choose": choice.value}),
            (MitigationVerb.RESTART, {}),
            *((MitigationVerb.REBOOT_RDS, {"database": name}) for name in entry.databases),
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
        return self._cards(each for each in self._all if each.state in STANDING_MITIGATIONS)

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
        return card_of(self.incident, mitigation, self._all, worst=self._worst)

    @cached_property
    def stamp(self) -> str:
        """The same for as long as nothing would look different."""
        shown = [*self.standing, *([self.latest] if self.latest else []), *self.earlier]
        return digest_of(([card.stamp for card in shown], self.offers, self.is_unmapped, self.problem))

    @property
    def pod_choices(self) -> list[tuple[str, str]]:
        return [(choice.value, str(choice.label)) for choice in PodChoice]


def mitigation_panel(
    incident: Incident,
    entry: CatalogueEntry | None,
    guide: Iterable[tuple[MitigationVerb, Mapping[str, Any]]] = (),
) -> MitigationPanel:
    """What a room shows of mitigations. One query."""
    return MitigationPanel(incident, entry, guide)
