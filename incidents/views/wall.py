"""The SLA wall: every running clock, soonest first, for a screen on the wall."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import Role, requires
from accounts.views import signed_in
from incidents.shell import Shell
from incidents.wall import attained_today, wall_at


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The wall as it is now; its stream keeps it so."""
    user = signed_in(request)
    shell = Shell(user)
    now = shell.server_now
    context = {"shell": shell, "wall": wall_at(now), "today": attained_today(now, ZoneInfo(user.time_zone))}
    return render(request, "incidents/wall.html", context)
