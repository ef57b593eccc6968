"""When a P0 was handled successfully, and whose the bonus is. Pure.

Handled successfully: resolved, every clock of every cycle met, its review finished (the guide, «Benefits», a bonus for a P0
incident handled successfully). Whoever acknowledged it or said «I'm on it», in any cycle, took part; in the order in which
they first did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from compensation.enums import Missing, Sharing
from compensation.money import split
from compensation.terms import Terms
from incidents.enums import ClockKind, Verdict

_BREACHED = {
    ClockKind.RESPOND: Missing.RESPOND,
    ClockKind.ACKNOWLEDGE: Missing.ACKNOWLEDGE,
    ClockKind.ESCALATE: Missing.ESCALATE,
}


@dataclass(frozen=True)
class Answer:
    """Somebody's first act on an incident. `person` is None where nobody has made a `Person` of them yet."""

    key: str
    name: str
    person: int | None
    at: datetime


@dataclass(frozen=True)
class Handled:
    """A P0 as far as its bonus goes. `clocks`: the kind of each, and what came of it. `judged_by` names who judged it one, ""
    where an alert or PagerDuty said so: whoever approves the bonus has to know.
    """

    incident: int
    triggered_at: datetime
    resolved_at: datetime | None
    has_review: bool
    reviewed_at: datetime | None
    clocks: Sequence[tuple[ClockKind, Verdict]]
    answers: Sequence[Answer]
    judged_by: str = ""

    @property
    def missing(self) -> list[Missing]:
        """What its bonus lacks, in the order of the enumeration; empty where it was handled successfully."""
        lacks = {_BREACHED[kind] for kind, verdict in self.clocks if verdict is Verdict.MISSED}
        if self.resolved_at is None:
            lacks.add(Missing.UNRESOLVED)
        if self.reviewed_at is None:
            lacks.add(Missing.OPEN_REVIEW if self.has_review else Missing.NO_REVIEW)
        if not self.answers:
            lacks.add(Missing.NOBODY)
        return [each for each in Missing if each in lacks]

    @property
    def completed_at(self) -> datetime | None:
        """When the last condition came about; None while one is missing."""
        if self.missing or self.resolved_at is None or self.reviewed_at is None:
            return None
        return max(self.resolved_at, self.reviewed_at)


@dataclass(frozen=True)
class Share:
    """One person's part: the `place`-th of `people`, from 1."""

    person: int | None
    amount: Decimal
    place: int
    people: int


def shares(handled: Handled, terms: Terms) -> list[Share]:
    """What each who took part gets; of a shared bonus the parts add up to it."""
    people = len(handled.answers)
    amounts = split(terms.bonus, people, terms.digits) if terms.sharing is Sharing.SHARED else [terms.bonus] * people
    return [
        Share(answer.person, amount, place, people)
        for place, (answer, amount) in enumerate(zip(handled.answers, amounts, strict=True), start=1)
    ]
