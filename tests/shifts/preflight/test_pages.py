"""The page of a preflight: who sees what, who may do what, what an act answers."""

import re
from datetime import timedelta

import pytest
from celery import current_app
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.database_time import database_now
from accounts.models import AuditRecord, User
from accounts.roles import Role
from accounts.services.note_people import person_of
from shifts.enums import CheckSide, CheckVerdict, CoverState, PreflightItem
from shifts.models import CoverRequest, PagingTest, Preflight, Shift
from shifts.preflight.words import SENTENCES, TROUBLES, sentence
from shifts.services.begin_shift import judge_beginnings
from tests.cast import Cast, browser_of
from tests.shifts.preflight.things import (
    HOUR,
    add_check,
    confirm,
    make_change,
    make_contact,
    make_preflight,
    make_shift,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("emptied_cache")]


@pytest.fixture
def preflight(cast: Cast) -> Preflight:
    return make_preflight(make_shift(cast.responder, begins_in=3 * HOUR - timedelta(seconds=30)))


def address(preflight: Preflight, act: str = "", **more: object) -> str:
    name = f"shifts:preflight_{act}" if act else "shifts:preflight"
    return reverse(name, kwargs={"shift_id": preflight.shift_id, **more})


def page(user: User, preflight: Preflight) -> str:
    answer = browser_of(user).get(address(preflight))
    assert answer.status_code == 200
    return answer.content.decode()


def act(
    user: User, preflight: Preflight, name: str, data: dict[str, object] | None = None, **more: object
) -> tuple[int, str]:
    answer = browser_of(user, **{"HX-Request": "true"}).post(address(preflight, name, **more), data or {})
    return answer.status_code, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).strip()


def test_it_says_when_the_shift_begins_and_how_much_is_ready(cast: Cast, preflight: Preflight) -> None:
    html = page(cast.responder, preflight)
    assert re.search(r"Your shift begins in 2 h 59 min", html)
    assert "<b>1</b> <span>of 6 ready</span>" in html
    assert 'stroke-dasharray="1 6"' in html
    assert [item in html for item in ("item-pagerduty", "item-vpn", "item-contacts")] == [True] * 3


def test_its_owner_opens_it_by_looking_and_nobody_else_does(cast: Cast) -> None:
    shift = make_shift(cast.responder, begins_in=71.5 * HOUR)
    url = reverse("shifts:preflight", args=[shift.pk])
    for user in (cast.viewer, cast.teammate, cast.admin):
        assert "The checks open a day before the shift" in browser_of(user).get(url).content.decode()
    assert Preflight.objects.count() == 0
    assert "Your shift begins in 2 days 23 h" in browser_of(cast.responder).get(url).content.decode()
    assert Preflight.objects.get().person == person_of(cast.responder)


def test_a_shift_that_is_over_is_not_opened_any_more(cast: Cast) -> None:
    shift = make_shift(cast.responder, begins_in=-20 * HOUR)
    html = browser_of(cast.responder).get(reverse("shifts:preflight", args=[shift.pk])).content.decode()
    assert "This shift is over or withdrawn" in html
    assert Preflight.objects.count() == 0


def test_there_is_none_of_a_shift_that_is_not(cast: Cast) -> None:
    client = browser_of(cast.responder)
    assert client.get(reverse("shifts:preflight", args=[4711])).status_code == 404
    assert client.post(reverse("shifts:preflight_check", args=[4711])).status_code == 404


@pytest.mark.parametrize(
    ("role", "buttons"),
    [
        (
            "responder",
            {"Check again", "I confirm", "Send me a test page", "Make a line to copy", "Start anyway", "Ask for cover"},
        ),
        ("manager", {"Check again", "Start anyway", "Ask for cover"}),
        ("teammate", set()),
        ("viewer", set()),
    ],
)
def test_who_may_do_what_is_what_they_see(role: str, buttons: set[str], cast: Cast, preflight: Preflight) -> None:
    html = page(getattr(cast, role), preflight)
    every = {"Check again", "I confirm", "Send me a test page", "Make a line to copy", "Start anyway", "Ask for cover"}
    assert {words for words in every if words in html} == buttons


def test_what_was_seen_stands_on_its_card(cast: Cast, preflight: Preflight) -> None:
    check = add_check(preflight, PreflightItem.VPN, CheckSide.LAPTOP, CheckVerdict.FAILED)
    check.seen = [
        {"verdict": "failed", "code": "laptop_vpn", "data": {"subject": "<b>db</b>", "trouble": "timeout"}},
        {"verdict": "failed", "code": "of a later version", "data": {}},
    ]
    check.checked_by = cast.responder
    check.save()
    html = page(cast.viewer, preflight)
    assert "&lt;b&gt;db&lt;/b&gt;: no answer in time. Is the VPN on?" in html
    assert "this version has no words for (of a later version)" in html
    assert "from the laptop" in html
    assert "not ready" in html


def test_every_code_has_its_sentence(cast: Cast, preflight: Preflight) -> None:
    data = {
        "method": "M",
        "kind": "phone",
        "minutes": 5,
        "limit": 3,
        "policy": "P",
        "seconds": 9,
        "endpoint": "E",
        "where": "W",
    }
    data |= {"what": "X", "count": 2, "subject": "pods", "trouble": "timeout"}
    for code in SENTENCES:
        assert "?" not in sentence(code, data).replace("Is the VPN on?", ""), code
    for trouble in (*TROUBLES, "http_403", "broken"):
        assert "%(" not in sentence("laptop_vpn", {"subject": "db", "trouble": trouble})


