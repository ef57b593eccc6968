"""`python -m benchmarks._preflight_side ROUNDS`: the server's looks at one person's preflight, again and again.

Run in the product's environment; prints, for each round, the seconds it took and the verdict of each item, as JSON.
"""

import json
import sys
import time
from datetime import timedelta

import django

django.setup()

from accounts.database_time import database_now  # noqa: E402
from accounts.models import Person  # noqa: E402
from shifts.enums import CheckSide, ScheduleSource  # noqa: E402
from shifts.models import Preflight, Schedule, Shift  # noqa: E402
from shifts.preflight_tasks import sources  # noqa: E402
from shifts.services.run_preflight import run_preflight  # noqa: E402


def make() -> Preflight:
    """A shift of the demo's responder that begins soon."""
    person, _is_new = Person.objects.get_or_create(pagerduty_id="PRESP01", defaults={"name": "Lin Yu-ting"})
    schedule = Schedule.objects.create(source=ScheduleSource.PORTAL, name="bench", time_zone="UTC")
    start_at = database_now() + timedelta(hours=3)
    shift = Shift.objects.create(
        schedule=schedule, person=person, start_at=start_at, end_at=start_at + timedelta(hours=12)
    )
    return Preflight.objects.create(shift=shift, person=person)


def look(preflight: Preflight) -> dict[str, object]:
    began = time.monotonic()
    run_preflight(preflight_id=preflight.pk, sources=sources())
    took = time.monotonic() - began
    newest = preflight.checks.filter(side=CheckSide.SERVER).order_by("item", "-pk").distinct("item")
    return {"seconds": took, "verdicts": dict(newest.values_list("item", "verdict"))}


if __name__ == "__main__":
    asked = make()
    print(json.dumps([look(asked) for _ in range(int(sys.argv[1]))]))
