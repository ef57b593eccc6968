"""Open incidents go over with a handoff: each asks PagerDuty once, and one that cannot says why and keeps none back."""

import threading

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from accounts.models import AuditRecord, Person
from accounts.services.note_people import person_of
from accounts.services.record_act import record_act
from incidents.act_refusals import CannotAct
from incidents.models import Incident, OutboxMessage, TimelineEntry, Transfer
from incidents.services.ask_pagerduty import Act, reassign_incident
from incidents.services.transfer_incidents import transfer_incidents
from incidents.transfers import transfers_of
from shifts.handoff_refusals import CannotHandOver
from shifts.models import Handoff
from simulators.pagerduty.testing import RunningSimulator
from tests.cast import Cast, browser_of, make_cast
from tests.incidents.acting import retry_now, ring, send_due, sent_as
from tests.shifts.handoff.making import draft, make_ended, signed
from tests.shifts.making import make_schedule
from tests.waiting import is_waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def handoff(cast: Cast) -> Handoff:
    """Signed by the responder, for the teammate."""
    return signed(cast, make_ended(make_schedule(), cast))


def all_open() -> list[int]:
    return list(Incident.objects.order_by("pk").values_list("pk", flat=True))


def states(handoff: Handoff) -> list[tuple[bool, bool, str]]:
    return [(row.is_waiting, row.is_transferred, row.why_not) for row in transfers_of(handoff).rows]


def press(client: Client, handoff: Handoff, *numbers: int) -> str:
    path = f"/handoffs/{handoff.pk}/transfer/"
    return client.post(path, {"number": list(numbers)}, follow=True).content.decode()


def test_all_go_over_in_one_go(cast: Cast, pagerduty: RunningSimulator, handoff: Handoff) -> None:
    pages = [ring(pagerduty, f"[P1] Burning {number} - chatops-gateway", age_seconds=60)[0] for number in range(3)]
    shown = press(browser_of(cast.teammate), handoff, *all_open())
    assert shown.count("On its way to PagerDuty.") == 3
    assert states(handoff) == [(True, False, "")] * 3
    send_due(pagerduty)
    assert [[each.user_id for each in page.assignments] for page in pages] == [["PKENJI1"]] * 3
    assert sent_as(pagerduty) == [("PUT", "kenji@chatops.example.com", 200)] * 3
    assert states(handoff) == [(False, True, "")] * 3
    assert TimelineEntry.objects.filter(kind="reassigned", actor_pagerduty_id="PKENJI1").count() == 3
    assert AuditRecord.objects.get(verb="transfer_incidents").data == {"to": "PKENJI1", "incidents": all_open()}
    fragment = browser_of(cast.responder).get(f"/handoffs/{handoff.pk}/transfers/").content.decode()
    assert fragment.count("Given to Kenji Sato in PagerDuty.") == 3
    assert "every 3s" not in fragment
    assert "<html" not in fragment


def test_one_that_fails_says_why_and_keeps_none_back(cast: Cast, pagerduty: RunningSimulator, handoff: Handoff) -> None:
    (_first, kept), (gone, _lost) = (
        ring(pagerduty, "[P1] One - chatops-gateway"),
        ring(pagerduty, "[P1] Two - chatops-db"),
    )
    # PagerDuty has resolved it, the portal has not heard of that.
    pagerduty.resolve(gone)
    transfer_incidents(actor=cast.responder, handoff_id=handoff.pk, numbers=all_open())
    send_due(pagerduty)
    by_incident = {row.incident.pk: row for row in transfers_of(handoff).rows}
    assert by_incident.pop(kept.pk).is_transferred
    assert "already resolved" in by_incident.popitem()[1].why_not
    page = browser_of(cast.responder).get(f"/shifts/{handoff.shift_id}/handoff/").content.decode()
    assert "Not transferred:" in page


def test_while_pagerduty_is_away_it_is_kept(cast: Cast, pagerduty: RunningSimulator, handoff: Handoff) -> None:
    page, _incident = ring(pagerduty)
    pagerduty.fail(status=503, times=None)
    press(browser_of(cast.responder), handoff, *all_open())
    send_due(pagerduty)
    assert [row.is_late for row in transfers_of(handoff).rows] == [True]
    pagerduty.simulator.faults.clear()
    retry_now()
    send_due(pagerduty)
    assert [each.user_id for each in page.assignments] == ["PKENJI1"]