def test_an_act_answers_htmx_with_a_notice_and_others_with_the_page(cast: Cast, preflight: Preflight) -> None:
    status, words = act(cast.responder, preflight, "word", {"item": "vpn", "words": "tried it"})
    assert (status, words[:19]) == (200, "Noted as your word.")
    answer = browser_of(cast.responder).post(address(preflight, "word"), {"item": "aws", "words": "tried it"})
    assert (answer.status_code, answer.headers["Location"]) == (302, address(preflight))


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("word", {"item": "coffee", "words": "x"}, "There is no such item."),
        ("word", {"item": "vpn", "words": ""}, "Say in a few words what you know it by."),
        ("word", {"item": "changes", "words": "x"}, "This is proven, not said"),
        ("start", {"reason": ""}, "Say in a few words why the shift may begin like this."),
        ("start", {"reason": "x" * 501}, "That is too long"),
    ],
)
def test_bad_input_is_refused_in_words(
    name: str, data: dict[str, object], words: str, cast: Cast, preflight: Preflight
) -> None:
    status, said = act(cast.responder, preflight, name, data)
    assert status == 409
    assert words in said


@pytest.mark.parametrize("name", ["check", "word", "changes", "test_page", "laptop", "start", "cover"])
def test_another_persons_preflight_is_left_alone(name: str, cast: Cast, preflight: Preflight) -> None:
    data: dict[str, object] = {"item": "vpn", "words": "x", "reason": "x", "all": "1"}
    status, said = act(cast.teammate, preflight, name, data)
    assert status == 409, said
    assert preflight.checks.count() == CoverRequest.objects.count() == PagingTest.objects.count() == 0
    assert browser_of(cast.viewer).post(address(preflight, name), data).status_code == 403


def test_checking_again_asks_the_clusters_worker_and_is_recorded(
    cast: Cast,
    preflight: Preflight,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    asked: list[tuple[str, object]] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args, queue: asked.append((task, (*args, queue))))
    with django_capture_on_commit_callbacks(execute=True):
        assert act(cast.manager, preflight, "check")[0] == 200
    assert asked == [("shifts.run_preflight", (preflight.pk, "cluster"))]
    record = AuditRecord.objects.get(verb="check_again")
    assert (record.actor, record.target) == (cast.manager, f"shift:{preflight.shift_id}")


def test_changes_are_listed_and_ticked(cast: Cast, preflight: Preflight) -> None:
    change = make_change(1, title="deployed <v1.2.4>")
    html = page(cast.responder, preflight)
    assert "deployed &lt;v1.2.4&gt;" in html
    assert f'value="{change.pk}"' in html
    assert act(cast.responder, preflight, "changes", {"change": ["x", str(change.pk), "-1"]})[0] == 200
    assert f'name="change" value="{change.pk}"' not in page(cast.responder, preflight)


def test_of_too_many_changes_the_newest_are_listed_and_all_can_be_ticked(cast: Cast, preflight: Preflight) -> None:
    for number in range(60):
        make_change(number, ago=number * timedelta(minutes=1))
    assert "10 older changes are not listed." in page(cast.responder, preflight)
    act(cast.responder, preflight, "changes", {"all": "1"})
    assert preflight.seen_changes.count() == 60


def test_contacts_can_be_called_and_confirmed(cast: Cast, preflight: Preflight) -> None:
    contact = make_contact("Facilities", phone="+886 2 1234 5678")
    html = page(cast.viewer, preflight)
    assert 'href="tel:+886212345678"' in html
    assert "Still right" not in html
    assert "Still right" in page(cast.teammate, preflight)
    assert act(cast.teammate, preflight, "contact", {"version": "1"}, entry_id=contact.pk)[0] == 200
    assert "Still right" not in page(cast.teammate, preflight)
    assert act(cast.teammate, preflight, "contact", {"version": "x"}, entry_id=contact.pk)[0] == 409


def test_cover_is_asked_with_one_click(cast: Cast, preflight: Preflight) -> None:
    assert act(cast.responder, preflight, "cover")[0] == 200
    request = CoverRequest.objects.get()
    assert (request.start_at, request.end_at) == (preflight.shift.start_at, preflight.shift.end_at)
    assert (request.state, request.asked) == (CoverState.OPEN, None)


def test_a_reason_stands_on_the_page_and_on_the_board(cast: Cast, preflight: Preflight) -> None:
    act(cast.responder, preflight, "start", {"reason": "on the <train>"})
    assert "on the &lt;train&gt;" in page(cast.viewer, preflight)
    Shift.objects.filter(pk=preflight.shift_id).update(start_at=database_now() - HOUR)
    judge_beginnings(now=database_now())
    board = browser_of(cast.viewer).get(reverse("shifts:preflight_board")).content.decode()
    assert "Began unready" in board
    assert "<q>on the &lt;train&gt;</q>" in board
    assert "PagerDuty notification settings, VPN, kubectl configuration, AWS access" in board


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_costs_as_much_for_much_as_for_little(
    count: int, cast: Cast, preflight: Preflight, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make_change(number, ago=number * timedelta(minutes=1))
        confirm(make_contact(f"contact {number}"), cast.manager)
        for item in (PreflightItem.VPN, PreflightItem.KUBECTL, PreflightItem.AWS):
            add_check(preflight, item)
            add_check(preflight, item, CheckSide.SERVER)
    client = browser_of(cast.viewer)
    client.get(address(preflight))
    with django_assert_num_queries(20):
        client.get(address(preflight))


def test_a_role_may_be_more_than_enough(cast: Cast, preflight: Preflight) -> None:
    assert cast.admin.has_role(Role.MANAGER)
    assert "Start anyway" in page(cast.admin, preflight)
