"""Celery's side of shifts."""

from celery import shared_task
from django.conf import settings

from integrations.errors import IntegrationError
from integrations.pagerduty.client import PagerDuty
from shifts.services.mirror_on_call import mirror_on_call as mirror


@shared_task(name="shifts.mirror_on_call")
def mirror_on_call() -> str:
    """Mirrors who is on call; a failure leaves the mirror as it was and is tried again in a minute."""
    if not settings.PAGERDUTY_API_TOKEN:
        return "no PagerDuty token"
    try:
        rows = mirror(pagerduty=PagerDuty(token=settings.PAGERDUTY_API_TOKEN, base_url=settings.PAGERDUTY_BASE_URL))
    except IntegrationError as error:
        return f"kept the old mirror: {error}"
    return f"{rows} rows"
