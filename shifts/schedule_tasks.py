"""Celery's side of schedules. On the cluster's queue: one that answers slowly holds up no page and no act."""

from celery import shared_task
from django.conf import settings

from accounts.database_time import database_now
from accounts.live_channel import give_turn_back, take_turn
from integrations.errors import IntegrationError
from integrations.pagerduty.schedules import ScheduleClient
from shifts.services import look_at_tools as reach
from shifts.services import mirror_schedules as mirror
from shifts.services import render_schedule as rendering
from shifts.services import tell_gaps as telling

MIRROR_TURN, MIRROR_SECONDS = "mirror-schedules", 240
#: Longer than a look can last at a few hundred tools, and shorter than a light holds.
TOOLS_TURN, TOOLS_SECONDS = "look-at-tools", 480


@shared_task(name="shifts.mirror_schedules", soft_time_limit=MIRROR_SECONDS)
def mirror_schedules() -> str:
    """Mirrors every schedule of PagerDuty; what cannot be read stays as it was. One worker at a time."""
    if not settings.PAGERDUTY_API_TOKEN:
        return "no PagerDuty token"
    if not take_turn(MIRROR_TURN, seconds=MIRROR_SECONDS):
        return "under way"
    client = _client()
    try:
        changed = mirror.mirror_schedules(pagerduty=client, now=database_now())
    except IntegrationError as error:
        return f"kept the old mirror: {error}"
    finally:
        give_turn_back(MIRROR_TURN)
    return f"{changed} shifts changed, {client.calls} requests"


@shared_task(name="shifts.mirror_schedule")
def mirror_schedule(schedule_id: int) -> str:
    """Mirrors one schedule at once, after something of it was changed from here."""
    if not settings.PAGERDUTY_API_TOKEN:
        return "no PagerDuty token"
    try:
        changed = mirror.mirror_schedule(schedule_id=schedule_id, pagerduty=_client(), now=database_now())
    except IntegrationError as error:
        return f"kept the old mirror: {error}"
    return f"{changed} shifts changed"


@shared_task(name="shifts.render_schedules")
def render_schedules() -> str:
    """Renders what is kept here further ahead."""
    kept = rendering.kept_schedules()
    changed = sum(rendering.render_schedule(schedule_id=schedule_id) for schedule_id in kept)
    return f"{changed} shifts changed of {len(kept)} schedules"


@shared_task(name="shifts.look_at_tools")
def look_at_tools() -> str:
    """Asks whether the guide's tools can be reached. One worker at a time: many that hang outlast the time until the next look."""
    if not take_turn(TOOLS_TURN, seconds=TOOLS_SECONDS):
        return "under way"
    try:
        return f"{reach.look_at_tools()} reached"
    finally:
        give_turn_back(TOOLS_TURN)


@shared_task(name="shifts.tell_gaps")
def tell_gaps() -> str:
    """Tells the managers where nobody will be on call."""
    return f"{telling.tell_gaps(now=database_now())} notices"


def _client() -> ScheduleClient:
    return ScheduleClient(token=settings.PAGERDUTY_API_TOKEN, base_url=settings.PAGERDUTY_BASE_URL)
