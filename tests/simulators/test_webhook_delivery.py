"""How deliveries fail and repeat: retries, drops, the disabled subscription, duplicates, disorder, pauses."""

import socket
import time

from simulators.pagerduty.testing import RunningSimulator
from tests.simulators.client import Client
from tests.simulators.receiver import Receiver


def _outcomes(pagerduty: RunningSimulator) -> list[tuple[int | None, str]]:
    return [(attempt.status, attempt.outcome) for attempt in pagerduty.deliveries]


def test_server_errors_and_429_are_tried_again_with_the_same_delivery_id(
    pagerduty: RunningSimulator, receiver: Receiver
) -> None:
    receiver.answers.extend([500, 429, 503])

    pagerduty.trigger()
    pagerduty.wait_for_deliveries()

    assert _outcomes(pagerduty) == [(500, "retried"), (429, "retried"), (503, "retried"), (202, "delivered")]
    assert len({delivery.headers["x-webhook-id"] for delivery in receiver.received}) == 1
    assert len({delivery.body for delivery in receiver.received}) == 1


def test_an_absent_receiver_is_tried_again(pagerduty: RunningSimulator, receiver: Receiver) -> None:
    there = receiver.url
    pagerduty.set_webhook("http://127.0.0.1:9/", "first-secret")
    pagerduty.trigger()
    while not pagerduty.deliveries:
        time.sleep(0.005)
    pagerduty.set_webhook(there, "first-secret")
    pagerduty.wait_for_deliveries()

    first, last = pagerduty.deliveries[0], pagerduty.deliveries[-1]
    assert (first.status, first.outcome) == (None, "retried")
    assert first.error is not None
    assert last.outcome == "delivered"
    assert len(receiver.received) == 1


def test_another_client_error_drops_the_event(pagerduty: RunningSimulator, receiver: Receiver) -> None:
    receiver.answers.append(401)

    pagerduty.trigger()
    pagerduty.wait_for_deliveries()

    assert _outcomes(pagerduty) == [(401, "dropped")]
    assert len(receiver.received) == 1


def test_three_drops_in_a_row_disable_the_subscription_for_a_day(
    pagerduty: RunningSimulator, receiver: Receiver
) -> None:
    for status in (400, 401, 403):
        receiver.answers.append(status)
        pagerduty.trigger()
        pagerduty.wait_for_deliveries()

    pagerduty.trigger()
    pagerduty.wait_for_deliveries()
    assert len(receiver.received) == 3
    assert _outcomes(pagerduty)[-1] == (None, "disabled")

    with pagerduty.world.transaction():
        pagerduty.world.clock.advance(24 * 3600 + 1)
    pagerduty.trigger()
    pagerduty.wait_for_deliveries()
    assert pagerduty.deliveries[-1].outcome == "delivered"


def test_a_success_in_between_keeps_the_subscription(pagerduty: RunningSimulator, receiver: Receiver) -> None:
    for status in (400, 401, 202, 403, 404):
        receiver.answers.append(status)
        pagerduty.trigger()
        pagerduty.wait_for_deliveries()

    pagerduty.trigger()
    pagerduty.wait_for_deliveries()

    assert pagerduty.deliveries[-1].outcome == "delivered"


def test_a_disabled_subscription_can_be_enabled(
    pagerduty: RunningSimulator, receiver: Receiver, client: Client
) -> None:
    for _ in range(3):
        receiver.answers.append(410)
        pagerduty.trigger()
        pagerduty.wait_for_deliveries()
    assert client.get("/_sim/webhooks").json["webhooks"]["disabled_until"] is not None

    client.post("/_sim/webhooks/enable", {})
    pagerduty.trigger()
    pagerduty.wait_for_deliveries()

    assert pagerduty.deliveries[-1].outcome == "delivered"


def test_duplicates_are_new_deliveries_of_the_same_event(pagerduty: RunningSimulator, receiver: Receiver) -> None:
    pagerduty.configure_webhooks(duplicate_rate=1.0)

    pagerduty.trigger()
    while len(receiver.received) < 3:
        time.sleep(0.005)
    pagerduty.configure_webhooks(duplicate_rate=0.0)
    pagerduty.wait_for_deliveries()

    assert len({delivery.event["id"] for delivery in receiver.received}) == 1
    assert len({delivery.headers["x-webhook-id"] for delivery in receiver.received}) == len(receiver.received)


def test_events_can_be_lost(pagerduty: RunningSimulator, receiver: Receiver) -> None:
    pagerduty.configure_webhooks(drop_rate=1.0)

    pagerduty.trigger()
    pagerduty.wait_for_deliveries()

    assert _outcomes(pagerduty) == [(None, "lost")]
    assert receiver.received == []


def test_events_can_arrive_in_disorder(pagerduty: RunningSimulator, receiver: Receiver) -> None:
    pagerduty.configure_webhooks(shuffle_within=0.2)

    sent = [pagerduty.trigger().number for _ in range(20)]
    pagerduty.wait_for_deliveries()
    arrived = [delivery.event["data"]["number"] for delivery in receiver.received]

    assert sorted(arrived) == sent
    assert arrived != sent


def test_a_pause_holds_deliveries_back(pagerduty: RunningSimulator, receiver: Receiver) -> None:
    pagerduty.configure_webhooks(is_paused=True)
    pagerduty.trigger()
    time.sleep(0.05)
    assert receiver.received == []

    pagerduty.configure_webhooks(is_paused=False)
    pagerduty.wait_for_deliveries()

    assert receiver.types() == ["incident.triggered"]


def test_an_event_is_given_up_after_48_hours(pagerduty: RunningSimulator, receiver: Receiver) -> None:
    pagerduty.configure_webhooks(is_paused=True)
    pagerduty.trigger()
    with pagerduty.world.transaction():
        pagerduty.world.clock.advance(48 * 3600 + 1)
    receiver.answers.append(500)
    pagerduty.configure_webhooks(is_paused=False)
    pagerduty.wait_for_deliveries()

    assert _outcomes(pagerduty) == [(500, "dropped")]


def test_a_slow_receiver_does_not_hold_rest_up(pagerduty: RunningSimulator, client: Client) -> None:
    # A listening socket nobody accepts from: deliveries hang until their time-out.
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        pagerduty.set_webhook(f"http://127.0.0.1:{deaf.getsockname()[1]}/", "secret")
        for _ in range(10):
            pagerduty.trigger()
        started = time.monotonic()
        assert client.get("/incidents").status == 200
        assert time.monotonic() - started < 0.5
        pagerduty.reset()
