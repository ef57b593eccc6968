"""What the page of a preflight shows: the six items with what was seen of each, and what there is to read and to confirm."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cluster.models import Change
from shifts.changes_to_read import changes_of
from shifts.contacts import emergency_contacts, with_confirmation
from shifts.enums import CheckSide, CheckVerdict, ItemState, PreflightItem
from shifts.models import GuideEntry, LaptopToken, PagingTest, Preflight, PreflightCheck
from shifts.preflight.rules import PROVEN_BY, STALE_AFTER
from shifts.preflight.words import sentence
from shifts.readiness import Readiness, readiness_of

#: More than anybody reads; all of them can be ticked at once.
MOST_CHANGES = 50

SYMBOLS: Mapping[PreflightItem, str] = {
    PreflightItem.PAGERDUTY: "bell-ring",
    PreflightItem.VPN: "network",
    PreflightItem.KUBECTL: "terminal",
    PreflightItem.AWS: "cloud",
    PreflightItem.CHANGES: "git-commit-horizontal",
    PreflightItem.CONTACTS: "phone",
}
STATE_SYMBOLS: Mapping[ItemState, str] = {
    ItemState.READY: "circle-check",
    ItemState.NOT_READY: "octagon-alert",
    ItemState.UNCHECKED: "circle-dashed",
    ItemState.STALE: "clock-alert",
}
VERDICT_SYMBOLS: Mapping[CheckVerdict, str] = {
    CheckVerdict.PASSED: "check",
    CheckVerdict.FAILED: "x",
    CheckVerdict.UNKNOWN: "circle-question-mark",
}


@dataclass(frozen=True)
class SeenLine:
    verdict: CheckVerdict
    text: str

    @property
    def symbol(self) -> str:
        return VERDICT_SYMBOLS[self.verdict]


@dataclass(frozen=True)
class SideView:
    """The newest look from one side."""

    check: PreflightCheck
    lines: list[SeenLine]
    is_stale: bool

    @property
    def by(self) -> str:
        return self.check.checked_by.display_name if self.check.checked_by else ""

    @property
    def is_word(self) -> bool:
        return self.check.side == CheckSide.PERSON


@dataclass(frozen=True)
class Card:
    """One item. `can_be_said` is whether the person's word would count now."""

    item: PreflightItem
    state: ItemState
    sides: list[SideView] = field(default_factory=list)
    can_be_said: bool = False

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.item]

    @property
    def state_symbol(self) -> str:
        return STATE_SYMBOLS[self.state]

    @property
    def is_looked_at(self) -> bool:
        """Whether the server or a laptop can look; the other items are read and ticked."""
        return self.item in PROVEN_BY

    @property
    def is_on_laptop(self) -> bool:
        return PROVEN_BY.get(self.item) is CheckSide.LAPTOP

    @property
    def is_only_from_here(self) -> bool:
        """Whether the portal's server alone has seen it, which proves nothing for the laptop."""
        return self.is_on_laptop and {side.check.side for side in self.sides} == {CheckSide.SERVER}


@dataclass(frozen=True)
class PreflightPanel:
    """All of it at one instant."""

    preflight: Preflight
    readiness: Readiness
    cards: list[Card]
    changes: list[tuple[Change, bool]]
    changes_beyond: int
    contacts: list[tuple[GuideEntry, datetime | None, bool]]
    test_page: PagingTest | None
    laptop: LaptopToken | None
    now: datetime

    @property
    def stamp(self) -> str:
        """Changes with what the page shows."""
        states = ".".join(card.state for card in self.cards)
        return f"{self.preflight.version}-{states}-{len(self.changes)}-{self.is_waiting:d}"

    @property
    def unread(self) -> int:
        return sum(not is_seen for _change, is_seen in self.changes) + self.changes_beyond

    @property
    def is_waiting(self) -> bool:
        """Whether something is under way that will show by itself."""
        is_ringing = self.test_page is not None and self.test_page.finished_at is None
        laptop = self.laptop
        runs = laptop is not None and laptop.used_at is None and laptop.expires_at > self.now
        return is_ringing or runs


def preflight_panel(preflight: Preflight, now: datetime) -> PreflightPanel:
    """Some ten queries, whatever was seen."""
    readiness = readiness_of([preflight.shift_id], now)[preflight.shift_id]
    at = min(now, preflight.shift.start_at)
    listed = changes_of(preflight, now)
    shown = list(listed[:MOST_CHANGES])
    seen = set(preflight.seen_changes.values_list("change_id", flat=True))
    unread_beyond = 0
    if len(shown) == MOST_CHANGES:
        unread_beyond = listed.exclude(pk__in=[change.pk for change in shown]).exclude(pk__in=seen).count()
    contacts = _contacts(at)
    return PreflightPanel(
        preflight=preflight,
        readiness=readiness,
        cards=_cards(preflight, readiness, at, has_contacts=bool(contacts)),
        changes=[(change, change.pk in seen) for change in shown],
        changes_beyond=unread_beyond,
        contacts=contacts,
        test_page=preflight.test_pages.order_by("-pk").first(),
        laptop=preflight.laptop_tokens.filter(revoked_at=None).order_by("-pk").first(),
        now=now,
    )


def _contacts(at: datetime) -> list[tuple[GuideEntry, datetime | None, bool]]:
    patience = STALE_AFTER[PreflightItem.CONTACTS]
    found: list[tuple[GuideEntry, datetime | None, bool]] = []
    for contact in with_confirmation(emergency_contacts()):
        confirmed_at: datetime | None = contact.confirmed_at  # type: ignore[attr-defined]  # annotated
        found.append((contact, confirmed_at, confirmed_at is not None and at - confirmed_at < patience))
    return found


def _cards(preflight: Preflight, readiness: Readiness, at: datetime, *, has_contacts: bool) -> list[Card]:
    newest = (
        PreflightCheck.objects.filter(preflight=preflight)
        .order_by("item", "side", "-pk")
        .distinct("item", "side")
        .select_related("checked_by")
    )
    by_item: dict[str, dict[str, PreflightCheck]] = defaultdict(dict)
    for check in newest:
        by_item[check.item][check.side] = check
    return [
        Card(
            item=item,
            state=readiness.items[item],
            sides=[
                SideView(by_item[item][side], _lines(by_item[item][side].seen), by_item[item][side].stale_at <= at)
                for side in (CheckSide.LAPTOP, CheckSide.PERSON, CheckSide.SERVER)
                if side in by_item[item]
            ],
            can_be_said=_can_be_said(item, by_item[item], at, has_contacts=has_contacts),
        )
        for item in PreflightItem
    ]


def _lines(seen: list[dict[str, Any]]) -> list[SeenLine]:
    return [SeenLine(CheckVerdict(each["verdict"]), sentence(each["code"], each["data"])) for each in seen]


def _can_be_said(
    item: PreflightItem, checks: Mapping[str, PreflightCheck], at: datetime, *, has_contacts: bool
) -> bool:
    if item not in PROVEN_BY:
        return item is PreflightItem.CONTACTS and not has_contacts
    proof = checks.get(PROVEN_BY[item])
    if proof is None:
        return True
    return proof.verdict == CheckVerdict.UNKNOWN or (proof.verdict == CheckVerdict.PASSED and proof.stale_at <= at)
