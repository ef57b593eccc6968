"""Celery's side of preflights. What asks the cluster, AWS and internal addresses runs on the cluster's queue."""

from functools import partial

from celery import shared_task
from django.conf import settings

from accounts.database_time import database_now
from accounts.work import CLUSTER_QUEUE, enqueue
from cluster.selectors import namespaces
from integrations.aws import aws_for
from integrations.kubernetes.client import cluster_for
from integrations.pagerduty.paging import PagingClient
from shifts.models import Preflight
from shifts.services import begin_shift, open_preflight, send_test_page
from shifts.services import run_preflight as running
from shifts.services.read_paging import read_paging, service_of_test_pages

#: Seconds for each wait of the cluster's client: its deadline of six of them lies a little beyond ours.
CLUSTER_WAIT_S = 1.5


def pagerduty() -> PagingClient | None:
    """None where no PagerDuty is connected."""
    if not settings.PAGERDUTY_API_TOKEN:
        return None
    return PagingClient(token=settings.PAGERDUTY_API_TOKEN, base_url=settings.PAGERDUTY_BASE_URL, timeout=5.0)


def sources() -> running.Sources:
    """What the server looks at: the configured addresses, every namespace of the catalogue, AWS by its own chain, PagerDuty."""
    client = pagerduty()
    return running.Sources(
        endpoints=settings.PREFLIGHT_ENDPOINTS,
        cluster_of=lambda context: cluster_for(context, timeout=CLUSTER_WAIT_S),
        namespaces=namespaces(),
        aws=aws_for(),
        paging=partial(read_paging, client) if client else None,
    )


@shared_task(name=open_preflight.RUN_TASK)
def run_preflight(preflight_id: int) -> str:
    """The server's looks at one preflight."""
    try:
        is_done = running.run_preflight(preflight_id=preflight_id, sources=sources())
    except Preflight.DoesNotExist:
        return f"preflight {preflight_id} is no more"
    return f"preflight {preflight_id}" if is_done else "under way, or nobody's"


@shared_task(name="shifts.open_preflights")
def open_preflights() -> str:
    """Opens what begins within a day, looks again where the last look is old, warns who is unready, keeps how shifts began."""
    now = database_now()
    opened = open_preflight.shifts_to_open(now)
    for shift_id in opened:
        open_preflight.open_preflight(shift_id=shift_id)
    for preflight_id in open_preflight.preflights_to_run(now):
        enqueue(open_preflight.RUN_TASK, preflight_id, queue=CLUSTER_QUEUE)
    warned = begin_shift.warn_unready(now=now)
    unready = begin_shift.judge_beginnings(now=now)
    return f"{len(opened)} opened, {warned} warned of, {unready} began unready"


@shared_task(name=send_test_page.SEND_TASK)
def watch_test_pages() -> str:
    """Sends test pages, looks whether they are acknowledged, and ends them."""
    tests = send_test_page.open_tests()
    client = pagerduty() if tests else None
    if client is None:
        return "none"
    for test_id in tests:
        send_test_page.watch_test_page(test_id=test_id, pager=client, service_id=service_of_test_pages())
    return f"{len(tests)} under way"
