"""Everybody's load: what was, what is coming, and how it stands to the mean."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from shifts.load import NIGHT_FROM, NIGHT_TO
from shifts.my_shifts import LOAD_FOR, loads


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The table."""
    context = {
        "loads": loads(database_now()),
        "days": LOAD_FOR.days,
        "night_from": NIGHT_FROM.strftime("%H:%M"),
        "night_to": NIGHT_TO.strftime("%H:%M"),
    }
    return render(request, "shifts/load.html", context)