def test_twice_is_once(cast: Cast, pagerduty: RunningSimulator, handoff: Handoff) -> None:
    ring(pagerduty)
    for actor in (cast.responder, cast.teammate, cast.responder):
        transfer_incidents(actor=actor, handoff_id=handoff.pk, numbers=all_open())
    assert OutboxMessage.objects.count() == Transfer.objects.count() == 1
    send_due(pagerduty)
    with pytest.raises(CannotHandOver, match="none_chosen"):
        transfer_incidents(actor=cast.responder, handoff_id=handoff.pk, numbers=all_open())


def test_what_goes_to_somebody_else_is_said_and_can_be_asked_again(
    cast: Cast, pagerduty: RunningSimulator, handoff: Handoff
) -> None:
    _page, incident = ring(pagerduty)
    sofia = Person.objects.get(pagerduty_id="PADM001")
    other = reassign_incident(act=Act(number=incident.pk, actor=cast.manager), person=sofia)
    transfer_incidents(actor=cast.responder, handoff_id=handoff.pk, numbers=all_open())
    (row,) = transfers_of(handoff).rows
    assert (row.can_go, row.why_not) == (True, CannotAct("being_given").text)
    OutboxMessage.objects.filter(pk=other.pk).update(state="refused")
    transfer_incidents(actor=cast.responder, handoff_id=handoff.pk, numbers=all_open())
    assert states(handoff) == [(True, False, "")]


def test_only_the_authors_own_open_ones(cast: Cast, pagerduty: RunningSimulator, handoff: Handoff) -> None:
    _page, incident = ring(pagerduty)
    reassign_incident(act=Act(number=incident.pk, actor=cast.manager), person=person_of(cast.teammate))
    send_due(pagerduty)
    assert transfers_of(handoff).rows == []
    with pytest.raises(CannotHandOver, match="none_chosen"):
        transfer_incidents(actor=cast.responder, handoff_id=handoff.pk, numbers=[incident.pk])
    assert (
        "Lin Yu-ting has no open incident."
        in browser_of(cast.teammate).get(f"/shifts/{handoff.shift_id}/handoff/").content.decode()
    )


def test_between_the_two_alone(cast: Cast, pagerduty: RunningSimulator, handoff: Handoff) -> None:
    ring(pagerduty)
    for user in (cast.manager, cast.admin):
        assert "Only whoever hands over and whoever takes over" in press(browser_of(user), handoff, *all_open())
        assert browser_of(user).get(f"/handoffs/{handoff.pk}/transfers/").status_code == 404
    assert not OutboxMessage.objects.exists()


def test_not_before_it_is_signed(cast: Cast, pagerduty: RunningSimulator) -> None:
    ring(pagerduty)
    begun = draft(cast, make_ended(make_schedule(), cast))
    with pytest.raises(CannotHandOver, match="not_signed"):
        transfer_incidents(actor=cast.responder, handoff_id=begun.pk, numbers=all_open())


def test_nonsense_chooses_nothing(cast: Cast, pagerduty: RunningSimulator, handoff: Handoff) -> None:
    ring(pagerduty)
    client = browser_of(cast.responder)
    answer = client.post(f"/handoffs/{handoff.pk}/transfer/", {"number": ["x", "-1", "9" * 30, "²"]}, follow=True)
    assert "None of those is open" in answer.content.decode()


def test_without_an_address_each_row_says_so(cast: Cast, pagerduty: RunningSimulator, handoff: Handoff) -> None:
    ring(pagerduty)
    cast.responder.email = ""
    cast.responder.save()
    assert CannotAct("no_address").text in press(browser_of(cast.responder), handoff, *all_open())
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_whoever_acts_on_one_of_them_meanwhile_is_not_in_the_way(pagerduty: RunningSimulator) -> None:
    """An act has its incident and then the audit record; a transfer that had the record and waited for the incident would
    never end.
    """
    cast = make_cast()
    handoff = signed(cast, make_ended(make_schedule(), cast))
    for number in range(2):
        ring(pagerduty, f"[P1] Burning {number} - chatops-gateway")
    numbers = all_open()
    outcomes: list[object] = []

    def transfer() -> None:
        try:
            outcomes.append(len(transfer_incidents(actor=cast.responder, handoff_id=handoff.pk, numbers=numbers)))
        except OperationalError as error:
            outcomes.append(error)
        finally:
            connection.close()

    worker = threading.Thread(target=transfer)
    with transaction.atomic():
        Incident.objects.select_for_update().get(pk=numbers[1])
        worker.start()
        while not is_waiting():
            assert worker.is_alive()
        record_act(actor=cast.manager, verb="act", target=f"incident:{numbers[1]}")
    worker.join()
    assert outcomes == [2]
