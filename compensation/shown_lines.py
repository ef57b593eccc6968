"""Lines of a ledger as pages show them: what each is, what proves it, how it came about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal

from django.db.models import QuerySet

from compensation.enums import LineKind, Unit
from compensation.how import how
from compensation.models import LedgerLine, PayMonth
from compensation.reckoning import Reckoning
from incidents.models import Incident
from shifts.models import Shift


@dataclass(frozen=True)
class ShownLine:
    """A line, and how it came about in words."""

    row: LedgerLine
    how: list[str]

    @property
    def is_money(self) -> bool:
        return self.row.unit == Unit.MONEY


@dataclass(frozen=True)
class Sums:
    """What lines come to: money by what it is for, and hours of leave."""

    stipend: Decimal = Decimal()
    bonus: Decimal = Decimal()
    correction: Decimal = Decimal()
    earned: Decimal = Decimal()
    taken: Decimal = Decimal()

    @property
    def money(self) -> Decimal:
        return self.stipend + self.bonus + self.correction

    @property
    def hours(self) -> Decimal:
        return self.earned + self.taken

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(mine + theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True)))


#: Which sum a line belongs to. A correction of hours counts with what is earned.
_SUM_OF = {
    (LineKind.STIPEND, Unit.MONEY): "stipend",
    (LineKind.BONUS, Unit.MONEY): "bonus",
    (LineKind.CORRECTION, Unit.MONEY): "correction",
    (LineKind.LEAVE_EARNED, Unit.HOURS): "earned",
    (LineKind.CORRECTION, Unit.HOURS): "earned",
    (LineKind.LEAVE_TAKEN, Unit.HOURS): "taken",
}


def sums_of(parts: Iterable[tuple[str, str, Decimal]]) -> Sums:
    """The sums of kinds, units and amounts."""
    sums = dict.fromkeys(set(_SUM_OF.values()), Decimal())
    for kind, unit, amount in parts:
        sums[_SUM_OF[LineKind(kind), Unit(unit)]] += amount
    return Sums(**sums)


def with_evidence(lines: QuerySet[LedgerLine]) -> QuerySet[LedgerLine]:
    """Lines with what proves them, in one query."""
    return lines.select_related(
        "month", "shift__schedule", "incident", "leave", "corrects__month", "corrects__person", "created_by"
    )


def shown(rows: Iterable[LedgerLine], zone: tzinfo) -> list[ShownLine]:
    """The lines in the active language, times in `zone`."""
    return [ShownLine(row, how(row.kind, row.detail, row.month.currency, zone)) for row in rows]


def unstored(reckoning: Reckoning, month: PayMonth) -> Sequence[LedgerLine]:
    """What was reckoned as rows that nobody stores, with what proves them. Two queries."""
    shifts = Shift.objects.select_related("schedule").in_bulk({each.shift for each in reckoning.lines if each.shift})
    incidents = Incident.objects.in_bulk({each.incident for each in reckoning.lines if each.incident})
    return [
        LedgerLine(
            month=month,
            person_id=each.person,
            kind=each.kind,
            unit=each.unit,
            amount=each.amount,
            shift=shifts.get(each.shift) if each.shift else None,
            incident=incidents.get(each.incident) if each.incident else None,
            detail=each.detail,
        )
        for each in reckoning.lines
    ]
