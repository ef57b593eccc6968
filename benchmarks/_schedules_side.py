"""`python -m benchmarks._schedules_side`: mirrors every schedule twice, then asks for the same by hand.

Run in the product's environment; prints seconds, requests and changed shifts of each look, and the bare requests' seconds, as JSON.
"""

import json
import os
import time
from datetime import timedelta

import django

django.setup()

import requests  # noqa: E402

from accounts.database_time import database_now  # noqa: E402
from integrations.pagerduty.schedules import ScheduleClient  # noqa: E402
from shifts.models import Schedule, Shift  # noqa: E402
from shifts.services.mirror_schedules import mirror_schedules  # noqa: E402
from shifts.services.store_shifts import AHEAD  # noqa: E402

TOKEN, URL = os.environ["PAGERDUTY_API_TOKEN"], os.environ["PAGERDUTY_BASE_URL"]


def look() -> dict[str, float]:
    client, began = ScheduleClient(token=TOKEN, base_url=URL), time.monotonic()
    changed = mirror_schedules(pagerduty=client, now=database_now())
    return {"seconds": time.monotonic() - began, "requests": client.calls, "changed": changed}


def bare() -> float:
    """The renderings of the same schedules, read as JSON and forgotten."""
    began, now = time.monotonic(), database_now()
    window = {"since": now.isoformat(), "until": (now + AHEAD).isoformat(), "time_zone": "UTC", "overflow": "true"}
    with requests.Session() as session:
        session.headers["Authorization"] = f"Token token={TOKEN}"
        for schedule in Schedule.objects.filter(source="pagerduty"):
            answer = session.get(f"{URL}/schedules/{schedule.pagerduty_id}", params=window, timeout=10)
            answer.raise_for_status()
            answer.json()
    return time.monotonic() - began


if __name__ == "__main__":
    first, second = look(), look()
    known = Shift.objects.filter(end_at__lt=database_now() + AHEAD - timedelta(days=1)).count()
    print(json.dumps({"first": first, "second": second, "bare": bare(), "shifts": known}))
