"""Whether the people of shifts are ready for them: what the header, the board, the calendar and the preflight itself show."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, F, OuterRef

from shifts.changes_to_read import changes_of_outer, with_window
from shifts.contacts import confirmed_contacts
from shifts.enums import CheckSide, CheckVerdict, ItemState, PreflightItem
from shifts.models import Preflight, PreflightCheck, SeenChange
from shifts.preflight.rules import (
    PROVEN_BY,
    Look,
    state_of,
    state_of_all,
    state_of_changes,
    state_of_contacts,
)


@dataclass(frozen=True)
class Readiness:
    """One shift's. `is_open` is whether there is a preflight at all; `reason` is why somebody said that it may begin unready."""

    shift_id: int
    items: dict[PreflightItem, ItemState] = field(
        default_factory=lambda: dict.fromkeys(PreflightItem, ItemState.UNCHECKED)
    )
    is_open: bool = False
    reason: str = ""
    reason_by: str = ""
    started_unready_at: datetime | None = None

    @property
    def state(self) -> ItemState:
        return state_of_all(self.items.values())

    @property
    def is_ready(self) -> bool:
        return self.state is ItemState.READY

    @property
    def ready_count(self) -> int:
        return sum(state is ItemState.READY for state in self.items.values())

    @property
    def total(self) -> int:
        return len(self.items)

    @property
    def missing(self) -> list[PreflightItem]:
        """What is not ready, in the guide's order."""
        return [item for item, state in self.items.items() if state is not ItemState.READY]


def readiness_of(shift_ids: Collection[int], now: datetime) -> dict[int, Readiness]:
    """The readiness of shifts, by id, for whoever has them now. Three queries, however many.

    Before a shift it is judged at `now`; from its beginning on at its beginning, with whatever was made good since.
    """
    wanted = set(shift_ids)
    found = {shift_id: Readiness(shift_id) for shift_id in wanted}
    if not wanted:
        return found
    preflights = _preflights(wanted, now)
    looks = _looks([preflight.pk for preflight in preflights])
    contacts = confirmed_contacts()
    for preflight in preflights:
        at = min(now, preflight.shift.start_at)
        found[preflight.shift_id] = Readiness(
            shift_id=preflight.shift_id,
            items={item: _state(item, preflight, looks[preflight.pk], contacts, at=at) for item in PreflightItem},
            is_open=True,
            reason=preflight.override_reason,
            reason_by=preflight.overridden_by.display_name if preflight.overridden_by else "",
            started_unready_at=preflight.started_unready_at,
        )
    return found


def _preflights(shift_ids: Collection[int], now: datetime) -> list[Preflight]:
    own = Preflight.objects.filter(shift_id__in=shift_ids, person=F("shift__person"))
    seen = SeenChange.objects.filter(preflight=OuterRef("pk"))
    unread = changes_of_outer().exclude(
        Exists(SeenChange.objects.filter(preflight=OuterRef(OuterRef("pk")), change=OuterRef("pk")))
    )
    return list(
        with_window(own, now)
        .annotate(has_unread=Exists(unread), has_read=Exists(seen))
        .select_related("shift", "overridden_by")
    )


def _looks(preflight_ids: Collection[int]) -> dict[int, dict[str, list[Look]]]:
    """The newest look of each item and side, by preflight and item."""
    newest = (
        PreflightCheck.objects.filter(preflight_id__in=preflight_ids)
        .order_by("preflight_id", "item", "side", "-pk")
        .distinct("preflight_id", "item", "side")
        .values_list("preflight_id", "item", "side", "verdict", "checked_at", "stale_at")
    )
    looks: dict[int, dict[str, list[Look]]] = defaultdict(lambda: defaultdict(list))
    for preflight_id, item, side, verdict, checked_at, stale_at in newest:
        looks[preflight_id][item].append(Look(CheckSide(side), CheckVerdict(verdict), checked_at, stale_at))
    return looks


def _state(
    item: PreflightItem,
    preflight: Preflight,
    looks: dict[str, list[Look]],
    contacts: list[datetime | None],
    *,
    at: datetime,
) -> ItemState:
    if item in PROVEN_BY:
        return state_of(item, looks[item], at)
    if item is PreflightItem.CHANGES:
        return state_of_changes(has_unread=preflight.has_unread, has_read=preflight.has_read)  # type: ignore[attr-defined]
    word = next((look for look in looks[item] if look.side is CheckSide.PERSON), None)
    return state_of_contacts(contacts, word, at)
