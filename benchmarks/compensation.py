"""A month of 200 people, 20 schedules and 2,000 incidents, drafted."""

from typing import Any

from benchmarks._portal import ask, migrate, place, services
from benchmarks.measure import Measure, at_most, info

PEOPLE, SCHEDULES, INCIDENTS = 200, 20, 2_000
MOST_SECONDS = 10


def run() -> list[Measure]:
    """The first draft, which writes every line, and the next, which changes nothing; beside them one INSERT of as many lines."""
    with services() as given:
        portal = place(given, database_url=given.database("compensation"), valkey_database=1)
        migrate(portal)
        told: dict[str, Any] = ask(
            portal, "_compensation_side", *(str(count) for count in (PEOPLE, SCHEDULES, INCIDENTS))
        )
    first, second = told["first"], told["second"]
    if second["changed"] or first["changed"] != PEOPLE or not told["bonuses"]:
        raise RuntimeError(f"this is not what was meant: {told}")
    size = f"{PEOPLE} people, {told['shifts']} shifts, {INCIDENTS:,} incidents"
    return [
        at_most(f"{size}: a month drafted", first["seconds"], "s", MOST_SECONDS, reference=told["bare"]),
        info("the same, drafted again, which changes nothing", second["seconds"], "s", reference=told["bare"]),
        info("the same: queries of the first draft", first["queries"], ""),
        info("the same: lines", told["lines"], ""),
    ]
