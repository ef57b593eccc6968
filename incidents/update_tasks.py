"""Celery tasks of updates for stakeholders. Each may be repeated."""

from celery import shared_task

from accounts.database_time import database_now
from accounts.services.post_due import TURN_SECONDS, post_in_turn
from incidents.services import post_updates as posting
from incidents.services import tell_overdue_updates as telling


@shared_task(name="incidents.post_updates", soft_time_limit=TURN_SECONDS)
def post_updates() -> str:
    """Posts what waits for the team's channel."""
    return post_in_turn("post-updates", lambda slack: posting.post_updates(slack=slack))


@shared_task(name="incidents.tell_overdue_updates")
def tell_overdue_updates() -> str:
    return f"{telling.tell_overdue_updates(now=database_now())} overdue"
