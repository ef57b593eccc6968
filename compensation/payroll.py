"""A month for payroll, as CSV: a row a line, or a row a person.

Amounts have no sign: what a person gets is a credit, what is taken back a debit. A cell that begins with a minus would be a
formula to a spreadsheet, and an apostrophe before it no number to payroll.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.urls import reverse

from compensation.enums import Unit
from compensation.models import LedgerLine, PayMonth
from compensation.money import digits_of, smallest
from integrations.spreadsheet import BYTE_ORDER_MARK, cell

LINE_COLUMNS = (
    "month", "state", "person_id", "person", "email", "kind", "unit", "credit", "debit", "evidence", "approved_by",
)  # fmt: skip
PERSON_COLUMNS = (
    "month", "state", "person_id", "person", "email", "currency", "credit", "debit", "leave_credit_hours",
    "leave_debit_hours", "approved_by",
)  # fmt: skip
HOUR = Decimal("0.01")


def by_line(month: PayMonth) -> str:
    """A row a line, by person. Two queries."""
    lines = month.lines.select_related("person", "corrects__month").order_by("person__name", "person", "position", "pk")
    return _sheet(LINE_COLUMNS, _line_rows(month, lines))


def by_person(month: PayMonth) -> str:
    """A row a person. Two queries."""
    return _sheet(PERSON_COLUMNS, _person_rows(month))


def evidence_of(line: LedgerLine) -> str:
    """The path of the page of what proves a line."""
    if line.shift_id is not None:
        return reverse("shifts:shift", args=[line.shift_id])
    if line.incident_id is not None:
        return reverse("incidents:room", args=[line.incident_id])
    if line.leave_id is not None:
        return reverse("compensation:leave", args=[line.leave_id])
    if line.corrects is None:
        raise ValueError(f"line {line.pk} has no evidence")
    return (
        reverse("compensation:statement", args=[str(line.corrects.month), line.person_id]) + f"#line-{line.corrects_id}"
    )


def _line_rows(month: PayMonth, lines: Iterable[LedgerLine]) -> Iterator[list[object]]:
    approvers = _approvers(month)
    for line in lines:
        least = _smallest(month) if line.unit == Unit.MONEY else HOUR
        credit, debit = max(line.amount, Decimal()), max(-line.amount, Decimal())
        unit = month.currency if line.unit == Unit.MONEY else "h"
        yield [
            *_head(month), line.person.pagerduty_id, line.person.name, line.person.email, line.kind, unit,
            credit.quantize(least), debit.quantize(least), evidence_of(line), approvers.get(line.person_id, ""),
        ]  # fmt: skip


def _person_rows(month: PayMonth) -> Iterator[list[object]]:
    approvers = _approvers(month)
    sums = {
        f"{unit.value}_{side}": Sum("amount", filter=Q(unit=unit) & sign, default=Decimal())
        for unit in Unit
        for side, sign in (("credit", Q(amount__gt=0)), ("debit", Q(amount__lt=0)))
    }
    people = month.lines.order_by("person__name", "person").values(
        "person", "person__pagerduty_id", "person__name", "person__email"
    )
    summed: Any = people.annotate(**sums)
    for each in summed:
        yield [
            *_head(month), each["person__pagerduty_id"], each["person__name"], each["person__email"], month.currency,
            each["money_credit"].quantize(_smallest(month)), (-each["money_debit"]).quantize(_smallest(month)),
            each["hours_credit"].quantize(HOUR), (-each["hours_debit"]).quantize(HOUR),
            approvers.get(each["person"], ""),
        ]  # fmt: skip


def _head(month: PayMonth) -> list[object]:
    return [str(month), "published" if month.is_published else "draft"]


def _smallest(month: PayMonth) -> Decimal:
    return smallest(digits_of(month.currency))


def _approvers(month: PayMonth) -> dict[int, str]:
    """By person, who approved their lines. One query."""
    approved = month.statements.filter(approved_by__isnull=False).select_related("approved_by")
    return {each.person_id: each.approved_by.display_name for each in approved if each.approved_by}


def _sheet(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return BYTE_ORDER_MARK + sheet.getvalue()
