"""What people are told: a sentence for every kind, in Slack once where they chose so, and on their open pages at once."""

import json
import threading
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from accounts.database_time import database_now
from accounts.models import Person, User
from accounts.services.note_people import person_of
from shifts.enums import NoticeKind
from shifts.models import Notice, ReminderChoice
from shifts.notice_words import notice_words
from shifts.services.tell_person import tell_person
from shifts.tasks import send_notices as task
from simulators.slack.testing import RunningSlack
from tests.cast import Cast, make_cast
from tests.incidents.conftest import _slack_simulator, slack
from tests.oncall_portal.listening import listening
from tests.servers import PortalUnderTest

__all__ = ["_slack_simulator", "slack"]

TIMES: dict[str, Any] = {"start": "2026-11-25T01:00:00+00:00", "end": "2026-11-25T09:00:00+00:00"}


def wants_slack(user: User) -> Person:
    ReminderChoice.objects.create(user=user, in_slack=True, hours_before=[1])
    return person_of(user)


def tell(person: Person, key: str = "k", **data: Any) -> Notice | None:
    return tell_person(
        person=person,
        kind=NoticeKind.COVER_TAKEN,
        key=key,
        who="Kenji Sato",
        schedule="chatops primary",
        **TIMES,
        **data,
    )


@pytest.mark.parametrize("kind", NoticeKind.values)
def test_every_kind_has_a_sentence_and_holds_whatever_stands_in_it(kind: str) -> None:
    full = {
        "who": "100 %s",
        "schedule": "%(who)s",
        "why": "invalid",
        "reason": "x",
        "severity": "P1",
        "service": "%(who)s",
        "text": "100 %",
        "what": "x",
        "missing": ["vpn"],
        "incident": "#1 x",
        "hours": "8",
        "day": "2026-11-25",
        "month": "2026-11",
        "money": "7000 TWD",
        "word": "x",
        "cancelled": True,
        "interruptions": 4,
        "worked_minutes": 95,
        "p0s": 1,
    }
    assert "?" not in notice_words(kind, full | TIMES | {"was_start": TIMES["start"], "was_end": TIMES["end"]}, UTC)
    assert notice_words(kind, {}, UTC)


def test_a_shift_that_is_gone_says_so() -> None:
    data = {"schedule": "primary", "was_start": TIMES["start"], "was_end": TIMES["end"]}
    words = notice_words(NoticeKind.SHIFT_MOVED, data, UTC)
    assert (
        words == "Your shift on primary changed. It is now: not yours any more. It was: Wed 25 Nov 01:00 – 09:00 UTC."
    )


def test_several_that_changed_at_once_are_one_sentence() -> None:
    data = {"schedule": "primary", "count": 12, "was_start": TIMES["start"], "was_end": TIMES["end"]}
    words = notice_words(NoticeKind.SHIFT_MOVED, data, UTC)
    assert words == (
        "12 of your shifts on primary changed, the next: it is now not yours any more, "
        "and was Wed 25 Nov 01:00 – 09:00 UTC."
    )


def test_the_items_that_are_missing_are_named_in_the_readers_language() -> None:
    words = notice_words(NoticeKind.UNREADY, {"schedule": "primary", "missing": ["vpn", "aws"]} | TIMES, UTC)
    assert words.endswith("Missing: VPN, AWS access.")


@pytest.mark.parametrize(
    ("counts", "counted"),
    [
        ((3, 0, 0), "3 interruptions."),
        ((1, 95, 0), "1 interruption, 95 minutes of work between 00:00 and 05:00."),
        ((0, 0, 2), "0 interruptions, 2 P0s answered."),
        ((4, 61, 1), "4 interruptions, 61 minutes of work between 00:00 and 05:00, 1 P0 answered."),
    ],
)
def test_what_made_a_night_bad_is_counted(counts: tuple[int, int, int], counted: str) -> None:
    data = dict(zip(("interruptions", "worked_minutes", "p0s"), counts, strict=True)) | TIMES
    words = notice_words(NoticeKind.REST_SUGGESTED, data, UTC)
    assert words == f"Your night, Wed 25 Nov 01:00 – 09:00 UTC: {counted} Begin later today."
    words = notice_words(NoticeKind.REST_SUGGESTED, data | {"schedule": "primary"}, UTC)
    assert words.endswith(
        f"{counted} Begin later today, or ask for cover of your shift on primary: its page has the form."
    )
    words = notice_words(NoticeKind.REST_SUGGESTED_OTHER, data | {"who": "Ada"}, UTC)
    assert words.startswith("The night of Ada, ")
    assert counted in words


