"""Asking Celery for work. With the broker gone nothing is lost: the row is stored, and beat's sweeps find it later."""

from accounts.live_channel import take_turn
from accounts.work import enqueue, enqueue_on_commit

#: One drain works off everything that waits, so that a thousand deliveries ask for it once.
DRAIN_TURN = "drain-inbox"
POLL_TURN = "poll-pagerduty"


def enqueue_drain() -> None:
    """Asks for the inbox to be drained, unless that has just been asked for and not begun."""
    if take_turn(DRAIN_TURN, seconds=2):
        enqueue("incidents.drain_inbox")


def enqueue_poll() -> None:
    """Asks for a poll outside beat's rhythm, at most one in three seconds."""
    if take_turn(POLL_TURN, seconds=3):
        enqueue("incidents.poll_pagerduty")


def enqueue_delivery(message_id: int) -> None:
    """Asks for one outbox message to be delivered."""
    enqueue("incidents.deliver_outbox", message_id)


def enqueue_delivery_on_commit(message_id: int) -> None:
    """The same, once the transaction that wrote the message is committed."""
    enqueue_on_commit("incidents.deliver_outbox", message_id)
