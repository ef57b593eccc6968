"""The laptop's token and its answers: once, in time, for whom it was made, and nothing but verdicts."""

import threading
from datetime import timedelta

import pytest
import redis
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.database_time import database_now
from accounts.models import AuditRecord, User
from accounts.services.note_people import person_of
from integrations.kubernetes.access import NEEDED
from integrations.probes import read_endpoints
from shifts.enums import CheckSide, CheckVerdict, ItemState, PreflightItem
from shifts.models import LaptopToken, Preflight
from shifts.preflight.answers import HEAD, LARGEST, Malformed, permission_word, read_answer, subjects_of
from shifts.readiness import readiness_of
from shifts.services.laptop import make_token
from shifts.services.preparing import CannotPrepare
from shifts.views.laptop import MOST_GUESSES
from tests.cast import Cast, browser_of
from tests.shifts.preflight.things import HOUR, make_preflight, make_shift
from tests.waiting import is_waiting

pytestmark = pytest.mark.django_db

ENDPOINTS = read_endpoints("grafana=https://grafana.internal/,db=tcp://db.internal:5432")


@pytest.fixture(autouse=True)
def endpoints(settings: Settings, valkey: redis.Redis) -> None:
    settings.PREFLIGHT_ENDPOINTS = ENDPOINTS


@pytest.fixture
def preflight(cast: Cast) -> Preflight:
    return make_preflight(make_shift(cast.responder))


def address(token: str) -> str:
    return reverse("shifts:laptop_script", args=[token])


def lines(**changed: str) -> list[str]:
    """An answer in which everything works, but for the subjects named."""
    subjects = subjects_of(ENDPOINTS, NEEDED)
    return [
        f"{item.value} {name} {changed.get(name, 'passed ok')}" for item, names in subjects.items() for name in names
    ]


def answer(*, head: str = HEAD, **changed: str) -> str:
    return "\n".join([head, *lines(**changed)]) + "\n"


def send(token: str, text: str | bytes) -> tuple[int, str]:
    # As curl does: no cookie, no CSRF token.
    got = Client(enforce_csrf_checks=True).post(address(token), text, content_type="text/plain")
    return got.status_code, got.content.decode().strip()


def states(preflight: Preflight) -> dict[PreflightItem, ItemState]:
    return readiness_of([preflight.shift_id], database_now())[preflight.shift_id].items


def test_an_answer_proves_three_items(cast: Cast, preflight: Preflight) -> None:
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    assert send(token, answer())[0] == 200
    found = states(preflight)
    assert [found[item] for item in (PreflightItem.VPN, PreflightItem.KUBECTL, PreflightItem.AWS)] == [
        ItemState.READY
    ] * 3
    assert found[PreflightItem.PAGERDUTY] is ItemState.UNCHECKED
    check = preflight.checks.get(item=PreflightItem.AWS)
    assert (check.side, check.checked_by) == (CheckSide.LAPTOP, cast.responder)
    assert check.stale_at - check.checked_at == 12 * HOUR
    assert AuditRecord.objects.filter(verb="answer_from_laptop", actor=cast.responder).count() == 1


@pytest.mark.parametrize(
    ("subject", "said", "item", "state"),
    [
        ("db", "failed timeout", PreflightItem.VPN, ItemState.NOT_READY),
        ("patch/deployments.apps", "failed forbidden", PreflightItem.KUBECTL, ItemState.NOT_READY),
        ("pods", "failed not_installed", PreflightItem.KUBECTL, ItemState.NOT_READY),
        ("identity", "failed expired_token", PreflightItem.AWS, ItemState.NOT_READY),
        ("databases", "unknown not_installed", PreflightItem.AWS, ItemState.UNCHECKED),
    ],
)
def test_one_thing_that_fails_fails_its_item(
    subject: str, said: str, item: PreflightItem, state: ItemState, cast: Cast, preflight: Preflight
) -> None:
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    assert send(token, answer(**{subject: said}))[0] == 200
    assert states(preflight)[item] is state


