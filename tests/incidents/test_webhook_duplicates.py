"""PagerDuty repeats deliveries for 48 hours: each is kept once, and answered 202 every time."""

import json
import threading

import pytest

from incidents.models import InboundEvent
from tests.incidents.deliveries import deliver, delivery, event_of


@pytest.mark.django_db
def test_a_repeated_delivery_is_one_row_and_202_both_times() -> None:
    body = delivery()
    first, second = deliver(body, delivery_id="one"), deliver(body, delivery_id="one")
    assert [first.status_code, second.status_code] == [202, 202]
    assert [json.loads(first.content), json.loads(second.content)] == [{"message": "stored"}, {"message": "known"}]
    assert InboundEvent.objects.count() == 1


@pytest.mark.django_db
def test_the_same_event_in_another_delivery_is_one_row() -> None:
    body = delivery()
    assert [deliver(body, delivery_id=name).status_code for name in ("one", "two")] == [202, 202]
    assert InboundEvent.objects.get().delivery_id == "one"


@pytest.mark.django_db
def test_a_delivery_id_that_no_signature_covers_never_costs_an_event() -> None:
    assert [deliver(delivery(), delivery_id="one").status_code for _ in range(2)] == [202, 202]
    assert list(InboundEvent.objects.order_by("pk").values_list("delivery_id", flat=True)) == ["one", None]


@pytest.mark.django_db
def test_deliveries_without_an_id_are_told_apart_by_their_event() -> None:
    assert [deliver(delivery()).status_code for _ in range(2)] == [202, 202]
    assert InboundEvent.objects.count() == 2


@pytest.mark.django_db
def test_a_delivery_id_of_absurd_length_is_cut_and_does_no_harm() -> None:
    assert deliver(delivery(), delivery_id="x" * 5_000).status_code == 202
    assert deliver(delivery(), delivery_id="").status_code == 202
    assert InboundEvent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_twelve_deliveries_of_one_event_at_once_are_one_row() -> None:
    body = json.dumps({"event": event_of()}).encode()
    statuses: list[int] = []
    barrier = threading.Barrier(12)

    def send(number: int) -> None:
        barrier.wait(timeout=20)
        statuses.append(deliver(body, delivery_id=f"delivery-{number}").status_code)

    threads = [threading.Thread(target=send, args=[number]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [202] * 12
    assert InboundEvent.objects.count() == 1
