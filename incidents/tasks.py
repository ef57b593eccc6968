"""Celery's side of incidents: each task takes ids, calls one service, and may be repeated."""

from celery import shared_task
from django.conf import settings

from accounts.database_time import database_now
from accounts.live_channel import give_turn_back
from accounts.services.post_due import TURN_SECONDS, post_in_turn
from incidents.services import deliver_outbox as outbox
from incidents.services import drain_inbox as inbox
from incidents.services import keep_follow_ups as follow_ups
from incidents.services import mirror_priorities as priorities
from incidents.services import poll_pagerduty as poll
from incidents.services import send_notices as notices
from incidents.services import suggest_rest as rest
from incidents.services.beat import beat
from incidents.services.enqueue import DRAIN_TURN, enqueue_delivery, enqueue_poll
from integrations.errors import IntegrationError
from integrations.pagerduty.client import PagerDuty


def _pagerduty() -> PagerDuty:
    return PagerDuty(token=settings.PAGERDUTY_API_TOKEN, base_url=settings.PAGERDUTY_BASE_URL)


@shared_task(name="incidents.drain_inbox")
def drain_inbox() -> str:
    """Works off the inbox. The turn goes back first: what arrives from now on calls for a drain of its own."""
    give_turn_back(DRAIN_TURN)
    done, wants_poll = inbox.drain_inbox()
    if wants_poll:
        enqueue_poll()
    return f"{done} events"


@shared_task(name="incidents.poll_pagerduty")
def poll_pagerduty() -> str:
    """One poll. A failure is stored for the pages to show, and the next tick tries again."""
    if not settings.PAGERDUTY_API_TOKEN:
        return "no PagerDuty token"
    try:
        report = poll.poll_pagerduty(pagerduty=_pagerduty())
    except IntegrationError as error:
        return f"failed: {error}"
    return f"{report.calls} calls, {report.log_entries} log entries, {report.incidents} incidents"


@shared_task(name="incidents.deliver_outbox")
def deliver_outbox(message_id: int) -> str:
    """Delivers one message, then asks for the incident's next one."""
    following = outbox.deliver_outbox(message_id=message_id, pagerduty=_pagerduty())
    if following is not None:
        enqueue_delivery(following)
    return f"message {message_id}"


@shared_task(name="incidents.deliver_due_outbox")
def deliver_due_outbox() -> str:
    """Finds messages that wait: an enqueueing that was lost, or a retry whose time has come."""
    due = outbox.due_messages()
    for message_id in due:
        enqueue_delivery(message_id)
    return f"{len(due)} due"


@shared_task(name="incidents.send_notices", soft_time_limit=TURN_SECONDS)
def send_notices() -> str:
    """Sends what waits for the team's channel."""
    return post_in_turn(notices.TURN, lambda slack: notices.send_notices(slack=slack))


@shared_task(name="incidents.forget_old_notices")
def forget_old_notices() -> str:
    return f"{notices.forget_old_notices()} forgotten"


@shared_task(name="incidents.mirror_priorities")
def mirror_priorities() -> str:
    """Reads PagerDuty's priorities."""
    if not settings.PAGERDUTY_API_TOKEN:
        return "no PagerDuty token"
    try:
        return f"{priorities.mirror_priorities(pagerduty=_pagerduty())} priorities"
    except IntegrationError as error:
        return f"failed: {error}"


@shared_task(name="incidents.show_life")
def show_life() -> str:
    """That this runs shows that beat, Valkey and a worker do."""
    beat(name="worker")
    return "alive"


@shared_task(name="incidents.suggest_rest")
def suggest_rest() -> str:
    """Suggests rest to whoever had a bad night."""
    return f"{rest.suggest_rest(now=database_now())} bad nights told of"


@shared_task(name="incidents.forget_old_deliveries")
def forget_old_deliveries() -> str:
    return f"{inbox.forget_old_deliveries()} forgotten"


@shared_task(name="incidents.tell_overdue_follow_ups")
def tell_overdue_follow_ups() -> str:
    """Tells whoever has a follow-up whose day is over."""
    return f"{follow_ups.tell_overdue(now=database_now())} told"
