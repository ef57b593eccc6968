"""A draft: from the facts, its author's alone, and nothing that was typed is lost or overwritten."""

import threading

import pytest
from django.db import connection

from accounts.models import AuditRecord, User
from shifts.enums import HandoffSection
from shifts.handoff.report import Fact
from shifts.handoff_refusals import CannotHandOver
from shifts.models import Handoff, HandoffLine, Schedule, Shift
from shifts.services.write_handoff import StaleLine, add_line, edit_line, open_handoff, strike_line, take_in
from tests.cast import Cast, make_cast
from tests.shifts.handoff.making import FACTS, draft, make_ended
from tests.shifts.making import DAY, make_schedule, make_shift


@pytest.fixture
def shift(cast: Cast, schedule: Schedule) -> Shift:
    return make_ended(schedule, cast)


def texts(handoff: Handoff) -> list[str]:
    return [line.text for line in handoff.lines.all()]


@pytest.mark.django_db
def test_it_is_drafted_once_from_the_facts(cast: Cast, shift: Shift) -> None:
    handoff = draft(cast, shift)
    assert texts(handoff) == [each.text for each in FACTS]
    assert handoff.incoming is not None
    assert handoff.incoming.name == "Kenji Sato"
    assert (handoff.period_start, handoff.period_end) == (shift.start_at, shift.end_at)
    assert draft(cast, shift) == handoff
    assert AuditRecord.objects.filter(verb="open_handoff").count() == 1


@pytest.mark.django_db
def test_only_whose_shift_it_was_writes_it_and_not_before_it_begins(cast: Cast, shift: Shift) -> None:
    with pytest.raises(CannotHandOver) as caught:
        open_handoff(actor=cast.manager, shift_id=shift.pk, facts=[])
    assert caught.value.reason == "not_yours"
    ahead = make_shift(shift.schedule, cast.responder, begins_in=2 * DAY)
    with pytest.raises(CannotHandOver) as caught:
        open_handoff(actor=cast.responder, shift_id=ahead.pk, facts=[])
    assert caught.value.reason == "too_early"
    assert not Handoff.objects.exists()


@pytest.mark.django_db
def test_what_comes_in_touches_nothing_that_was_typed(cast: Cast, shift: Shift) -> None:
    handoff = draft(cast, shift)
    first, second = handoff.lines.all()
    edit_line(actor=cast.responder, line_id=first.pk, expected_version=1, text="typed")
    later = [
        Fact(HandoffSection.EVENTS, "incident:1", "[P2] Node failure on 01-19, resolved in 5min"),
        Fact(HandoffSection.ONGOING, "open:2", "[P1] High latency since 01-20 09:00, acknowledged: Kenji Sato"),
        Fact(HandoffSection.EVENTS, "incident:3", "[P0] Fire on 01-20, resolved in 9min"),
    ]
    assert take_in(actor=cast.responder, handoff_id=handoff.pk, facts=later) == 3
    assert texts(handoff) == ["typed", later[1].text, later[2].text]
    second.refresh_from_db()
    assert second.version == 2
    assert take_in(actor=cast.responder, handoff_id=handoff.pk, facts=later) == 0


@pytest.mark.django_db
def test_two_tabs_do_not_overwrite_each_other(cast: Cast, shift: Shift) -> None:
    line = draft(cast, shift).lines.earliest("pk")
    edit_line(actor=cast.responder, line_id=line.pk, expected_version=1, text="of the first tab")
    with pytest.raises(StaleLine) as caught:
        edit_line(actor=cast.responder, line_id=line.pk, expected_version=1, text="of the second tab")
    assert (caught.value.theirs.text, caught.value.theirs.version) == ("of the first tab", 2)
    # A save whose answer was lost is repeated.
    assert edit_line(actor=cast.responder, line_id=line.pk, expected_version=1, text="of the first tab").version == 2


@pytest.mark.django_db
def test_lines_of_ones_own_and_struck_ones(cast: Cast, shift: Shift) -> None:
    handoff = draft(cast, shift)
    line, again = (
        add_line(actor=cast.responder, handoff_id=handoff.pk, section=HandoffSection.NOTES, text=text, key="k")
        for text in (" watch\nthe disk ", "a double click")
    )
    assert again == line
    assert texts(handoff)[2:] == ["watch the disk"]
    assert strike_line(actor=cast.responder, line_id=line.pk, is_struck=True).is_struck
    assert not strike_line(actor=cast.responder, line_id=line.pk, is_struck=False).is_struck
    for text in ("", "  \n"):
        with pytest.raises(CannotHandOver) as caught:
            edit_line(actor=cast.responder, line_id=line.pk, expected_version=1, text=text)
        assert caught.value.reason == "empty"
    assert HandoffLine.objects.get(pk=line.pk).text == "watch the disk"


@pytest.mark.django_db
def test_nobody_else_writes_in_it(cast: Cast, shift: Shift) -> None:
    handoff = draft(cast, shift)
    line = handoff.lines.earliest("pk")
    for other in (cast.teammate, cast.manager, cast.admin):
        acts = (
            lambda actor: edit_line(actor=actor, line_id=line.pk, expected_version=1, text="x"),
            lambda actor: strike_line(actor=actor, line_id=line.pk, is_struck=True),
            lambda actor: take_in(actor=actor, handoff_id=handoff.pk, facts=[]),
            lambda actor: add_line(actor=actor, handoff_id=handoff.pk, section=HandoffSection.NOTES, text="x", key="x"),
        )
        for act in acts:
            with pytest.raises(CannotHandOver) as caught:
                act(other)
            assert caught.value.reason == "not_yours"


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_once_one_is_told() -> None:
    cast = make_cast()
    line = draft(cast, make_ended(make_schedule(), cast)).lines.earliest("pk")
    results: list[str] = []
    both = threading.Barrier(2)

    def save(actor: User, text: str) -> None:
        both.wait()
        try:
            edit_line(actor=actor, line_id=line.pk, expected_version=1, text=text)
            results.append("saved")
        except StaleLine:
            results.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(cast.responder, text)) for text in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["saved", "stale"]
