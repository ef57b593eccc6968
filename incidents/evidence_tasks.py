"""Celery's side of evidence: on the cluster's queue, whose workers may hang without holding anything else up."""

from celery import shared_task
from django.conf import settings

from accounts.work import CLUSTER_QUEUE, enqueue
from incidents.services import forget_evidence as old
from incidents.services import request_capture
from incidents.services import run_capture as captures
from incidents.services.read_evidence import Sources
from integrations.aws import aws_for
from integrations.grafana import Grafana
from integrations.kubernetes.client import cluster_for


def sources() -> Sources:
    """The cluster of the kubeconfig, AWS by its own chain, and Grafana where the portal has a token for it."""
    has_grafana = bool(settings.GRAFANA_URL and settings.GRAFANA_TOKEN)
    grafana = Grafana(url=settings.GRAFANA_URL, token=settings.GRAFANA_TOKEN) if has_grafana else None
    return Sources(cluster_of=cluster_for, aws=aws_for(), grafana=grafana)


@shared_task(name=request_capture.TASK)
def run_capture(capture_id: int) -> str:
    """One capture. What could not be read is kept with the reason, so that there is nothing to try again."""
    capture = captures.run_capture(capture_id=capture_id, sources=sources())
    return f"capture {capture_id}" if capture else "somebody else's"


@shared_task(name="incidents.run_due_captures")
def run_due_captures() -> str:
    """Finds captures that wait: an enqueueing that was lost, or a worker that died."""
    due = captures.due_captures()
    for capture_id in due:
        enqueue(request_capture.TASK, capture_id, queue=CLUSTER_QUEUE)
    return f"{len(due)} due"


@shared_task(name="incidents.forget_evidence")
def forget_evidence() -> str:
    """A batch; where there may be more, another one is asked for, so that none of them takes long."""
    forgotten = old.forget_evidence(kept_for=settings.EVIDENCE_KEPT_FOR)
    if forgotten == old.MOST_AT_ONCE:
        enqueue("incidents.forget_evidence")
    return f"{forgotten} forgotten"
