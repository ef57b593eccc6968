"""Fields, constraints and short properties; what is written with them stands in `compensation.services`."""

from compensation.models.leave import LeaveRequest
from compensation.models.month import LedgerLine, PayMonth, Statement
from compensation.models.rule import RuleVersion, StipendRate

__all__ = ["LeaveRequest", "LedgerLine", "PayMonth", "RuleVersion", "Statement", "StipendRate"]
