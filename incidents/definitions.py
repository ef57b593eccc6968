"""What the severities mean: the team's own words, or the portal's where the team has written none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from incidents.enums import Severity
from incidents.models import SeverityDefinition

#: The portal's words by severity: criteria, examples. In the reader's language, until a manager writes the team's.
FIRST_WORDS: Mapping[Severity, tuple[Any, Any]] = {
    Severity.P0: (
        _("The service is down or unusable for everybody, or data is lost or exposed. There is no way around it."),
        _("The gateway answers nobody. Messages are lost. The database refuses every connection. A secret has leaked."),
    ),
    Severity.P1: (
        _("A main function fails or is badly slow for many, and there is no good way around it."),
        _(
            "A high error rate or latency at the gateway. Every second job fails. The database is almost out of connections."
        ),
    ),
    Severity.P2: (
        _("A part fails or is slow for some, with a way around it; it gets worse if nobody acts."),
        _("One node of several is gone. A queue grows slowly. CPU or memory stays above its threshold."),
    ),
    Severity.P3: (
        _("Nobody is held up: a warning, a flaw, a question. It can wait for business hours."),
        _("A disk is three quarters full. A certificate expires in three weeks. A dashboard shows a wrong label."),
    ),
}


@dataclass(frozen=True)
class Definition:
    """A severity's meaning as it stands. `row` is None while the portal's own words stand."""

    severity: Severity
    criteria: str
    examples: str
    row: SeverityDefinition | None

    @property
    def version(self) -> int:
        """0 for the portal's own words."""
        return self.row.version if self.row else 0


def definition_from(severity: Severity, row: SeverityDefinition | None) -> Definition:
    """The meaning that a stored version gives, or the portal's own."""
    if row is not None:
        return Definition(severity, row.criteria, row.examples, row)
    criteria, examples = FIRST_WORDS[severity]
    return Definition(severity, str(criteria), str(examples), None)


def definitions() -> list[Definition]:
    """All four, P0 first. One query."""
    newest = SeverityDefinition.objects.select_related("created_by").order_by("severity", "-version")
    rows = {row.severity: row for row in newest.distinct("severity")}
    return [definition_from(severity, rows.get(severity)) for severity in Severity]
