"""Celery's side of shifts."""

from celery import shared_task
from django.conf import settings

from accounts.services.post_due import TURN_SECONDS, post_in_turn
from accounts.work import enqueue
from integrations.errors import IntegrationError
from integrations.pagerduty.client import PagerDuty
from integrations.pagerduty.schedules import ScheduleClient
from shifts.services import deliver_overrides as overrides
from shifts.services import send_notices as notices
from shifts.services.mirror_on_call import mirror_on_call as mirror
from shifts.services.remind import remind as remind_people
from shifts.services.request_cover import expire_covers as expire


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


@shared_task(name="shifts.deliver_override")
def deliver_override(override_id: int) -> str:
    """Takes one override to PagerDuty, then asks for the schedule's next one."""
    if not settings.PAGERDUTY_API_TOKEN:
        return "no PagerDuty token"
    client = ScheduleClient(token=settings.PAGERDUTY_API_TOKEN, base_url=settings.PAGERDUTY_BASE_URL)
    following = overrides.deliver_override(override_id=override_id, pagerduty=client)
    if following is not None:
        enqueue("shifts.deliver_override", following)
    return f"override {override_id}"


@shared_task(name="shifts.deliver_overrides")
def deliver_overrides() -> str:
    """Finds overrides that wait: an enqueueing that was lost, or a retry whose time has come."""
    due = overrides.due_overrides()
    for override_id in due:
        enqueue("shifts.deliver_override", override_id)
    return f"{len(due)} due"


@shared_task(name="shifts.remind")
def remind() -> str:
    """Reminds people of their shifts, and closes requests for cover whose time has come."""
    return f"{remind_people()} reminded, {expire()} requests closed"


@shared_task(name="shifts.send_notices", soft_time_limit=TURN_SECONDS)
def send_notices() -> str:
    """Sends what people want in Slack."""
    return post_in_turn("send-shift-notices", lambda slack: notices.send_notices(slack=slack))
