"""Everybody's load: what was, what is coming, and how it stands to the mean.

It stands here since how often somebody was rung is incidents' knowledge, of which `shifts` has none.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from incidents.interruptions import rung, rung_known_since
from shifts.load import NIGHT_FROM, NIGHT_TO, ONE_INTERRUPTION
from shifts.loads import LOAD_FOR, loads, shifts_known_since


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The tables."""
    now = database_now()
    since = now - LOAD_FOR
    shifts_since, rung_since = shifts_known_since(), rung_known_since()
    context = {
        "loads": loads(now, rung=rung(since=since, until=now)),
        "days": LOAD_FOR.days,
        # Said where less is known than the title claims.
        "is_young": any(known is None or known > since for known in (shifts_since, rung_since)),
        "shifts_since": shifts_since and max(shifts_since, since),
        "rung_since": rung_since and max(rung_since, since),
        "night_from": NIGHT_FROM.strftime("%H:%M"),
        "night_to": NIGHT_TO.strftime("%H:%M"),
        "seconds": round(ONE_INTERRUPTION.total_seconds()),
    }
    return render(request, "incidents/load.html", context)
