"""Celery tasks of updates for stakeholders. Each may be repeated."""

from celery import shared_task
from django.conf import settings

from accounts.database_time import database_now
from accounts.live_channel import give_turn_back, take_turn
from incidents.services import post_updates as posting
from incidents.services import tell_overdue_updates as telling
from integrations.slack import Slack

POSTING_TURN, POSTING_SECONDS = "post-updates", 45


@shared_task(name="incidents.post_updates", soft_time_limit=POSTING_SECONDS)
def post_updates() -> str:
    """Posts what waits for the team's channel. One worker at a time: a slow Slack must not hold up PagerDuty's outbox."""
    if not settings.SLACK_WEBHOOK_URL:
        return "no Slack webhook"
    if not take_turn(POSTING_TURN, seconds=POSTING_SECONDS):
        return "under way"
    try:
        return posting.post_updates(slack=Slack(url=settings.SLACK_WEBHOOK_URL))
    finally:
        give_turn_back(POSTING_TURN)


@shared_task(name="incidents.tell_overdue_updates")
def tell_overdue_updates() -> str:
    return f"{telling.tell_overdue_updates(now=database_now())} overdue"
