"""Two signatures: four items each, questions that are answered, and nothing that is signed ever changes."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest

from accounts.services.note_people import person_of
from shifts.enums import HandoffItem, HandoffSection, NoticeKind
from shifts.handoff_panel import panel_of
from shifts.handoff_refusals import CannotHandOver
from shifts.handoffs import signed_handoffs, who_comes_next
from shifts.models import Notice, Schedule, Shift
from shifts.notice_words import notice_words
from shifts.services.sign_handoff import (
    accept_handoff,
    answer_back,
    ask_back,
    correct_handoff,
    sign_handoff,
    tick_item,
)
from shifts.services.write_handoff import add_line, edit_line, strike_line
from tests.cast import Cast, browser_of
from tests.shifts.handoff.making import draft, make_ended, signed, tick_all
from tests.shifts.making import HOUR, make_shift

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift(cast: Cast, schedule: Schedule) -> Shift:
    return make_ended(schedule, cast)


def refused(act: Callable[..., object], **arguments: Any) -> str:
    with pytest.raises(CannotHandOver) as caught:
        act(**arguments)
    assert caught.value.text
    return caught.value.reason


def told(kind: NoticeKind) -> list[str]:
    return sorted(Notice.objects.filter(kind=kind).values_list("person__name", flat=True))


def test_the_whole_way(cast: Cast, shift: Shift) -> None:
    handoff = signed(cast, shift)
    assert told(NoticeKind.HANDOFF_SIGNED) == ["Kenji Sato"]
    assert refused(accept_handoff, actor=cast.manager, handoff_id=handoff.pk) == "not_incoming"
    assert refused(accept_handoff, actor=cast.teammate, handoff_id=handoff.pk) == "unticked"
    line = handoff.lines.earliest("pk")
    ask_back(actor=cast.teammate, line_id=line.pk, question="which node?")
    assert told(NoticeKind.HANDOFF_ASKED) == ["Lin Yu-ting"]
    tick_all(cast.teammate, handoff)
    assert refused(accept_handoff, actor=cast.teammate, handoff_id=handoff.pk) == "open_questions"
    assert refused(answer_back, actor=cast.manager, line_id=line.pk, answer="x") == "not_author"
    answer_back(actor=cast.responder, line_id=line.pk, answer="the third")
    assert told(NoticeKind.HANDOFF_ANSWERED) == ["Kenji Sato"]
    accepted = accept_handoff(actor=cast.teammate, handoff_id=handoff.pk)
    assert accept_handoff(actor=cast.teammate, handoff_id=handoff.pk).accepted_at == accepted.accepted_at
    assert told(NoticeKind.HANDOFF_ACCEPTED) == ["Lin Yu-ting"]
    assert refused(ask_back, actor=cast.teammate, line_id=line.pk, question="?") == "accepted"
    assert refused(answer_back, actor=cast.responder, line_id=line.pk, answer="x") == "accepted"
    for notice in Notice.objects.all():
        assert "?" not in notice_words(notice.kind, notice.data, UTC).replace("node?", "")


def test_who_signs_has_ticked_everything_and_names_somebody_else(cast: Cast, shift: Shift) -> None:
    handoff = draft(cast, shift)
    for item in list(HandoffItem)[:-1]:
        tick_item(actor=cast.responder, handoff_id=handoff.pk, item=item, is_ticked=True)
    incoming = person_of(cast.teammate).pk
    with pytest.raises(CannotHandOver) as caught:
        sign_handoff(actor=cast.responder, handoff_id=handoff.pk, incoming_id=incoming)
    assert caught.value.text == "Go through the whole checklist first. Left: Special notes."
    tick_all(cast.responder, handoff)
    for nobody in (None, 999_999):
        assert refused(sign_handoff, actor=cast.responder, handoff_id=handoff.pk, incoming_id=nobody) == "nobody"
    own = person_of(cast.responder).pk
    assert refused(sign_handoff, actor=cast.responder, handoff_id=handoff.pk, incoming_id=own) == "own"
    assert refused(sign_handoff, actor=cast.manager, handoff_id=handoff.pk, incoming_id=incoming) == "not_yours"
    tick_item(actor=cast.responder, handoff_id=handoff.pk, item=HandoffItem.NOTES, is_ticked=False)
    assert refused(sign_handoff, actor=cast.responder, handoff_id=handoff.pk, incoming_id=incoming) == "unticked"


def test_what_is_signed_never_changes_and_a_correction_is_a_version(cast: Cast, shift: Shift) -> None:
    handoff = signed(cast, shift)
    line = handoff.lines.earliest("pk")
    arguments = {"actor": cast.responder, "line_id": line.pk}
    assert refused(edit_line, expected_version=1, text="x", **arguments) == "signed"
    assert refused(strike_line, is_struck=True, **arguments) == "signed"
    section = HandoffSection.NOTES
    assert (
        refused(add_line, actor=cast.responder, handoff_id=handoff.pk, section=section, text="x", key="x") == "signed"
    )
    assert refused(correct_handoff, actor=cast.teammate, handoff_id=handoff.pk) == "not_yours"
    draft_of_it = correct_handoff(actor=cast.responder, handoff_id=handoff.pk)
    assert correct_handoff(actor=cast.responder, handoff_id=handoff.pk) == draft_of_it
    copied = draft_of_it.lines.earliest("pk")
    edit_line(actor=cast.responder, line_id=copied.pk, expected_version=1, text="[P2] Node failure, a cable")
    line.refresh_from_db()
    assert line.text != "[P2] Node failure, a cable"
    panel = panel_of(draft_of_it, cast.responder, [])
    assert [(each.sign, each.text) for each in panel.differences or []] == [
        ("-", line.text),
        ("+", "[P2] Node failure, a cable"),
    ]
    assert list(signed_handoffs()) == [handoff]
    tick_all(cast.responder, draft_of_it)
    sign_handoff(actor=cast.responder, handoff_id=draft_of_it.pk, incoming_id=handoff.incoming_id)
    assert [each.number for each in signed_handoffs()] == [2, 1]


def test_search(cast: Cast, shift: Shift) -> None:
    handoff = signed(cast, shift)
    for words in ("node FAIL", "kenji", "lin yu", "chatops pri"):
        assert list(signed_handoffs(words)) == [handoff]
    assert list(signed_handoffs("100%")) == []


def test_who_comes_next(cast: Cast, schedule: Schedule, shift: Shift) -> None:
    assert who_comes_next(shift) == person_of(cast.teammate)
    alone = make_shift(schedule, cast.manager, begins_in=20 * HOUR)
    assert who_comes_next(alone) is None


def test_the_next_preflight_of_the_schedule_shows_what_it_leaves(cast: Cast, shift: Shift) -> None:
    ahead = make_shift(shift.schedule, cast.responder, begins_in=20 * HOUR)
    address = f"/shifts/{ahead.pk}/preflight/"
    assert "Nobody has signed one on this schedule yet." in browser_of(cast.responder).get(address).content.decode()
    signed(cast, shift)
    page = browser_of(cast.responder).get(address).content.decode()
    assert f'href="/shifts/{shift.pk}/handoff/1/"' in page
    assert "[P1] High latency since 01-20 09:00, triggered" in page
    assert "Node failure" not in page, "what is over is in the report"
