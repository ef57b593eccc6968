"""What a room and the page of evidence show of what was captured: its parts, and what is different from another capture."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Func, JSONField, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from cluster.enums import EvidenceKind
from cluster.models import CatalogueEntry
from cluster.selectors import entry_of
from incidents.comparison import Difference, compare
from incidents.enums import CaptureState, PartState
from incidents.evidence_words import found_in_words, when_in_words
from incidents.models import Capture, EvidencePart, Incident
from integrations.links import cloudwatch_link, grafana_link, rds_console_link

#: So many captures can be chosen from; older ones have their address.
MOST_CAPTURES = 30
AROUND = timedelta(minutes=30)


@dataclass(frozen=True)
class ShownPart:
    """One kind of evidence: of the capture shown, and with what is different from another. `part` is None while it is awaited.

    `is_from` is the capture, where the page shows the newest part of each kind.
    """

    kind: EvidenceKind
    part: EvidencePart | None
    is_from: Capture | None
    differences: Sequence[Difference] | None = None
    data: dict[str, Any] = field(default_factory=dict)
    is_open: bool = False
    is_outlived: bool = False

    @property
    def label(self) -> str:
        return str(self.kind.label)

    @property
    def has_failed(self) -> bool:
        return self.part is not None and self.part.state == PartState.FAILED

    @property
    def is_connected(self) -> bool:
        """Whether there was something to look at; what is not connected is no failure."""
        return self.part is None or not (self.part.state == PartState.NOTHING and self.part.error)

    @property
    def tone(self) -> str:
        """How loudly it is told that there is nothing to see."""
        return "tell-refused" if self.has_failed else "tell-quiet"

    @property
    def symbol(self) -> str:
        return "triangle-alert" if self.has_failed else "info"

    @property
    def error_detail(self) -> str:
        return self.part.error.partition(": ")[2] if self.part else ""


class EvidencePanel:
    """The evidence of an incident. Without a number it shows the newest part of each kind, wherever that was captured."""

    def __init__(
        self,
        incident: Incident,
        entry: CatalogueEntry | None,
        *,
        number: int | None = None,
        compare_with: int | None = None,
    ) -> None:
        self.incident = incident
        self.entry = entry
        self._compare_with = compare_with
        newest = list(incident.captures.select_related("requested_by").order_by("-number")[:MOST_CAPTURES])
        self.captures = [each for each in newest if each.forgotten_at is None]
        #: Since when there is none any more, where there was some.
        self.forgotten_at = newest[0].forgotten_at if newest and not self.captures else None
        self.chosen = self._numbered(number)
        self._meta = self._chosen_parts(number)
        for part in self._meta:
            part.capture.incident = incident

    def _numbered(self, number: int | None) -> Capture | None:
        if number is None:
            return None
        found = next((each for each in self.captures if each.number == number), None)
        kept = self.incident.captures.select_related("requested_by").filter(forgotten_at__isnull=True)
        return found or kept.filter(number=number).first()

    def _chosen_parts(self, number: int | None) -> list[EvidencePart]:
        """The parts to show, without what is large."""
        light = EvidencePart.objects.defer("data", "image").select_related("capture__requested_by")
        if number is not None:
            return list(light.filter(capture=self.chosen)) if self.chosen else []
        of_all = light.filter(capture__incident=self.incident)
        # What could not be read later must not hide what was.
        failed_last = Case(When(state=PartState.FAILED, then=Value(1)), default=Value(0))
        return list(of_all.order_by("kind", failed_last, "-capture__number").distinct("kind"))

    @cached_property
    def shown(self) -> Capture | None:
        """The capture that the page speaks of: the chosen one, else the newest that looked at most."""
        if self.chosen is not None or not self.captures:
            return self.chosen
        return max(self.captures, key=lambda each: (each.state == CaptureState.DONE, len(each.kinds), each.number))

    @property
    def awaited(self) -> list[Capture]:
        """Captures that are not done yet."""
        return [each for each in self.captures if each.state != CaptureState.DONE]

    @cached_property
    def other(self) -> Capture | None:
        """The capture to compare with."""
        wanted = self._numbered(self._compare_with)
        return wanted if wanted is not None and wanted != self.shown else None

    @cached_property
    def parts(self) -> list[ShownPart]:
        """What is there and what is awaited, in the guide's order; the first that needs a look is open."""
        by_kind = {part.kind: part for part in self._meta}
        data = {part.pk: part.shown_data for part in with_shown_data(part.pk for part in self._meta)}
        before = self._data_of_other()
        awaited = {kind for capture in self.awaited for kind in capture.kinds} if self.chosen is None else set()
        parts = []
        for kind in EvidenceKind:
            part = by_kind.get(kind)
            if part is None and kind not in awaited:
                continue
            parts.append(
                ShownPart(
                    kind=kind,
                    part=part,
                    is_from=part.capture if part else None,
                    differences=self._differences(kind, part, data, before),
                    data=data.get(part.pk, {}) if part else {},
                    is_outlived=self.chosen is None and self._has_failed_since(kind, part),
                )
            )
        return _with_one_open(parts)

    def _has_failed_since(self, kind: EvidenceKind, part: EvidencePart | None) -> bool:
        """Whether a later capture looked at this kind, too, and could not read it."""
        return part is not None and any(
            each.number > part.capture.number and each.state == CaptureState.DONE and kind in each.kinds
            for each in self.captures
        )

    def _data_of_other(self) -> dict[str, dict[str, Any]]:
        if self.other is None:
            return {}
        parts = EvidencePart.objects.filter(capture=self.other, state=PartState.READ)
        return {part.kind: part.shown_data for part in with_shown_data(parts.values_list("pk", flat=True))}

    def _differences(
        self,
        kind: EvidenceKind,
        part: EvidencePart | None,
        data: dict[int, dict[str, Any]],
        before: dict[str, dict[str, Any]],
    ) -> list[Difference] | None:
        if self.other is None or part is None or part.state != PartState.READ or kind not in before:
            return None
        # Read from the earlier to the later one, whichever of them the page shows.
        earlier, later = before[kind], data[part.pk]
        if self.shown is not None and self.other.number > self.shown.number:
            earlier, later = later, earlier
        return compare(kind, earlier, later)

    @property
    def is_unconnected(self) -> bool:
        """Whether everything that was looked at is not connected at all."""
        return bool(self._meta) and all(part.state == PartState.NOTHING and part.error for part in self._meta)

    @property
    def is_unmapped(self) -> bool:
        """Whether nobody has said where the service runs."""
        return self.entry is None or not self.entry.is_mapped

    @cached_property
    def headline(self) -> str:
        """What was found, in one line; "" while there is nothing to tell."""
        if self.shown is None or not self._meta or self.is_unconnected:
            return ""
        parts = {
            part.kind: {"state": part.state, "count": part.count, "warnings": part.warnings}
            for part in self._meta
            if part.state != PartState.NOTHING or not part.error
        }
        return found_in_words({"cause": self.shown.cause, "seconds": seconds_after(self.shown), "parts": parts})

    @cached_property
    def grafana_url(self) -> str:
        """The service's dashboard, around the trigger."""
        dashboard = self.entry.grafana_dashboard if self.entry else ""
        return grafana_link(settings.GRAFANA_URL, dashboard, self.incident.service.name, *self._window)

    @property
    def _window(self) -> tuple[datetime, datetime]:
        at = self.incident.cycle_started_at
        return at - AROUND, at + AROUND

    def database_links(self, region: str, name: str) -> tuple[str, str]:
        """The console's page of a database, and CloudWatch's graph of it around the trigger."""
        return rds_console_link(region, name), cloudwatch_link(region, name, *self._window)

    @cached_property
    def stamp(self) -> str:
        """The same for as long as nothing would look different."""
        captures = [(each.pk, each.state) for each in self.captures]
        parts = [(part.pk, part.captured_at) for part in self._meta]
        what = (
            captures,
            parts,
            self.incident.is_open,
            self.incident.cycle_started_at,
            self.is_unmapped,
            self.grafana_url,
        )
        return sha256(repr(what).encode()).hexdigest()[:16]


