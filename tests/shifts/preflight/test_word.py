"""What the person says, reads and confirms: who may, and when it counts."""

import pytest

from accounts.database_time import database_now
from accounts.models import AuditRecord, User
from shifts.enums import CheckSide, CheckVerdict, ItemState, PreflightItem
from shifts.models import ContactConfirmation, Preflight
from shifts.readiness import readiness_of
from shifts.services.give_word import confirm_contact, give_word, tick_changes
from shifts.services.preparing import CannotPrepare
from tests.cast import Cast
from tests.shifts.preflight.things import (
    HOUR,
    add_check,
    confirm,
    make_change,
    make_contact,
    make_preflight,
    make_shift,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def preflight(cast: Cast) -> Preflight:
    return make_preflight(make_shift(cast.responder))


def state(preflight: Preflight, item: PreflightItem) -> ItemState:
    return readiness_of([preflight.shift_id], database_now())[preflight.shift_id].items[item]


def say(actor: User, preflight: Preflight, item: PreflightItem, words: str = "tried it on the train") -> None:
    give_word(actor=actor, preflight_id=preflight.pk, item=item, words=words)


def test_a_word_stands_in_for_proof_and_is_recorded(cast: Cast, preflight: Preflight) -> None:
    say(cast.responder, preflight, PreflightItem.VPN, "  tried it\n on the train ")
    assert state(preflight, PreflightItem.VPN) is ItemState.READY
    check = preflight.checks.get()
    assert (check.side, check.words, check.checked_by) == (CheckSide.PERSON, "tried it on the train", cast.responder)
    record = AuditRecord.objects.get(verb="give_word")
    assert record.data == {"item": "vpn", "words": "tried it on the train"}


def test_nobody_gives_anothers_word(cast: Cast, preflight: Preflight) -> None:
    for actor in (cast.teammate, cast.manager, cast.admin):
        with pytest.raises(CannotPrepare, match="not_yours"):
            say(actor, preflight, PreflightItem.VPN)
        with pytest.raises(CannotPrepare, match="not_yours"):
            tick_changes(actor=actor, preflight_id=preflight.pk, change_ids=None)
    assert preflight.checks.count() == 0


@pytest.mark.parametrize(("words", "reason"), [("", "no_words"), (" \n\t", "no_words"), ("x" * 501, "too_long")])
def test_a_word_says_something_and_not_too_much(words: str, reason: str, cast: Cast, preflight: Preflight) -> None:
    with pytest.raises(CannotPrepare, match=reason):
        say(cast.responder, preflight, PreflightItem.VPN, words)


def test_a_word_does_not_outweigh_a_proof_that_failed(cast: Cast, preflight: Preflight) -> None:
    add_check(preflight, PreflightItem.KUBECTL, CheckSide.LAPTOP, CheckVerdict.FAILED)
    add_check(preflight, PreflightItem.PAGERDUTY, CheckSide.SERVER, CheckVerdict.FAILED)
    for item in (PreflightItem.KUBECTL, PreflightItem.PAGERDUTY):
        with pytest.raises(CannotPrepare, match="proof_failed"):
            say(cast.responder, preflight, item)
    # What the server cannot reach says nothing of the laptop.
    add_check(preflight, PreflightItem.AWS, CheckSide.SERVER, CheckVerdict.FAILED)
    say(cast.responder, preflight, PreflightItem.AWS)
    assert state(preflight, PreflightItem.AWS) is ItemState.READY


def test_what_is_proven_or_read_needs_no_word(cast: Cast, preflight: Preflight) -> None:
    add_check(preflight, PreflightItem.AWS)
    make_contact()
    for item in (PreflightItem.AWS, PreflightItem.CHANGES, PreflightItem.CONTACTS):
        with pytest.raises(CannotPrepare, match="needs_proof"):
            say(cast.responder, preflight, item)


def test_without_a_list_of_contacts_the_person_knows_whom_to_call(cast: Cast, preflight: Preflight) -> None:
    say(cast.responder, preflight, PreflightItem.CONTACTS)
    assert state(preflight, PreflightItem.CONTACTS) is ItemState.READY
    make_contact()
    assert state(preflight, PreflightItem.CONTACTS) is ItemState.UNCHECKED


def test_changes_are_ticked_one_by_one_or_all(cast: Cast, preflight: Preflight) -> None:
    changes = [make_change(number) for number in range(3)]
    old = make_change(9, ago=20 * 24 * HOUR)
    assert (
        tick_changes(actor=cast.responder, preflight_id=preflight.pk, change_ids=[changes[0].pk, old.pk, 999_999]) == 1
    )
    assert state(preflight, PreflightItem.CHANGES) is ItemState.STALE
    assert tick_changes(actor=cast.responder, preflight_id=preflight.pk, change_ids=[changes[0].pk]) == 0
    assert tick_changes(actor=cast.responder, preflight_id=preflight.pk, change_ids=None) == 2
    assert state(preflight, PreflightItem.CHANGES) is ItemState.READY
    assert [record.data for record in AuditRecord.objects.filter(verb="read_changes")] == [{"count": 1}, {"count": 2}]


def test_anybody_confirms_a_contact_as_it_stands(cast: Cast, preflight: Preflight) -> None:
    contact = make_contact()
    confirm(contact, cast.manager, ago=31 * 24 * HOUR)
    assert state(preflight, PreflightItem.CONTACTS) is ItemState.STALE
    confirm_contact(actor=cast.teammate, entry_id=contact.pk, version=1)
    confirm_contact(actor=cast.teammate, entry_id=contact.pk, version=1)  # a double click
    assert state(preflight, PreflightItem.CONTACTS) is ItemState.READY
    assert ContactConfirmation.objects.filter(confirmed_by=cast.teammate).count() == 1


def test_a_contact_that_changed_meanwhile_or_is_gone_is_not_confirmed(cast: Cast) -> None:
    contact = make_contact(version=2)
    with pytest.raises(CannotPrepare, match="contact_changed"):
        confirm_contact(actor=cast.responder, entry_id=contact.pk, version=1)
    contact.removed_at = database_now()
    contact.save()
    with pytest.raises(CannotPrepare, match="unknown_contact"):
        confirm_contact(actor=cast.responder, entry_id=contact.pk, version=2)


def test_nothing_is_said_of_a_shift_that_is_over_or_gone(cast: Cast, preflight: Preflight) -> None:
    shift = preflight.shift
    shift.withdrawn_at = database_now()
    shift.save()
    with pytest.raises(CannotPrepare, match="gone"):
        say(cast.responder, preflight, PreflightItem.VPN)
    shift.withdrawn_at, shift.start_at, shift.end_at = None, shift.start_at - 24 * HOUR, database_now()
    shift.save()
    with pytest.raises(CannotPrepare, match="over"):
        say(cast.responder, preflight, PreflightItem.VPN)
