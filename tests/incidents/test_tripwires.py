"""Alerts to watch: what a handoff left stands on top of later incidents that it is about, until it expires."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.database_time import database_now
from incidents.models import Incident
from shifts.enums import HandoffSection
from shifts.handoff.report import matches
from shifts.handoff_refusals import CannotHandOver
from shifts.models import Handoff, HandoffLine, Shift
from shifts.services.sign_handoff import correct_handoff, sign_handoff
from shifts.services.write_handoff import add_line, strike_line, watch_line
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.shifts.handoff.making import draft, make_ended, tick_all
from tests.shifts.making import make_schedule

pytestmark = pytest.mark.django_db
NOTE = "Memory of chatops-gateway grows: restart it before noon"


@pytest.fixture
def shift(cast: Cast) -> Shift:
    return make_ended(make_schedule(), cast)


def watching(cast: Cast, shift: Shift, **sent: Any) -> HandoffLine:
    handoff = draft(cast, shift)
    line = add_line(actor=cast.responder, handoff_id=handoff.pk, section=HandoffSection.ONGOING, text=NOTE, key="k")
    usual: dict[str, Any] = {"service": "chatops-gateway", "words": "error RATE", "days": 14}
    return watch_line(actor=cast.responder, line_id=line.pk, **usual | sent)


def sign(cast: Cast, handoff: Handoff) -> None:
    tick_all(cast.responder, handoff)
    sign_handoff(actor=cast.responder, handoff_id=handoff.pk, incoming_id=handoff.incoming_id)


def room(cast: Cast, incident: Incident) -> str:
    return browser_of(cast.viewer).get(f"/incidents/{incident.pk}/").content.decode()


def later(number: int = 1, **moved: Any) -> Incident:
    """An incident that triggers after the signature."""
    incident = make_incident(number)
    Incident.objects.filter(pk=incident.pk).update(triggered_at=database_now() + timedelta(**moved or {"seconds": 1}))
    return Incident.objects.get(pk=incident.pk)


def test_it_stands_on_a_later_incident_of_the_service_with_the_words(cast: Cast, shift: Shift) -> None:
    line = watching(cast, shift)
    earlier = make_incident(9, minutes_old=30)
    assert NOTE not in room(cast, later())
    sign(cast, line.handoff)
    page = room(cast, later(2))
    assert "Lin Yu-ting handed this over to be watched:" in page
    assert NOTE in page
    assert f"/shifts/{shift.pk}/handoff/1/" in page
    assert NOTE not in room(cast, earlier)


@pytest.mark.parametrize(
    "sent", [{"service": "chatops-db"}, {"words": "error disk"}, {"service": "chatops-db", "words": "disk"}]
)
def test_not_on_others(cast: Cast, shift: Shift, sent: dict[str, str]) -> None:
    sign(cast, watching(cast, shift, **sent).handoff)
    assert NOTE not in room(cast, later())


@pytest.mark.parametrize("sent", [{"service": ""}, {"words": ""}])
def test_any_service_or_any_words(cast: Cast, shift: Shift, sent: dict[str, str]) -> None:
    sign(cast, watching(cast, shift, **sent).handoff)
    assert NOTE in room(cast, later())


def test_it_expires(cast: Cast, shift: Shift) -> None:
    sign(cast, watching(cast, shift, days=2).handoff)
    assert NOTE in room(cast, later(1, days=1, hours=23))
    assert NOTE not in room(cast, later(2, days=2, minutes=1))


def test_of_a_corrected_report_the_correction_counts(cast: Cast, shift: Shift) -> None:
    line = watching(cast, shift)
    sign(cast, line.handoff)
    correction = correct_handoff(actor=cast.responder, handoff_id=line.handoff_id)
    assert NOTE in room(cast, later(1)), "a draft takes nothing back"
    strike_line(actor=cast.responder, line_id=correction.lines.get(key=line.key).pk, is_struck=True)
    sign(cast, correction)
    assert NOTE not in room(cast, later(2))


def test_what_makes_no_sense_is_refused(cast: Cast, shift: Shift) -> None:
    for sent, reason in (
        ({"service": "", "words": " "}, "nothing_to_watch"),
        ({"days": 91}, "bad_days"),
        ({"days": -1}, "bad_days"),
    ):
        with pytest.raises(CannotHandOver) as caught:
            watching(cast, shift, **sent)
        assert caught.value.reason == reason


def test_on_the_page(cast: Cast, shift: Shift) -> None:
    make_incident(1)
    line = watching(cast, shift)
    client = browser_of(cast.responder)
    address = f"/shifts/{shift.pk}/handoff/"
    assert "Stands on later incidents for 14 days" in client.get(address).content.decode()
    client.post(f"/handoffs/lines/{line.pk}/watch/", {"days": "0"})
    assert "Stands on later incidents" not in client.get(address).content.decode()
    answer = client.post(f"/handoffs/lines/{line.pk}/watch/", {"days": "often", "words": "x"}, follow=True)
    assert "from one to 90 days" in answer.content.decode()
    client.post(f"/handoffs/lines/{line.pk}/watch/", {"days": "1", "words": "<b>x</b>"})
    assert "«&lt;b&gt;x&lt;/b&gt;»" in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("title", "words", "is_match"),
    [
        ("[P1] High Error Rate - chatops-gateway", "rate error", True),
        ("[P1] High Error Rate - chatops-gateway", "", True),
        ("[P1] High Error Rate - chatops-gateway", "errors", False),
        ("[P1] 錯誤率上升 - chatops-gateway", "錯誤率", True),
        ("STRASSE", "straße", True),
    ],
)
def test_words(title: str, words: str, is_match: bool) -> None:
    assert matches(title, words) is is_match
