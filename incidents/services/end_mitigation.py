"""The end of a mitigation: its verdict, told on the timeline. The incident's row must be locked, and the mitigation's."""

from datetime import datetime
from typing import Any

from accounts.models import User
from incidents.enums import EntryKind, MitigationState
from incidents.mitigations.outcomes import AlertState, Outcome
from incidents.models import Mitigation
from incidents.services.tell_mitigation import write_entry

_STATES = {
    Outcome.BLOCKED: MitigationState.BLOCKED,
    Outcome.WITHDRAWN: MitigationState.WITHDRAWN,
    Outcome.HEALTHY: MitigationState.SUCCEEDED,
    Outcome.DATABASE_BACK: MitigationState.SUCCEEDED,
}


def end_mitigation(
    mitigation: Mitigation, outcome: Outcome, *, at: datetime, was_done: bool, actor: User | None = None, **data: Any
) -> None:
    """Writes how it ended. After a success the alert is still awaited (`judge_alerts`)."""
    verdict: dict[str, Any] = {"code": outcome.value, **data, "was_done": was_done}
    if mitigation.called_at is not None:
        verdict["seconds"] = max(int((at - mitigation.called_at).total_seconds()), 0)
    mitigation.state = _STATES.get(outcome, MitigationState.FAILED)
    mitigation.verdict = verdict | ({"alert": AlertState.AWAITED.value} if outcome.is_success else {})
    mitigation.finished_at = at
    mitigation.save()
    write_entry(mitigation, EntryKind.MITIGATION_ENDED, at=at, actor=actor, verdict=verdict)
