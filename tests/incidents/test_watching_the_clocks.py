"""The auditor as a process, its dead man's switch, the health page, and the bar on every page."""

import json
import os
import signal
import sys
import tempfile
from datetime import timedelta
from io import StringIO
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.database_time import DatabaseNow, database_now
from embedded.configuration import ROOT
from embedded.processes import spawn, stop, wait_until
from incidents.condition import condition_of
from incidents.enums import OutboxState, Verb
from incidents.freshness import take_pulse
from incidents.models import Heartbeat, InboundEvent, OutboxMessage, PollState, SlaAudit, SlaClock
from incidents.services.audit_clocks import audit_clocks
from incidents.services.beat import beat
from incidents.services.ping_dead_man import ping_dead_man
from incidents.tasks import show_life
from oncall_portal.live_render import tick_data
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.faults.outage import database_gone
from tests.integrations.test_dead_man import Check, check

__all__ = ["check"]

pytestmark = pytest.mark.django_db


def spoil_a_clock() -> SlaClock:
    """A clock that is due an hour too late."""
    incident = make_incident()
    clock = SlaClock.objects.get(incident=incident, kind="respond")
    SlaClock.objects.filter(pk=clock.pk).update(due_at=F("due_at") + timedelta(hours=1))
    return clock


def all_well() -> None:
    beat(name="sla-engine")
    audit_clocks()


def trouble() -> str:
    found = take_pulse().watch.trouble
    return found.value if found else ""


def test_nobody_ever_watched() -> None:
    assert trouble() == "engine"


def test_all_is_well() -> None:
    all_well()
    assert trouble() == ""


def test_a_silent_engine_comes_before_everything() -> None:
    all_well()
    Heartbeat.objects.update(beaten_at=DatabaseNow() - timedelta(seconds=31))
    assert trouble() == "engine"


def test_another_engine_that_lives_is_enough() -> None:
    all_well()
    Heartbeat.objects.create(name="sla-engine", process="dead:1", beaten_at=DatabaseNow() - timedelta(hours=1))
    assert trouble() == ""


def test_a_silent_auditor() -> None:
    all_well()
    SlaAudit.objects.update(finished_at=DatabaseNow() - timedelta(seconds=61))
    assert trouble() == "auditor"


def test_findings_are_on_every_page_and_in_words_on_the_health_page(cast: Cast) -> None:
    clock = spoil_a_clock()
    all_well()
    assert trouble() == "findings"
    browser = browser_of(cast.viewer)
    board = browser.get("/").content.decode()
    assert '<div class="bar bar-dead" id="bar-watch">' in board
    assert '<span data-trouble="findings">The SLA auditor has found clocks that are wrong.</span>' in board
    page = browser.get("/health/").content.decode()
    assert f'<a href="/incidents/{clock.incident_id}/">' in page
    assert "due_at" in page
    assert "1 finding" in page


def test_the_bar_is_hidden_while_all_is_well(cast: Cast) -> None:
    all_well()
    assert '<div class="bar bar-dead" id="bar-watch" hidden>' in browser_of(cast.viewer).get("/").content.decode()


def test_the_health_page_names_what_is_silent(cast: Cast) -> None:
    page = browser_of(cast.viewer).get("/health/").content.decode()
    assert page.count("It is silent. It has to be started") == 2
    assert "one of the three does not run" in page
    all_well()
    show_life()
    page = browser_of(cast.viewer).get("/health/").content.decode()
    assert "It marks each clock at its instant." in page
    assert "Every clock is what the facts say." in page
    assert "They poll and deliver." in page


def test_the_health_page_without_valkey(cast: Cast, settings: Settings) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:9/0"
    page = browser_of(cast.viewer).get("/health/").content.decode()
    assert "It does not answer: pages are not live" in page
    assert "secret" not in page


def test_with_htmx_only_what_changes_comes(cast: Cast) -> None:
    part = browser_of(cast.viewer, **{"HX-Request": "true"}).get("/health/").content.decode()
    assert part.lstrip().startswith('<div id="parts"')


