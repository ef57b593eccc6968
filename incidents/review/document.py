"""A review as it reads, whatever shape it leaves in. Pure: facts and words in, nothing is asked."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from incidents.enums import ClockKind, ClockPhase, Severity

#: Characters of a root cause that a line about the incident has room for.
LONGEST_CAUSE = 120


def first_line(text: str, *, limit: int = LONGEST_CAUSE) -> str:
    """The first line that says something, on one line, cut with an ellipsis; "" where none does."""
    line = next((" ".join(each.split()) for each in text.splitlines() if each.strip()), "")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def items_of(text: str) -> tuple[str, ...]:
    """The items of a list that was typed a line each, without the bullets that somebody typed."""
    lines = (
        line.strip().removeprefix("- ").removeprefix("* ").removeprefix("• ").strip() for line in text.splitlines()
    )
    return tuple(line for line in lines if line)


@dataclass(frozen=True)
class Turn:
    """From a trigger or a reopening to its resolution; null for what did not happen."""

    number: int
    began_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None


@dataclass(frozen=True)
class Measure:
    """What came of one clock. `took` is how long it ran to its stop, `over` how far past its target; null where it has no end."""

    turn: int
    kind: ClockKind
    target: timedelta
    phase: ClockPhase
    took: timedelta | None
    over: timedelta | None
    by: str


@dataclass(frozen=True)
class Happening:
    """One entry of the timeline as a sentence; `label` is its kind."""

    at: datetime
    label: str
    text: str


@dataclass(frozen=True)
class Said:
    """One note."""

    at: datetime
    who: str
    text: str


@dataclass(frozen=True)
class Finding:
    """What was found of one kind of evidence: in one line, and the few lines worth reading."""

    label: str
    summary: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Sight:
    """What was found at one trigger or reopening. `caption` says when it was captured, or why there is nothing."""

    turn: int
    caption: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Deed:
    """One mitigation: what was done, the command, and what came of it."""

    at: datetime
    who: str
    what: str
    command: str
    verdict: str


@dataclass(frozen=True)
class ToDo:
    """One follow-up."""

    text: str
    owner: str
    due_on: date
    is_done: bool


@dataclass(frozen=True)
class ReviewDocument:
    """Everything that leaves the portal. Sentences are in the language in which it was made, local times in `zone`, the team's.

    `summary` is the guide's line. `people` took part, in the order of their first act. Until somebody finishes it,
    `finished_at` is null; `corrected_at` is when its words changed after that.
    """

    number: int
    pagerduty_number: int | None
    severity: Severity
    severity_explanation: str
    what: str
    service: str
    measured: str
    zone: ZoneInfo
    turns: tuple[Turn, ...]
    resolved_at: datetime | None
    people: tuple[str, ...]
    summary: str
    clocks: tuple[Measure, ...]
    timeline: tuple[Happening, ...]
    has_more: bool
    talk: tuple[Said, ...]
    sights: tuple[Sight, ...]
    deeds: tuple[Deed, ...]
    root_cause: str
    factors: tuple[str, ...]
    went_well: tuple[str, ...]
    follow_ups: tuple[ToDo, ...]
    finished_by: str = ""
    finished_at: datetime | None = None
    corrected_by: str = ""
    corrected_at: datetime | None = None

    @property
    def triggered_at(self) -> datetime:
        return self.turns[0].began_at

    @property
    def acknowledged_at(self) -> datetime | None:
        return self.turns[0].acknowledged_at

    @property
    def lasted(self) -> timedelta | None:
        """From the first trigger to the last resolution; None while it is open again."""
        return self.resolved_at - self.triggered_at if self.resolved_at else None

    @property
    def was_reopened(self) -> bool:
        return len(self.turns) > 1
