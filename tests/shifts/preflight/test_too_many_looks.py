"""Looks of the server are asked for by hand: as often as somebody needs, not as often as a loop can."""

import pytest
from celery import current_app
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import AuditRecord
from shifts.models import Preflight
from shifts.services.limit_looks import MOST_LOOKS
from tests.cast import Cast, browser_of
from tests.shifts.preflight.things import HOUR, make_preflight, make_shift

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("emptied_cache")]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The preflights whose look was asked of the broker."""
    found: list[int] = []
    monkeypatch.setattr(current_app, "send_task", lambda _task, args, queue: found.append(args[0]))  # noqa: ARG005
    return found


def click(client: Client, preflight: Preflight) -> tuple[int, str]:
    answer = client.post(reverse("shifts:preflight_check", args=[preflight.shift_id]), headers={"HX-Request": "true"})
    return answer.status_code, answer.content.decode()


def test_a_second_click_soon_after_the_first_asks_for_nothing_more(
    cast: Cast, asked: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    preflight = make_preflight(make_shift(cast.responder))
    other = make_preflight(make_shift(cast.responder, schedule=2))
    client = browser_of(cast.responder)
    with django_capture_on_commit_callbacks(execute=True):
        answers = [click(client, each) for each in (preflight, preflight, other, preflight)]
    assert [(status, "Looking; it will be here" in words) for status, words in answers] == [(200, True)] * 4
    assert asked == [preflight.pk, other.pk]
    assert AuditRecord.objects.filter(verb="check_again").count() == 2


def test_who_clicks_in_a_loop_over_many_preflights_is_told_to_wait(
    cast: Cast, asked: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    preflights = [make_preflight(make_shift(cast.responder, schedule=number)) for number in range(MOST_LOOKS + 3)]
    client = browser_of(cast.responder)
    with django_capture_on_commit_callbacks(execute=True):
        answers = [click(client, each) for each in preflights]
        assert click(browser_of(cast.manager), preflights[-1])[0] == 200, "a colleague is not held up"
    assert [status for status, _words in answers] == [200] * MOST_LOOKS + [429] * 3
    assert "You asked for very many checks within a minute." in answers[-1][1]
    assert len(asked) == MOST_LOOKS + 1


def test_who_opens_many_shifts_in_a_loop_sees_every_page_and_asks_for_few_looks(
    cast: Cast, asked: list[int], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    shifts = [make_shift(cast.responder, begins_in=(48 + 24 * day) * HOUR) for day in range(MOST_LOOKS + 3)]
    client = browser_of(cast.responder)
    with django_capture_on_commit_callbacks(execute=True):
        pages = [client.get(reverse("shifts:preflight", args=[shift.pk])) for shift in shifts]
        # What is open asks for no look, so it counts as none.
        again = [client.get(reverse("shifts:preflight", args=[shifts[0].pk])) for _ in range(MOST_LOOKS)]
    assert {page.status_code for page in [*pages, *again]} == {200}
    assert "Your shift begins in" in pages[0].content.decode()
    assert "The checks open a day before the shift" in pages[-1].content.decode()
    assert len(asked) == Preflight.objects.count() == MOST_LOOKS
