"""Celery tasks of handoffs. Each may be repeated."""

from celery import shared_task
from django.conf import settings

from accounts.database_time import database_now
from accounts.live_channel import give_turn_back, take_turn
from integrations.slack import Slack
from shifts.services import post_handoff as posting
from shifts.services import tell_unsigned as telling

POSTING_TURN, POSTING_SECONDS = "post-handoffs", 45


@shared_task(name="shifts.tell_unsigned")
def tell_unsigned() -> str:
    """Tells of handoffs that are not signed by both a quarter of an hour after the change of shift."""
    return f"{telling.tell_unsigned(now=database_now())} notices"


@shared_task(name="shifts.post_handoffs", soft_time_limit=POSTING_SECONDS)
def post_handoffs() -> str:
    """Posts the reports that somebody wants in Slack. One worker at a time: a slow Slack must not hold up PagerDuty."""
    if not settings.SLACK_WEBHOOK_URL:
        return "no Slack webhook"
    if not take_turn(POSTING_TURN, seconds=POSTING_SECONDS):
        return "under way"
    try:
        return posting.post_handoffs(slack=Slack(url=settings.SLACK_WEBHOOK_URL))
    finally:
        give_turn_back(POSTING_TURN)