@pytest.mark.parametrize(
    ("why", "ends"),
    [
        ("too_late: its time is over", "UTC. Its time was over before PagerDuty was told."),
        (
            "gave_up: timeout: 10 s",
            "UTC. PagerDuty could not be told before its time was over. It does not answer in time. (10 s)",
        ),
        (
            "gave_up: broken: HTTP 503",
            "could not be told before its time was over. It answers with an error of its own. (HTTP 503)",
        ),
        ("gave_up: unreachable", "could not be told before its time was over. It cannot be reached."),
        (
            "limited: HTTP 429 slow: down",
            "UTC. PagerDuty could not be told. It is asked too often; the portal waits. (HTTP 429 slow: down)",
        ),
        ("invalid: HTTP 400 %(who)s <b>", "UTC. PagerDuty did not accept the request. (HTTP 400 %(who)s <b>)"),
        ("no_permission", "UTC. PagerDuty does not allow this change. Ask an admin there."),
        ("new_code: x", "UTC. PagerDuty could not be told. It could not be read. (x)"),
    ],
)
@pytest.mark.parametrize(
    ("is_cancelled", "begins"), [(False, "Ada was not put on call on primary"), (True, "Ada was not taken off call on")]
)
def test_why_pagerduty_does_not_have_it_is_a_sentence(why: str, ends: str, is_cancelled: bool, begins: str) -> None:
    data = {"who": "Ada", "schedule": "primary", "why": why, "cancelled": is_cancelled} | TIMES
    words = notice_words(NoticeKind.OVERRIDE_REFUSED, data, UTC)
    assert words.startswith(begins)
    assert words.endswith(ends)


@pytest.mark.django_db
def test_slack_has_it_once(cast: Cast, slack: RunningSlack) -> None:
    tell(wants_slack(cast.responder))
    tell(person_of(cast.teammate))
    assert task() == "1 sent"
    assert task() == "0 sent"
    assert slack.texts == [
        "Lin Yu-ting: Kenji Sato covers your shift on chatops primary, Wed 25 Nov 09:00 – 17:00 · 01:00 – 09:00 UTC."
    ]


@pytest.mark.django_db
def test_so_has_who_is_no_pagerduty_user(cast: Cast, slack: RunningSlack) -> None:
    tell(wants_slack(cast.viewer))
    assert task() == "1 sent"
    assert slack.texts[0].startswith("Vera Novak: ")


@pytest.mark.django_db
def test_names_mention_nobody_and_link_nowhere(cast: Cast, slack: RunningSlack) -> None:
    person = wants_slack(cast.responder)
    tell_person(
        person=person, kind=NoticeKind.COVER_ASKED, key="k", who="<!channel> & @here\n*x*", schedule="s", **TIMES
    )
    task()
    (message,) = slack.messages
    assert "&lt;!channel&gt; &amp; @\u2060here" in message["text"]
    assert [block["text"]["type"] for block in message["blocks"]] == ["plain_text"]


@pytest.mark.django_db
def test_what_failed_is_tried_again_later_and_what_is_refused_is_not(
    cast: Cast, slack: RunningSlack, valkey: object
) -> None:
    person = wants_slack(cast.responder)
    tell(person)
    slack.fail(status=500)
    assert task().startswith("0 sent; broken")
    assert task() == "0 sent"
    Notice.objects.update(slack_next_at=database_now())
    assert task() == "1 sent"
    tell(person, "k2")
    slack.fail(status=404)
    assert "refused" in task()
    assert Notice.objects.filter(slack_due=True, slack_sent_at=None).count() == 0


@pytest.mark.django_db
def test_yesterdays_is_no_news(cast: Cast, slack: RunningSlack) -> None:
    tell(wants_slack(cast.responder))
    Notice.objects.update(created_at=database_now() - timedelta(hours=7))
    assert task() == "0 sent"
    assert slack.texts == []


@pytest.mark.django_db
def test_without_slack_nothing_is_tried(cast: Cast, settings: Settings) -> None:
    settings.SLACK_WEBHOOK_URL = ""
    assert task() == "no Slack webhook"


def test_their_open_pages_hear_of_it_and_nobody_elses(portal: PortalUnderTest) -> None:
    cast = make_cast()
    person, other = person_of(cast.responder), person_of(cast.teammate)
    with listening(portal, cast.responder, "/live/alarms/") as mine:
        assert json.loads(mine.hear("person")) == {"begins": True}
        mine.hear("alarms")
        tell(other)
        tell(person)
        assert json.loads(mine.hear("person")) == {}
    with listening(portal, cast.viewer, "/live/wall/") as theirs:
        assert json.loads(theirs.hear("person")) == {"begins": True}
        tell(person_of(cast.viewer))
        assert json.loads(theirs.hear("person")) == {}


@pytest.mark.django_db(transaction=True)
def test_two_workers_post_once(slack: RunningSlack, valkey: object) -> None:
    cast = make_cast()
    tell(wants_slack(cast.responder))
    both = threading.Barrier(2)

    def work() -> None:
        both.wait()
        task()
        connection.close()

    threads = [threading.Thread(target=work) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(slack.texts) == 1
