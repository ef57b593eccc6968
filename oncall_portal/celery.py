"""The Celery application: only work that may be repeated (polls, inbox, outbox); never a deadline."""

import os

from celery import Celery
from celery.signals import worker_ready

from accounts.live_channel import take_turn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oncall_portal.settings")

app = Celery("oncall_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="evidence_tasks")
app.autodiscover_tasks(related_name="handoff_tasks")
app.autodiscover_tasks(related_name="update_tasks")
app.autodiscover_tasks(related_name="mitigation_tasks")
app.autodiscover_tasks(related_name="preflight_tasks")
app.autodiscover_tasks(related_name="schedule_tasks")


@worker_ready.connect
def read_at_once(**_kwargs: object) -> None:
    """Beat waits one interval before its first tick; whoever opens the board at once wants it to be true."""
    # Of the workers that start together one asks.
    if not take_turn("read-at-once", seconds=5):
        return
    for task in ("shifts.mirror_on_call", "incidents.mirror_priorities", "incidents.poll_pagerduty"):
        app.send_task(task, queue="beat", expires=30)
    app.send_task("shifts.mirror_schedules", queue="cluster", expires=30)
