"""Facts and reports of tests."""

from accounts.database_time import database_now
from accounts.models import User
from shifts.enums import HandoffItem, HandoffSection
from shifts.handoff.report import Fact
from shifts.models import Handoff, Schedule, Shift
from shifts.services.sign_handoff import sign_handoff, tick_item
from shifts.services.write_handoff import open_handoff
from tests.cast import Cast
from tests.shifts.making import HOUR, make_shift

FACTS = [
    Fact(HandoffSection.EVENTS, "incident:1", "[P2] Node failure on 01-19, auto-recovered"),
    Fact(HandoffSection.ONGOING, "open:2", "[P1] High latency since 01-20 09:00, triggered"),
]


def make_ended(schedule: Schedule, cast: Cast) -> Shift:
    """The responder's, which ended an hour ago; the teammate has it since."""
    now = database_now().replace(microsecond=0)
    ended = make_shift(schedule, cast.responder, start=now - 9 * HOUR, lasts=8 * HOUR)
    make_shift(schedule, cast.teammate, start=now - HOUR, lasts=8 * HOUR)
    return ended


def draft(cast: Cast, shift: Shift) -> Handoff:
    return open_handoff(actor=cast.responder, shift_id=shift.pk, facts=FACTS)


def tick_all(actor: User, handoff: Handoff) -> None:
    for item in HandoffItem:
        tick_item(actor=actor, handoff_id=handoff.pk, item=item, is_ticked=True)


def signed(cast: Cast, shift: Shift) -> Handoff:
    handoff = draft(cast, shift)
    tick_all(cast.responder, handoff)
    return sign_handoff(actor=cast.responder, handoff_id=handoff.pk, incoming_id=handoff.incoming_id)
