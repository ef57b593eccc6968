"""Celery's side of mitigations: on a queue of their own, whose workers may hang without holding anything else up.

Each takes an id and goes on with it; what is claimed, or not due, is left alone, so that all may be repeated.
"""

from collections.abc import Callable

from celery import shared_task

from accounts.work import MITIGATION_QUEUE, enqueue
from incidents.enums import MitigationState
from incidents.models import Mitigation
from incidents.services import check_mitigation as checking
from incidents.services import reconcile_mitigation as reconciling
from incidents.services import run_mitigation as running
from incidents.services import watch_mitigation as watching
from incidents.services.confirm_mitigation import RUN_TASK
from incidents.services.propose_mitigation import CHECK_TASK
from incidents.services.read_target import Reach
from integrations.aws import aws_for
from integrations.kubernetes.client import cluster_for

RECONCILE_TASK, WATCH_TASK = "incidents.reconcile_mitigation", "incidents.watch_mitigation"
#: What goes on with a mitigation in each state that waits for something.
TASKS = {
    MitigationState.CHECKING: CHECK_TASK,
    MitigationState.CONFIRMED: RUN_TASK,
    MitigationState.CALLING: RECONCILE_TASK,
    MitigationState.UNKNOWN: RECONCILE_TASK,
    MitigationState.WATCHING: WATCH_TASK,
}


def reach() -> Reach:
    """The cluster of the kubeconfig or the pod's account, and AWS by its own chain."""
    return Reach(cluster_of=cluster_for, aws=aws_for())


def _with(service: Callable[..., Mitigation | None], mitigation_id: int) -> str:
    mitigation = service(mitigation_id=mitigation_id, reach=reach())
    return f"mitigation {mitigation_id}: {mitigation.state if mitigation else 'nothing new'}"


@shared_task(name=CHECK_TASK)
def check_mitigation(mitigation_id: int) -> str:
    """Guard rails and dry run of one proposal."""
    return _with(checking.check_mitigation, mitigation_id)


@shared_task(name=RUN_TASK)
def run_mitigation(mitigation_id: int) -> str:
    """The one call of one that is confirmed, then the first look at it."""
    told = _with(running.run_mitigation, mitigation_id)
    return f"{told}, {_with(watching.watch_mitigation, mitigation_id)}"


@shared_task(name=RECONCILE_TASK)
def reconcile_mitigation(mitigation_id: int) -> str:
    """One question what became of a call."""
    return _with(reconciling.reconcile_mitigation, mitigation_id)


@shared_task(name=WATCH_TASK)
def watch_mitigation(mitigation_id: int) -> str:
    """One look at one that is under way."""
    return _with(watching.watch_mitigation, mitigation_id)


@shared_task(name="incidents.watch_mitigations")
def watch_mitigations() -> str:
    """Finds what is to be gone on with, and judges the alerts of what succeeded."""
    due = watching.due_mitigations()
    for mitigation_id, state in due:
        enqueue(TASKS[state], mitigation_id, queue=MITIGATION_QUEUE)
    return f"{len(due)} due, {watching.judge_alerts()} alerts judged"
