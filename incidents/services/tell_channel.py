"""Lines for the team's channel, written in the transaction of what they tell of and sent afterwards, once each."""

from datetime import datetime

from django.conf import settings

from incidents.channel import NEWS_FOR
from incidents.enums import NoticeKind
from incidents.models import Notice, SlaClock


def tell_channel(clock: SlaClock, kind: NoticeKind, *, now: datetime) -> None:
    """Has the channel told of what befell a clock at its deadline, unless that was long ago or no channel is set up."""
    if not settings.SLACK_WEBHOOK_URL or now - clock.due_at > NEWS_FOR:
        return
    Notice.objects.get_or_create(
        incident_id=clock.incident_id, clock=clock.kind, cycle=clock.cycle, kind=kind, due_at=clock.due_at
    )
