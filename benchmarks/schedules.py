"""Mirroring 50 schedules, 90 days ahead."""

from typing import Any

from benchmarks._portal import ask, migrate, place, services
from benchmarks.measure import Measure, at_most, info
from simulators.pagerduty.testing import running_simulator

SCHEDULES = 50
MOST_REQUESTS = 60
ZONES = ("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland", "Asia/Taipei")


def run() -> list[Measure]:
    """The first look, which stores everything, and the next, which changes nothing; beside them the bare requests."""
    with services() as given, running_simulator() as pagerduty:
        pagerduty.declare_schedules(SCHEDULES - len(pagerduty.world.schedules), zones=ZONES, overrides=6, seed=1)
        account = {"PAGERDUTY_BASE_URL": pagerduty.url, "PAGERDUTY_API_TOKEN": pagerduty.token}
        portal = place(given, database_url=given.database("schedules"), valkey_database=1, **account)
        migrate(portal)
        told: dict[str, Any] = ask(portal, "_schedules_side")
    first, second = told["first"], told["second"]
    if second["changed"] or not first["changed"]:
        raise RuntimeError(f"this is not what was meant: {told}")
    return [
        at_most(f"{SCHEDULES} schedules, 90 days: requests", first["requests"], "", MOST_REQUESTS),
        info("the same: first look", first["seconds"], "s", reference=told["bare"]),
        info("the same: the next look, which changes nothing", second["seconds"], "s", reference=told["bare"]),
        info("the same: shifts", told["shifts"], ""),
    ]