def test_queries_of_the_health_page_are_counted(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    PollState.objects.create(name="pagerduty", succeeded_at=database_now())
    browser = browser_of(cast.viewer)
    with django_assert_num_queries(PAGE_QUERIES):
        browser.get("/health/")
    for number in range(40):
        Heartbeat.objects.create(name="sla-engine", process=f"host:{number}")
        make_incident(number + 1)
    SlaClock.objects.update(due_at=F("due_at") + timedelta(hours=1))
    all_well()
    with django_assert_num_queries(PAGE_QUERIES):
        browser.get("/health/")


#: Session, user, the pulse for the page and for its frame, audit, attempt, heartbeats, inbox and its newest, outbox and
#: its refused, on call.
PAGE_QUERIES = 13


def test_machines_are_told_and_nothing_is_decided_by_it() -> None:
    answer = Client().get("/healthz")
    assert answer.status_code == 200
    assert json.loads(answer.content)["sla"] == {"ok": False, "engine_at": None, "audited_at": None, "findings": 0}


def test_once_fails_where_something_is_wrong() -> None:
    beat(name="sla-engine")
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("sla_auditor", "--once", stdout=out)
    assert ended.value.code == 0
    clock = spoil_a_clock()
    with pytest.raises(SystemExit) as ended:
        call_command("sla_auditor", "--once", stdout=out)
    assert ended.value.code == 1
    assert f"wrong incident {clock.incident_id} respond due_at" in out.getvalue()


def test_the_dead_man_is_pinged_only_when_clean(check: Check, settings: Settings) -> None:
    settings.SLA_DEAD_MAN_URL = check.url
    ping_dead_man(audit=audit_clocks())
    assert check.pings == 0  # no engine: not clean
    beat(name="sla-engine")
    assert ping_dead_man(audit=audit_clocks())
    assert SlaAudit.objects.get().pinged_at is not None
    ping_dead_man(audit=audit_clocks())
    assert check.pings == 1  # within the minute
    SlaAudit.objects.update(pinged_at=DatabaseNow() - timedelta(minutes=2))
    spoil_a_clock()
    ping_dead_man(audit=audit_clocks())
    assert check.pings == 1


def test_a_ping_that_failed_is_told_and_tried_again(check: Check, settings: Settings, cast: Cast) -> None:
    settings.SLA_DEAD_MAN_URL = check.url
    beat(name="sla-engine")
    check.status = 503
    attempted_at = ping_dead_man(audit=audit_clocks())
    assert SlaAudit.objects.get().pinged_at is None
    page = browser_of(cast.viewer).get("/health/").content.decode()
    assert "The last ping failed: http_503" in page
    assert "secret-of-the-check" not in page
    check.status = 200
    assert attempted_at is not None
    assert ping_dead_man(audit=audit_clocks(), attempted_at=attempted_at) == attempted_at
    assert check.pings == 1  # a failed one waits its minute, too
    ping_dead_man(audit=audit_clocks(), attempted_at=attempted_at - timedelta(minutes=1))
    assert check.pings == 2
    assert SlaAudit.objects.get().ping_error == ""


def test_without_an_address_nobody_is_pinged(settings: Settings) -> None:
    settings.SLA_DEAD_MAN_URL = ""
    beat(name="sla-engine")
    assert ping_dead_man(audit=audit_clocks()) is None
    state = SlaAudit.objects.get()
    assert (state.pinged_at, state.ping_error) == (None, "")


def test_the_bar_says_since_when_nobody_watches(cast: Cast) -> None:
    all_well()
    hidden = "<span data-silent-since hidden>"
    assert hidden in browser_of(cast.viewer).get("/").content.decode()
    assert tick_data()["trouble_since"] is None
    silent_since = database_now().replace(microsecond=0) - timedelta(minutes=3)
    Heartbeat.objects.update(beaten_at=silent_since)
    page = browser_of(cast.viewer).get("/").content.decode()
    assert hidden not in page
    assert f'<time datetime="{silent_since:%Y-%m-%dT%H:%M:%S}.000Z" data-show="ago">' in page
    told = tick_data()
    assert (told["trouble"], told["trouble_since"]) == ("engine", silent_since.isoformat())


def test_refused_acts_and_the_newest_webhook_are_told() -> None:
    incident = make_incident()
    received_at = database_now() - timedelta(hours=1)
    InboundEvent.objects.create(
        event_id="E1", event_type="x", body=b"", received_at=received_at, processed_at=received_at
    )
    for number, age in enumerate((timedelta(hours=1), timedelta(days=2))):
        OutboxMessage.objects.create(
            idempotency_key=str(number),
            incident=incident,
            verb=Verb.ACKNOWLEDGE,
            from_email="a@example.com",
            state=OutboxState.REFUSED,
            finished_at=database_now() - age,
        )
    parts = {part.key: part for part in condition_of(take_pulse()).parts}
    assert parts["inbox"].at == received_at
    assert dict(parts["outbox"].facts)["Refused in the last day"] == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_process_finds_what_goes_wrong_and_outlives_an_outage() -> None:
    address = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    variables = {**os.environ, "DATABASE_URL": urlunsplit(address._replace(path=f"/{name}"))}
    clock = spoil_a_clock()
    command = [sys.executable, "manage.py", "sla_auditor", "--every", "0.2"]

    def is_found() -> bool:
        return any(each["clock"] == "respond" for state in SlaAudit.objects.all() for each in state.findings)

    with tempfile.TemporaryFile() as log:
        auditor = spawn(command, env=variables, cwd=ROOT, output=log)
        try:
            assert wait_until(is_found, within_s=30)
            with database_gone():
                # Long enough for more than one try.
                assert not wait_until(lambda: auditor.poll() is not None, within_s=4)
            SlaClock.objects.filter(pk=clock.pk).update(due_at=clock.due_at)
            assert wait_until(lambda: not is_found(), within_s=30)
        finally:
            assert stop(auditor, signal.SIGTERM) == 0
        assert Heartbeat.objects.filter(name="sla-auditor").exists()
        log.seek(0)
        told = log.read().decode()
    assert told.count("2 findings, the first") == 1  # the clock, and that no engine lives
    assert told.count("the database cannot be asked") == 1
    assert told.count("the database can be asked again") == 1
