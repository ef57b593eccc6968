"""Asking Celery for work. With the broker gone nothing is lost: the row is stored, and beat's sweeps find it later."""

import logging

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)

#: The queue of what asks the cluster or AWS: a process of its own, so that one that hangs holds nothing else up.
CLUSTER_QUEUE = "cluster"
#: What somebody waits for with a thumb over the button. The same process takes turns between the two, so that a hundred captures
#: that wait for a sick API server are not all before it.
MITIGATION_QUEUE = "mitigations"


def enqueue(task: str, *arguments: int, queue: str | None = None) -> None:
    """Asks for a task by its name."""
    try:
        current_app.send_task(task, args=arguments, queue=queue)
    except Exception as error:  # noqa: BLE001  # kombu raises its transports' own errors, whichever they are
        logger.warning("%s not enqueued, the sweep will find it: %s", task, error)


def enqueue_on_commit(task: str, *arguments: int, queue: str | None = None) -> None:
    """The same, once the transaction that wrote the row is committed."""
    transaction.on_commit(lambda: enqueue(task, *arguments, queue=queue), robust=True)
