"""Celery tasks of handoffs. Each may be repeated."""

from celery import shared_task

from accounts.database_time import database_now
from accounts.services.post_due import TURN_SECONDS, post_in_turn
from shifts.services import post_handoff as posting
from shifts.services import tell_unsigned as telling


@shared_task(name="shifts.tell_unsigned")
def tell_unsigned() -> str:
    """Tells of handoffs that are not signed by both a quarter of an hour after the change of shift."""
    return f"{telling.tell_unsigned(now=database_now())} notices"


@shared_task(name="shifts.post_handoffs", soft_time_limit=TURN_SECONDS)
def post_handoffs() -> str:
    """Posts the reports that somebody wants in Slack."""
    return post_in_turn("post-handoffs", lambda slack: posting.post_handoffs(slack=slack))
