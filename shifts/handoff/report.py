"""A handoff as it reads, whatever shape it leaves in. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from integrations.text import clean_text
from shifts.enums import HandoffItem, HandoffSection

LONGEST_LINE = 1000


def one_line(text: str) -> str:
    """A line of a report is one line, in whatever shape it leaves."""
    return " ".join(clean_text(text, limit=LONGEST_LINE).split())


@dataclass(frozen=True)
class Fact:
    """One line as the facts alone would have it. `origin` tells it from others, such as `incident:42`."""

    section: HandoffSection
    origin: str
    text: str


@dataclass(frozen=True)
class Event:
    """A line of the report with where it comes from, for those who count."""

    section: HandoffSection
    origin: str
    text: str


@dataclass(frozen=True)
class Report:
    """Everything that leaves the portal. `signed_at` is null in a draft, `accepted_at` until the incoming person signed."""

    schedule: str
    zone: ZoneInfo
    start: datetime
    end: datetime
    number: int
    author: str
    incoming: str
    lines: tuple[Event, ...]
    ticked: frozenset[HandoffItem]
    signed_at: datetime | None = None
    accepted_at: datetime | None = None

    def of(self, section: HandoffSection) -> list[str]:
        """The lines of one part, in order."""
        return [each.text for each in self.lines if each.section == section]


@dataclass(frozen=True)
class Known:
    """A line as it is stored: what the facts said when it was drafted, and what stands."""

    origin: str
    drafted: str
    text: str
    is_struck: bool


def item_of(section: HandoffSection, origin: str) -> HandoffItem | None:
    """Which item of the checklist a line is about; None for what is over."""
    kind = origin.partition(":")[0]
    match section:
        case HandoffSection.ONGOING if kind == "open":
            return HandoffItem.INCIDENTS
        case HandoffSection.ONGOING if kind == "maintenance":
            return HandoffItem.CHANGES
        case HandoffSection.ONGOING:
            return HandoffItem.ALERTS
        case HandoffSection.NOTES:
            return HandoffItem.CHANGES if kind == "change" else HandoffItem.NOTES
    return None


def matches(title: str, words: str) -> bool:
    """Whether a title has every word, in whatever order and case; a part of a word is enough."""
    return all(word in title.casefold() for word in words.casefold().split())


@dataclass(frozen=True)
class News:
    """What happened since: facts that no line has yet, and those that say something else now, by origin."""

    new: tuple[Fact, ...]
    changed: Mapping[str, Fact]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed)

    def __len__(self) -> int:
        return len(self.new) + len(self.changed)


def news_of(facts: Iterable[Fact], lines: Iterable[Known]) -> News:
    """What waits to be taken in. A fact of a struck line is no news, whatever it says."""
    known = {line.origin: line for line in lines if line.origin}
    new, changed = list[Fact](), dict[str, Fact]()
    for fact in facts:
        line = known.get(fact.origin)
        if line is None:
            new.append(fact)
        elif fact.text not in (line.drafted, line.text) and not line.is_struck:
            changed[fact.origin] = fact
    return News(tuple(new), changed)
