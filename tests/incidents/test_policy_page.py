"""The policy's page: read by all, changed by managers, refused in words, and never two at once."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries

from accounts.database_time import database_now
from accounts.models import AuditRecord
from incidents.calendars import end_of_next_business_day
from incidents.enums import Severity
from incidents.models import PolicyVersion, PollState, SlaClock
from incidents.policies import latest_policy, policy_in_force
from incidents.policy_forms import typed, typed_days
from incidents.services.ask_pagerduty import Act
from incidents.services.judge_severity import judge_severity
from tests.cast import Cast, browser_of
from tests.factories import make_incident

pytestmark = pytest.mark.django_db


def sent(**changes: Any) -> dict[str, Any]:
    """What the form of the policy in force sends, with some fields typed over; `days` are rows of (day, kind, name)."""
    latest = latest_policy()
    days = changes.pop("days", [(each["day"], each["is_open"], each["name"]) for each in typed_days(latest)])
    fields = {name: "" if value is None else value for name, value in typed(latest).items()}
    for place, (day, is_open, name) in enumerate(days):
        fields |= {f"days-{place}-day": day, f"days-{place}-is_open": is_open, f"days-{place}-name": name}
    fields |= {"days-TOTAL_FORMS": len(days), "days-INITIAL_FORMS": 0, "note": "because"}
    return fields | changes


def store(cast: Cast, **changes: Any) -> HttpResponse:
    answer: Any = browser_of(cast.manager).post("/sla/policy/store/", sent(**changes))
    return answer  # type: ignore[no-any-return]


def test_everybody_reads_the_guides_table_first(cast: Cast) -> None:
    page = browser_of(cast.viewer).get("/sla/policy/").content.decode()
    assert "within 5 min" in page
    assert "within 2 h" in page
    assert "end of the next business day" in page
    assert "Taiwan" in page
    assert "Store as a new version" not in page


def test_a_manager_stores_a_version_and_it_is_on_record(cast: Cast) -> None:
    answer = store(cast, P0_respond=3, days=[("2026-12-24", "", "Christmas Eve"), ("2026-12-26", "1", "")])
    assert answer.status_code == 302
    version = latest_policy()
    assert (version.version, version.created_by, version.note) == (2, cast.manager, "because")
    assert version.targets["P0"]["respond"] == 180
    assert version.targets["P3"]["acknowledge"] is None
    assert version.own_days == [
        {"day": "2026-12-24", "is_open": False, "name": "Christmas Eve"},
        {"day": "2026-12-26", "is_open": True, "name": ""},
    ]
    assert AuditRecord.objects.filter(verb="store_policy", target="policy:2").exists()
    page = browser_of(cast.viewer).get("/sla/policy/2/").content.decode()
    assert "Targets" in page
    assert "Own days" in page


def test_nothing_changed_is_no_version(cast: Cast) -> None:
    assert store(cast).status_code == 302
    assert PolicyVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"P1_respond": 45}, "Responding may not take longer than acknowledging"),
        ({"P1_respond": 0}, "Every target lasts at least one minute."),
        ({"P1_respond": ""}, "This field is required."),
        ({"P1_acknowledge": ""}, "How long? Or choose the end of the next business day."),
        ({"P1_escalate": 91, "P1_escalate_unit": "86400"}, "No target lasts longer than 90 days."),
        ({"P1_escalate": "9" * 40}, "Ensure this value is less than or equal to"),
        ({"P1_escalate": -5}, "Ensure this value is greater than or equal to"),
        ({"P1_escalate_unit": "7"}, "Select a valid choice"),
        ({"at_risk_percent": 100}, "Ensure this value is less than or equal to 99"),
        ({"weekdays": []}, "The calendar has a year without a working day"),
        ({"time_zone": "Mars/Olympus"}, "is not a known time zone"),
        ({"country": "XX"}, "Select a valid choice"),
        ({"opens_at": "18:00"}, "must open before it closes"),
        ({"closes_at": "25:00"}, "Enter a valid time."),
        ({"days": [("2026-05-01", "", "a"), ("2026-05-01", "1", "b")]}, "both a day off and a working day"),
        ({"days": [("", "", "nameless")]}, "Which day?"),
        ({"days": [("soon", "", "")]}, "Enter a valid date."),
        ({"days-TOTAL_FORMS": "x"}, "ManagementForm data is missing or has been tampered with"),
        ({"days-TOTAL_FORMS": "999"}, "200"),
        ({"note": "x" * 501}, "at most 500 characters"),
    ],
)
def test_a_bad_policy_is_refused_in_words_and_nothing_typed_is_lost(
    cast: Cast, changes: dict[str, Any], words: str
) -> None:
    answer = store(cast, **{"P2_respond": 29, **changes})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="29"' in page
    assert PolicyVersion.objects.count() == 1


def test_what_is_wrong_with_a_length_stands_beside_it_and_nowhere_else(cast: Cast) -> None:
    page = store(cast, P1_respond=45, P3_escalate=0).content.decode()
    beside = page[page.index('id="id_P1_respond_error"') :]
    assert "Responding may not take longer" in beside[: beside.index("</div>")]
    assert 'aria-describedby="id_P1_respond_error"' in page
    assert '<li><span class="muted">P1 Respond:</span> Responding may not take longer' in page
    assert '<li><span class="muted">P3 Escalate:</span> Every target lasts at least one minute.' in page
    assert page.count("Responding may not take longer") == page.count("Every target lasts at least") == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"P1_respond": ""},
        {"P1_respond_unit": "7"},
        {"at_risk_percent": 0},
        {"weekdays": []},
        {"time_zone": "Mars/Olympus"},
        {"country": "XX"},
        {"note": "x" * 501},
        {"days": [("soon", "", "")]},
    ],
)
def test_every_refused_field_points_to_the_words_that_say_why(cast: Cast, changes: dict[str, Any]) -> None:
    page = store(cast, **changes).content.decode()
    pointed_to = set(re.findall(r'aria-describedby="([^"]+)"', page))
    assert pointed_to
    assert all(f'id="{each}"' in page for each in pointed_to)


def test_two_managers_see_each_other(cast: Cast) -> None:
    stale = sent(P0_respond=4, note="mine")
    assert store(cast, P0_respond=2).status_code == 302
    answer = browser_of(cast.admin).post("/sla/policy/store/", stale)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Chen Wei-han stored version 2 while you were typing" in page
    assert "within 2 min" in page, "theirs is shown"
    assert 'name="P0_respond" value="4"' in page, "mine is kept"
    again = {**stale, "based_on": 2}
    assert browser_of(cast.admin).post("/sla/policy/store/", again).status_code == 302
    assert latest_policy().targets["P0"]["respond"] == 240


def test_the_preview_says_when_and_stores_nothing(cast: Cast) -> None:
    # Friday evening before Taiwan's National Day, which is kept on the Friday before where it is a Saturday.
    fields = sent(P3_respond=3, triggered="2026-10-08T17:55")
    page = browser_of(cast.viewer).post("/sla/policy/preview/", fields).content.decode()
    assert "Triggered <time" in page
    assert "an incident would be due:" in page
    assert "2026-10-08 12:55:00 UTC" in page, "respond: three hours after 17:55 in Taipei"
    assert "2026-10-12 10:00:00 UTC" in page, "acknowledge: the end of Monday"
    bad = browser_of(cast.viewer).post("/sla/policy/preview/", sent(P3_respond=0)).content.decode()
    assert "Every target lasts at least one minute." in bad
    assert PolicyVersion.objects.count() == 1


def test_a_p3_triggered_now_would_be_due(cast: Cast) -> None:
    """Before anything is typed, and again with what is typed: read as a person does, from the row's head to its cell."""
    viewer = browser_of(cast.viewer)
    for page in (viewer.get("/sla/policy/"), viewer.post("/sla/policy/preview/", sent(P3_respond=3))):
        at: datetime = page.context["preview_at"]
        assert abs(database_now() - at) < timedelta(minutes=1)
        words = " ".join(re.sub(r"<[^>]*>", " ", page.content.decode().partition('id="preview"')[2]).split())
        assert f"Triggered now ( {at:%Y-%m-%d %H:%M:%S} UTC ), an incident would be due:" in words
        due = end_of_next_business_day(at, latest_policy().policy.calendar)
        hours = 3 if page.wsgi_request.method == "POST" else 2
        row = words[words.index("P3") :]
        assert row.startswith(f"P3 {at + timedelta(hours=hours):%Y-%m-%d %H:%M:%S} UTC at risk")
        assert f"{due:%Y-%m-%d %H:%M:%S} UTC" in row