def with_shown_data(pks: Any) -> QuerySet[EvidencePart, Any]:
    """Parts with `shown_data`: all but the raw lines, which are most of it and are fetched when somebody opens them."""
    without_raw = Func(
        F("data"),
        Cast(Value("raw"), TextField()),
        template="%(expressions)s",
        arg_joiner=" - ",
        output_field=JSONField(),
    )
    parts = EvidencePart.objects.filter(pk__in=list(pks)).annotate(shown_data=without_raw)
    return parts.only("pk", "kind", "capture_id")


#: Kinds that look at the whole namespace; the others look at the service alone.
_OF_THE_NAMESPACE = (EvidenceKind.PODS, EvidenceKind.EVENTS, EvidenceKind.TOP)


def _is_troubled(shown: ShownPart) -> bool:
    """Whether something of the service itself is not well there: another service's trouble is not what to look at first."""
    if shown.part is None or not shown.part.warnings or not shown.data:
        return False
    if shown.kind not in _OF_THE_NAMESPACE:
        return True
    rows = shown.data.get(shown.kind.value, [])
    return any(row.get("is_mine") and (row.get("is_unwell") or row.get("type") == "Warning") for row in rows)


def _with_one_open(parts: list[ShownPart]) -> list[ShownPart]:
    troubled = (part for part in parts if _is_troubled(part))
    first = next(troubled, next((part for part in parts if part.data), parts[0] if parts else None))
    return [ShownPart(**{**vars(part), "is_open": part is first}) for part in parts]


def seconds_after(capture: Capture) -> int:
    """How long after the trigger of its cycle a capture was done, or was begun where it is not."""
    at, incident = capture.finished_at or capture.requested_at, capture.incident
    # Of an earlier cycle only the first trigger is known here.
    triggered_at = incident.cycle_started_at if capture.cycle == incident.cycle else incident.triggered_at
    return max(int((at - triggered_at).total_seconds()), 0)


def caption(capture: Capture) -> str:
    """When a capture was made, in words."""
    return when_in_words(seconds_after(capture), capture.cause)


def evidence_panel(incident: Incident, *, number: int | None = None, compare_with: int | None = None) -> EvidencePanel:
    """The evidence to show. Five queries where all of it is read: entry, captures, parts, their data, the other's data."""
    return EvidencePanel(incident, entry_of(incident.service.pagerduty_id), number=number, compare_with=compare_with)
