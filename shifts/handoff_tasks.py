"""Celery tasks of handoffs. Each may be repeated."""

from celery import shared_task

from accounts.database_time import database_now
from shifts.services import tell_unsigned as telling


@shared_task(name="shifts.tell_unsigned")
def tell_unsigned() -> str:
    """Tells of handoffs that are not signed by both a quarter of an hour after the change of shift."""
    return f"{telling.tell_unsigned(now=database_now())} notices"
