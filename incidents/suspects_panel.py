"""What a room and the page of evidence show of the changes to suspect."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cluster.models import CatalogueEntry, Change
from cluster.selectors import changes_near
from incidents.models import Incident
from incidents.suspects import OTHER_SERVICE_WITHIN, SAME_SERVICE_WITHIN, Changed, Suspect, rank


@dataclass(frozen=True)
class ShownSuspect:
    """A change to suspect, and why."""

    change: Change
    suspect: Suspect

    @property
    def reasons(self) -> list[str]:
        return [reason.text for reason in self.suspect.reasons]


@dataclass(frozen=True)
class SuspectsPanel:
    """The changes to suspect, most suspect first."""

    suspects: Sequence[ShownSuspect]

    @property
    def stamp(self) -> str:
        what = [(each.change.pk, each.change.title, each.suspect.reasons) for each in self.suspects]
        return sha256(repr(what).encode()).hexdigest()[:16]

    @property
    def first(self) -> ShownSuspect | None:
        """The one to name in a single line, where it is worth that."""
        first = self.suspects[0] if self.suspects else None
        return first if first is not None and first.suspect.is_strong else None


def suspects_panel(incident: Incident, entry: CatalogueEntry | None, *, until: datetime | None = None) -> SuspectsPanel:
    """The changes shortly before `until`, which is the trigger of this cycle unless another is given. One query."""
    until = until or incident.cycle_started_at
    service, deployment = incident.service.name, entry.deployment if entry else ""
    near = changes_near(
        service=service,
        deployment=deployment,
        at=until,
        own_within=SAME_SERVICE_WITHIN,
        others_within=OTHER_SERVICE_WITHIN,
    )
    changes = {each.pk: each for each in near}
    ranked = rank(map(_changed, near), service=service, deployment=deployment, triggered_at=until)
    return SuspectsPanel([ShownSuspect(changes[each.change.key], each) for each in ranked])


def _changed(change: Change) -> Changed:
    return Changed(
        key=change.pk,
        kind=change.kind,
        service=change.service,
        deployment=change.deployment,
        occurred_at=change.occurred_at,
        ends_at=change.ends_at,
        detail=change.detail,
    )
