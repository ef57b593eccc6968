"""Asking Celery for work. With the broker gone nothing is lost: the row is stored, and beat's sweeps find it later."""

import logging

from celery import current_app
from django.db import transaction

from incidents.services.announce import take_turn

logger = logging.getLogger(__name__)

#: One drain works off everything that waits, so that a thousand deliveries ask for it once.
DRAIN_TURN = "drain-inbox"
POLL_TURN = "poll-pagerduty"


def enqueue_drain() -> None:
    """Asks for the inbox to be drained, unless that has just been asked for and not begun."""
    if take_turn(DRAIN_TURN, seconds=2):
        _send("incidents.drain_inbox")


def enqueue_poll() -> None:
    """Asks for a poll outside beat's rhythm, at most one in three seconds."""
    if take_turn(POLL_TURN, seconds=3):
        _send("incidents.poll_pagerduty")


def enqueue_delivery(message_id: int) -> None:
    """Asks for one outbox message to be delivered."""
    _send("incidents.deliver_outbox", message_id)


def enqueue_delivery_on_commit(message_id: int) -> None:
    """The same, once the transaction that wrote the message is committed."""
    transaction.on_commit(lambda: enqueue_delivery(message_id), robust=True)


def _send(task: str, *arguments: int) -> None:
    try:
        current_app.send_task(task, args=arguments)
    except Exception as error:  # noqa: BLE001  # kombu raises its transports' own errors, whichever they are
        logger.warning("%s not enqueued, the sweep will find it: %s", task, error)
