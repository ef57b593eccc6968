"""What counts as news, and which item of the checklist a line is about."""

import pytest

from shifts.enums import HandoffItem, HandoffSection
from shifts.handoff.report import Fact, Known, item_of, news_of


def fact(origin: str, text: str) -> Fact:
    return Fact(HandoffSection.EVENTS, origin, text)


def test_news() -> None:
    lines = [
        Known("incident:1", "as it was", "as it was", is_struck=False),
        Known("incident:2", "as it was", "typed", is_struck=False),
        Known("incident:3", "as it was", "as it was", is_struck=True),
        Known("incident:4", "as it was", "as it is", is_struck=False),
        Known("", "", "added", is_struck=False),
    ]
    facts = [fact(f"incident:{number}", "as it is") for number in (1, 2, 3, 4, 5)]
    news = news_of(facts, lines)
    assert [each.origin for each in news.new] == ["incident:5"]
    assert sorted(news.changed) == ["incident:1", "incident:2"]
    assert (bool(news), len(news)) == (True, 3)
    assert not news_of([fact("incident:1", "as it was")], lines)


@pytest.mark.parametrize(
    ("section", "origin", "item"),
    [
        ("events", "incident:1", None),
        ("events", "", None),
        ("ongoing", "open:1", "incidents"),
        ("ongoing", "maintenance:1", "changes"),
        ("ongoing", "", "alerts"),
        ("notes", "change:1", "changes"),
        ("notes", "", "notes"),
    ],
)
def test_items(section: str, origin: str, item: str | None) -> None:
    assert item_of(HandoffSection(section), origin) == (HandoffItem(item) if item else None)
