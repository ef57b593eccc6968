"""Celery's side of the cluster: each task calls one service for one thing at a time, and may be repeated."""

from celery import shared_task
from django.conf import settings

from accounts.live_channel import give_turn_back, take_turn
from cluster.selectors import namespaces
from cluster.services import check_entries as entries
from cluster.services import mirror_change_events as events
from cluster.services import poll_cluster as poll
from cluster.services.name_contexts import name_contexts
from integrations.aws import aws_for
from integrations.errors import IntegrationError
from integrations.kubernetes.client import cluster_for
from integrations.pagerduty.client import PagerDuty

#: One poll at a time, for as long as a cluster that hangs can make it last.
POLL_TURN, LONGEST_POLL = "poll-cluster", 120.0


@shared_task(name="cluster.poll_cluster")
def poll_cluster() -> str:
    """Polls every namespace of the catalogue. A failure is stored for the pages to show, and the next tick tries again."""
    if not take_turn(POLL_TURN, seconds=LONGEST_POLL):
        return "under way"
    try:
        name_contexts()
        return "; ".join(_poll(context, namespace) for context, namespace in namespaces())
    finally:
        give_turn_back(POLL_TURN)


def _poll(context: str, namespace: str) -> str:
    try:
        cluster = cluster_for(context)
    except IntegrationError as error:
        poll.store_failure(context=context, namespace=namespace, error=error)
        return f"{namespace}: {error}"
    try:
        return f"{namespace}: {poll.poll_cluster(context=context, namespace=namespace, cluster=cluster)}"
    except IntegrationError as error:
        return f"{namespace}: {error}"


@shared_task(name="cluster.check_catalogue")
def check_catalogue() -> str:
    """Looks up whether what the catalogue names is there."""
    return f"{entries.check_entries(cluster_of=cluster_for, aws=aws_for())} entries point nowhere"


@shared_task(name="cluster.mirror_change_events")
def mirror_change_events() -> str:
    """Reads PagerDuty's change events."""
    if not settings.PAGERDUTY_API_TOKEN:
        return "no PagerDuty token"
    pagerduty = PagerDuty(token=settings.PAGERDUTY_API_TOKEN, base_url=settings.PAGERDUTY_BASE_URL)
    try:
        return f"{events.mirror_change_events(pagerduty=pagerduty)} new change events"
    except IntegrationError as error:
        return f"failed: {error}"
