"""A hundred at once: one row, one confirmation, one call."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection

from cluster.models import CatalogueEntry
from incidents.act_refusals import CannotAct
from incidents.models import Mitigation
from incidents.services.ask_pagerduty import Act
from incidents.services.confirm_mitigation import confirm_mitigation, withdraw_mitigation
from incidents.services.read_target import Reach
from incidents.services.run_mitigation import run_mitigation
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.incidents.mitigations.doing import GATEWAY, checked, propose, story, writes

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 100
#: Each takes a connection of the pool.
AT_ONCE = 10


def all_at_once(perform: Callable[[int], object]) -> Counter[str]:
    """What came of a hundred, ten of them at any moment."""
    outcomes: list[str] = []
    barrier = threading.Barrier(AT_ONCE)

    def work(first: int) -> None:
        barrier.wait()
        for number in range(first, MANY, AT_ONCE):
            try:
                outcomes.append(str(perform(number)))
            except CannotAct as refusal:
                outcomes.append(refusal.reason)
        connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcomes)


def test_a_hundred_proposals(cast: Cast, gateway: CatalogueEntry) -> None:
    incident = make_incident()
    people = [cast.responder, cast.teammate, cast.manager]
    found = all_at_once(lambda number: propose(people[number % 3], incident, "scale", key="one page", by=2).pk)
    assert list(found.values()) == [MANY]
    assert Mitigation.objects.count() == len(story(incident)) == 1


def test_a_hundred_confirmations_and_workers(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    incident = make_incident()
    mitigation = checked(reach, cast.responder, incident, "scale", by=2)
    people = [cast.responder, cast.teammate]

    def confirm_and_run(number: int) -> str:
        act = Act(incident.pk, people[number % 2])
        confirm_mitigation(act=act, mitigation_id=mitigation.pk, typed=GATEWAY)
        # As a task that is delivered more than once.
        ran = run_mitigation(mitigation_id=mitigation.pk, reach=reach)
        return "ran" if ran else "another's"

    assert all_at_once(confirm_and_run) == {"ran": 1, "another's": MANY - 1}
    assert writes(cluster) == [("PATCH", 200)]
    assert len([line for line in story(incident) if "confirmed" in line]) == 1


def test_a_hundred_posts(cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry) -> None:
    mitigation = checked(reach, cast.responder, make_incident(), "restart")
    address = f"/incidents/{mitigation.incident_id}/mitigations/{mitigation.pk}/confirm/"
    clients = [browser_of(cast.responder, **{"HX-Request": "true"}) for _ in range(AT_ONCE)]

    def post(number: int) -> int:
        return clients[number % AT_ONCE].post(address, {"typed": GATEWAY}).status_code

    assert all_at_once(post) == {"200": MANY}
    all_at_once(lambda _number: run_mitigation(mitigation_id=mitigation.pk, reach=reach))
    assert writes(cluster) == [("PATCH", 200)]


def test_two_incidents_want_the_same_deployment(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    mitigations = [checked(reach, cast.responder, make_incident(number), "scale", by=number) for number in (1, 2)]

    def confirm(number: int) -> str:
        mitigation = mitigations[number % 2]
        act = Act(mitigation.incident_id, cast.responder)
        return confirm_mitigation(act=act, mitigation_id=mitigation.pk, typed=GATEWAY).state

    assert all_at_once(confirm) == {"confirmed": MANY / 2, "other_active": MANY / 2}
    assert sorted(Mitigation.objects.values_list("state", flat=True)) == ["confirmed", "ready"]


def test_who_withdraws_while_a_worker_begins(
    cast: Cast, cluster: RunningCluster, reach: Reach, gateway: CatalogueEntry
) -> None:
    """Either it was withdrawn and nothing was sent, or it was sent and could not be withdrawn."""
    mitigation = checked(reach, cast.responder, make_incident(), "scale", by=1)
    act = Act(mitigation.incident_id, cast.responder)
    confirm_mitigation(act=act, mitigation_id=mitigation.pk, typed=GATEWAY)

    def race(number: int) -> str:
        if number % 2:
            return withdraw_mitigation(act=act, mitigation_id=mitigation.pk).state
        return "sent" if run_mitigation(mitigation_id=mitigation.pk, reach=reach) else "nothing to do"

    found = all_at_once(race)
    assert ("withdrawn" in found) is ("sent" not in found)
    assert len(writes(cluster)) == found["sent"]
