"""What the demo's account has beyond that of every account: colleagues in Madrid, more schedules, and their troubles.

One of the colleagues is rung only after twenty minutes, one by e-mail alone; one schedule has a night without anybody,
nine days on; a night of the secondary is taken over three days on. In Madrid somebody takes over every morning.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from simulators.pagerduty.declaring import daily, declare_override, declare_schedule, layer
from simulators.pagerduty.declaring_people import contact, declare_policy, delay_high_urgency, rule, set_paging
from simulators.pagerduty.declaring_v3 import declare_schedule_v3, event
from simulators.pagerduty.directory import ACCOUNT_ZONE, COLLEAGUES, USERS
from simulators.pagerduty.world import World

_PAST = timedelta(weeks=8)
_MADRID = "Europe/Madrid"


def furnish(world: World) -> None:
    """Adds all of it, around the account's now. Once, in a new account."""
    now = world.clock.now()
    world.take_in([colleague.id for colleague in COLLEAGUES])
    delay_high_urgency(world, "PTOMAS1", 20)
    mail = contact("email", USERS["PNADIA1"].email)
    set_paging(world, "PNADIA1", [mail], [rule(mail), rule(mail, 0, "low")])
    _europe(world, now)
    _platform(world, now)
    _data(world, now)
    evening = _day(now, 3, 18)
    declare_override(world, world.schedules["PSCHSEC"], "PMGR001", evening, evening + timedelta(hours=15))


def _day(now: datetime, days: int, hour: int, zone: ZoneInfo = ACCOUNT_ZONE) -> datetime:
    """An hour of a local day, so many days from today."""
    return (now.astimezone(zone) + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)


def _europe(world: World, now: datetime) -> None:
    morning = _day(now, 0, 9, ZoneInfo(_MADRID)) - _PAST
    days = layer(["PMARTA1", "PTOMAS1"], morning, turn_days=1, name="Days")
    nights = layer(["PNADIA1"], morning, restrictions=[daily("22:00", 8)], name="Nights")
    declare_schedule(world, [days, nights], id_="PSCHMAD", name="chatops Europe", zone=_MADRID)
    declare_policy(world, [["PSCHMAD"], ["PADM001"]], id_="PEPEURO", name="chatops Europe on-call")


def _platform(world: World, now: datetime) -> None:
    start = _day(now, -1, 10) - _PAST
    weeks = event(["PADM001", "PMGR001"], start, start + timedelta(days=7), name="Weekly")
    release = _day(now, 5, 18)
    declare_schedule_v3(
        world,
        [[weeks]],
        id_="PSV3PLA",
        name="chatops platform",
        custom_shifts=[("PKENJI1", release, release + timedelta(hours=4))],
    )
    declare_policy(world, [["PSV3PLA"]], id_="PEPPLAT", name="chatops platform on-call")


def _data(world: World, now: datetime) -> None:
    start, end, again = _day(now, -2, 9) - _PAST, _day(now, 9, 18), _day(now, 10, 9)
    until_then = layer(["PTOMAS1", "PADM001"], start, end=end, name="Until the move")
    afterwards = layer(["PADM001", "PTOMAS1"], again, name="After the move")
    declare_schedule(world, [until_then, afterwards], id_="PSCHDAT", name="chatops data")
    declare_policy(world, [["PSCHDAT"], ["PMGR001"]], id_="PEPDATA", name="chatops data on-call", delay_minutes=15)
