"""What the page of a handoff shows: its lines by part, its checklist with what each item is about, what changed since."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Person, User
from shifts.enums import HandoffItem, HandoffSection, HandoffSide
from shifts.handoff.report import Fact, News, item_of, news_of
from shifts.handoffs import known_lines, report_of
from shifts.models import Handoff, HandoffLine


@dataclass(frozen=True)
class ItemRow:
    """One item of the checklist. `about` are the lines that it is about."""

    item: HandoffItem
    about: list[HandoffLine]
    is_handed_over: bool
    is_taken_over: bool


@dataclass(frozen=True)
class DiffLine:
    """A line of the report that came (`+`) or went (`-`) with a correction."""

    sign: str
    text: str


@dataclass(frozen=True)
class Panel:
    """One version of a report. `differences` are null for the first version."""

    handoff: Handoff
    sections: list[tuple[HandoffSection, list[HandoffLine]]]
    items: list[ItemRow]
    news: News
    differences: list[DiffLine] | None
    is_author: bool
    is_incoming: bool

    @property
    def can_edit(self) -> bool:
        return self.is_author and not self.handoff.is_signed

    @property
    def can_accept(self) -> bool:
        return self.is_incoming and self.handoff.is_signed and self.handoff.accepted_at is None

    @property
    def can_answer(self) -> bool:
        return self.is_author and self.handoff.is_signed and self.handoff.accepted_at is None


def panel_of(handoff: Handoff, user: User, facts: Sequence[Fact]) -> Panel:
    """Three queries, and what a correction's differences need. `facts` are looked at in a draft alone."""
    lines = list(handoff.lines.all())
    ticks = set(handoff.ticks.values_list("item", "side"))
    return Panel(
        handoff=handoff,
        sections=[(section, [each for each in lines if each.section == section]) for section in HandoffSection],
        items=[
            ItemRow(
                item=item,
                about=[
                    each
                    for each in lines
                    if not each.is_struck and item_of(HandoffSection(each.section), each.origin) is item
                ],
                is_handed_over=(item, HandoffSide.OUTGOING) in ticks,
                is_taken_over=(item, HandoffSide.INCOMING) in ticks,
            )
            for item in HandoffItem
        ],
        news=news_of([] if handoff.is_signed else facts, known_lines(lines)),
        differences=_differences(handoff),
        is_author=_is(handoff.author, user),
        is_incoming=_is(handoff.incoming, user),
    )


def _is(person: Person | None, user: User) -> bool:
    return person is not None and person.pagerduty_id == user.person_key


def _differences(handoff: Handoff) -> list[DiffLine] | None:
    """What a correction says otherwise than the version before it, line by line."""
    before = Handoff.objects.filter(shift=handoff.shift_id, author=handoff.author_id, number=handoff.number - 1)
    earlier = before.select_related("shift__schedule", "author", "incoming").first()
    if earlier is None:
        return None
    compared = difflib.ndiff(_lines_alone(earlier), _lines_alone(handoff))
    return [DiffLine(each[0], each[2:]) for each in compared if each[0] in "+-"]


def _lines_alone(handoff: Handoff) -> list[str]:
    """The report down to its checklist: signatures differ of course."""
    report = report_of(handoff)
    return [text for section in HandoffSection for text in [f"{section.label}", *report.of(section)]]