def test_an_answer_counts_once(cast: Cast, preflight: Preflight) -> None:
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    assert send(token, answer())[0] == 200
    status, words = send(token, answer(db="failed timeout"))
    assert status == 409
    assert words == "This token has answered already; each answers once. Ask for a new line on the preflight page."
    assert states(preflight)[PreflightItem.VPN] is ItemState.READY


def test_a_token_lasts_half_an_hour(cast: Cast, preflight: Preflight) -> None:
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    LaptopToken.objects.update(expires_at=database_now())
    status, words = send(token, answer())
    assert status == 410
    assert words.startswith("This token has expired: it lasts 30 minutes.")
    assert Client().get(address(token)).status_code == 410


def test_a_newer_line_takes_the_place_of_an_older_one(cast: Cast, preflight: Preflight) -> None:
    older = make_token(actor=cast.responder, preflight_id=preflight.pk)
    newer = make_token(actor=cast.responder, preflight_id=preflight.pk)
    assert send(older, answer())[0] == 410
    assert send(newer, answer())[0] == 200


@pytest.mark.django_db(transaction=True)
def test_who_makes_a_line_while_another_answers_waits_for_nobody_who_waits_for_them(
    cast: Cast, preflight: Preflight
) -> None:
    """Whoever locked them the other way round would be a deadlock, which takes one of the two with it."""
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    answered: list[tuple[int, str]] = []

    def work() -> None:
        try:
            answered.append(send(token, answer()))
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    with transaction.atomic():
        Preflight.objects.select_for_update().get(pk=preflight.pk)
        thread.start()
        while not is_waiting():
            assert thread.is_alive()
        make_token(actor=cast.responder, preflight_id=preflight.pk)
    thread.join()
    assert answered == [
        (410, "A newer line took this token's place. Ask for a new line on the preflight page."),
    ]


def test_a_token_that_nobody_was_given(preflight: Preflight) -> None:
    assert send("x" * 32, answer())[0] == 404


def test_nobody_answers_for_another_persons_shift(cast: Cast, preflight: Preflight) -> None:
    for actor in (cast.teammate, cast.manager):
        with pytest.raises(CannotPrepare, match="not_yours"):
            make_token(actor=actor, preflight_id=preflight.pk)
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    shift = preflight.shift
    shift.person = person_of(cast.teammate)
    shift.save()
    status, words = send(token, answer())
    assert (status, words) == (410, "This shift is no more, or is somebody else's now.")


def test_nobody_answers_for_a_shift_that_is_over(cast: Cast, preflight: Preflight) -> None:
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    type(preflight.shift).objects.update(start_at=database_now() - 2 * HOUR, end_at=database_now() - HOUR)
    assert send(token, answer()) == (410, "This shift is over.")


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "viewer"}])
def test_who_may_not_respond_any_more_answers_no_more(
    change: dict[str, object], cast: Cast, preflight: Preflight
) -> None:
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    User.objects.filter(pk=cast.responder.pk).update(**change)
    status, words = send(token, answer())
    assert status == 403
    assert words == "Whoever was given this token may not answer any more: their account was changed."
    assert Client().get(address(token)).status_code == 403
    assert preflight.checks.count() == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the first line must be"),
        ("{}", "the first line must be"),
        (answer(head="portal-preflight 2"), "the first line must be"),
        (answer() + "vpn db passed ok\n", "answers something twice"),
        (answer().replace("vpn db passed ok\n", ""), "vpn db is not answered"),
        (answer() + "vpn elsewhere passed ok\n", "not asked"),
        (answer() + "changes all passed ok\n", "is none of"),
        (answer(db="passed"), "is none of"),
        (answer(db="failed <script>alert(1)</script>"), "is none of"),
        (answer(identity="failed AKIADEMOCHATOPS00000"), "is none of"),
        (answer(db="splendid ok"), "is none of"),
        (answer() + "x\n" * 500, "more than 200 lines"),
    ],
)
def test_what_is_no_answer_is_refused_in_words_and_uses_nothing_up(
    text: str, words: str, cast: Cast, preflight: Preflight
) -> None:
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    status, said = send(token, text)
    assert status == 400
    assert words in said
    assert preflight.checks.count() == 0
    assert send(token, answer())[0] == 200


