"""Which incidents go over with a handoff, and how that goes."""

from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import User
from accounts.roles import Role
from incidents.act_refusals import CannotAct
from incidents.enums import OutboxState
from incidents.models import Incident, Transfer
from incidents.selectors import open_incidents
from shifts.models import Handoff


@dataclass(frozen=True)
class TransferRow:
    """One incident. `transfer` is null while nobody asked; `is_theirs` while the author has it."""

    incident: Incident
    transfer: Transfer | None
    is_theirs: bool = True

    @property
    def can_go(self) -> bool:
        """Whether it may be asked for, or asked for again."""
        return self.is_theirs and not self.is_waiting

    @property
    def is_waiting(self) -> bool:
        return self._state == OutboxState.WAITING

    @property
    def is_transferred(self) -> bool:
        return self._state == OutboxState.SENT

    @property
    def is_late(self) -> bool:
        """It waits, since PagerDuty could not be reached."""
        return self.is_waiting and bool(self.transfer and self.transfer.message and self.transfer.message.last_error)

    @property
    def why_not(self) -> str:
        """Why it did not go over, in words; "" where it did, is on its way, or nobody asked."""
        if self.transfer is None:
            return ""
        if self.transfer.message is None:
            return CannotAct(self.transfer.refusal).text
        return self.transfer.message.refusal_text if self._state == OutboxState.REFUSED else ""

    @property
    def _state(self) -> str:
        return self.transfer.message.state if self.transfer and self.transfer.message else ""


@dataclass(frozen=True)
class Transfers:
    """What can go over, and what was asked for."""

    rows: list[TransferRow]

    @property
    def has_waiting(self) -> bool:
        return any(row.is_waiting for row in self.rows)

    @property
    def can_go(self) -> bool:
        return any(row.can_go for row in self.rows)


def may_transfer(handoff: Handoff, user: User) -> bool:
    """Whether the user is one of the two between whom a signed handoff is, and may act."""
    between = {person.pagerduty_id for person in (handoff.author, handoff.incoming) if person}
    return handoff.is_signed and user.has_role(Role.RESPONDER) and user.person_key in between


def to_transfer(handoff: Handoff) -> QuerySet[Incident]:
    """Open incidents that the author has and the incoming person does not, the most severe first."""
    theirs = open_incidents().filter(assignments__person=handoff.author_id)
    return theirs.exclude(assignments__person=handoff.incoming_id).order_by("severity", "triggered_at", "number")


def transfers_of(handoff: Handoff) -> Transfers:
    """What can go over, and what was asked for with this handoff. Two queries."""
    asked = Transfer.objects.filter(handoff=handoff).select_related("incident", "message").order_by("incident")
    known = {transfer.incident_id: transfer for transfer in asked}
    rows = [TransferRow(incident, known.pop(incident.pk, None)) for incident in to_transfer(handoff)]
    return Transfers(rows + [TransferRow(transfer.incident, transfer, is_theirs=False) for transfer in known.values()])