@pytest.mark.parametrize("triggered", ["", "x", "9999-12-31T23:59", "0001-01-01T00:00", "2026-02-30T10:00"])
def test_a_preview_of_any_instant_is_answered(cast: Cast, triggered: str) -> None:
    answer = browser_of(cast.viewer).post("/sla/policy/preview/", sent(triggered=triggered))
    assert answer.status_code == 200


def test_running_clocks_keep_their_policy_and_later_ones_take_the_new(cast: Cast) -> None:
    running = make_incident(1, minutes_old=1, title="[P0] a - svc")
    before = SlaClock.objects.get(incident=running, kind="respond")
    store(cast, P0_respond=2)
    judge_severity(act=Act(running.pk, cast.responder), seen=Severity.P0, severity=Severity.P1, reason="not so bad")
    judge_severity(act=Act(running.pk, cast.responder), seen=Severity.P1, severity=Severity.P0, reason="it is")
    after = SlaClock.objects.get(incident=running, kind="respond")
    assert (after.due_at, after.policy_id) == (before.due_at, before.policy_id)
    heard_late = make_incident(2, minutes_old=10, title="[P0] a - svc")
    assert SlaClock.objects.get(incident=heard_late, kind="respond").policy.version == 1
    PolicyVersion.objects.filter(version=2).update(in_force_from=database_now() - timedelta(minutes=5))
    later = make_incident(3, minutes_old=1, title="[P0] a - svc")
    clock = SlaClock.objects.get(incident=later, kind="respond")
    assert (clock.policy.version, clock.due_at - clock.started_at) == (2, timedelta(minutes=2))
    assert policy_in_force(database_now()).version == 2


@pytest.mark.parametrize("versions", [1, 30])
def test_the_page_costs_the_same_with_many_versions(
    versions: int, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    PollState.objects.create(name="pagerduty", succeeded_at=database_now())
    for number in range(versions - 1):
        store(cast, P0_respond=1 + number % 4, note=str(number))
    client = browser_of(cast.viewer)
    # Session, user, policy, now, versions, running clocks, and the frame's freshness and on call.
    with django_assert_num_queries(8):
        client.get("/sla/policy/")


def test_an_unknown_version_is_not_found(cast: Cast) -> None:
    assert browser_of(cast.viewer).get("/sla/policy/99/").status_code == 404
    assert browser_of(cast.viewer).get(f"/sla/policy/{10**30}/").status_code == 404