def test_letters_that_no_answer_has_and_bodies_that_are_too_large(cast: Cast, preflight: Preflight) -> None:
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    assert send(token, answer().encode() + b"\xff\x00")[0] == 400
    assert send(token, "x" * (LARGEST + 1))[0] == 413
    assert send(token, "x" * 400_000)[0] == 413


def test_who_guesses_again_and_again_waits_and_holds_nobody_else_up(cast: Cast, preflight: Preflight) -> None:
    for _ in range(MOST_GUESSES):
        assert send("wrong", answer())[0] == 404
    assert send("wrong", answer()) == (429, "Too many tries from this address. Wait five minutes.")
    assert Client().get(address("another")).status_code == 429
    # A colleague behind the same address.
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    assert Client().get(address(token)).status_code == 200
    assert send(token, answer())[0] == 200


def test_a_refused_script_says_why_when_it_is_run(preflight: Preflight) -> None:
    got = Client().get(address("wrong"))
    assert got.status_code == 404
    assert (
        got.content.decode()
        == "echo 'Nobody was given this token. Ask for a new line on the preflight page.' >&2; exit 1\n"
    )


def test_the_script_holds_no_more_than_it_needs(cast: Cast, preflight: Preflight) -> None:
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    got = Client().get(address(token))
    script = got.content.decode()
    assert got.status_code == 200
    assert got.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in got.headers["Cache-Control"]
    assert script.startswith("#!/bin/sh\n")
    assert script.rstrip().endswith("main </dev/null")
    assert f"portal=http://testserver{address(token)}\n" in script
    assert LaptopToken.objects.get().fetched_at is not None
    # Neither who it is nor the digest is anybody's business who reads a terminal.
    assert cast.responder.email not in script
    assert LaptopToken.objects.get().token_digest not in script


def test_the_token_is_stored_nowhere_as_it_is(cast: Cast, preflight: Preflight) -> None:
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    row = LaptopToken.objects.get()
    assert token not in (row.token_digest, str(AuditRecord.objects.latest("sequence").data))
    assert row.expires_at - row.created_at <= timedelta(minutes=30, seconds=1)


def test_the_line_is_shown_once(cast: Cast, preflight: Preflight) -> None:
    client = browser_of(cast.responder)
    made = client.post(reverse("shifts:preflight_laptop", args=[preflight.shift_id])).content.decode()
    assert "/preflight/script/" in made
    assert (
        "/preflight/script/" not in client.get(reverse("shifts:preflight", args=[preflight.shift_id])).content.decode()
    )


def test_findings_are_in_the_order_of_what_was_asked() -> None:
    subjects = subjects_of(ENDPOINTS, NEEDED)
    text = "\n".join([HEAD, *reversed(lines(db="failed timeout"))])
    found = read_answer(text, subjects)
    assert [finding.data["subject"] for finding in found[PreflightItem.VPN]] == ["grafana", "db"]
    assert [finding.verdict for finding in found[PreflightItem.VPN]] == [CheckVerdict.PASSED, CheckVerdict.FAILED]


def test_without_addresses_the_vpn_is_not_answered() -> None:
    subjects = subjects_of((), NEEDED)
    text = "\n".join([HEAD, *(line for line in lines() if not line.startswith("vpn"))])
    assert PreflightItem.VPN not in read_answer(text, subjects)
    with pytest.raises(Malformed):
        read_answer(answer(), subjects)


def test_every_permission_is_one_word() -> None:
    words = [permission_word(permission) for permission in NEEDED]
    assert len(set(words)) == len(NEEDED)
    assert "get/pods/log" in words
    assert "patch/deployments.apps" in words
