"""Schedules: all of them, and one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from accounts.views import signed_in
from shifts.calendar import schedules_and_now
from shifts.gaps import AHEAD
from shifts.models import Schedule
from shifts.schedule_panel import lines_of, panel_of


@requires(Role.VIEWER)
@require_safe
def show_all(request: HttpRequest) -> HttpResponse:
    """Every schedule: where it lives, who has it, where nobody does."""
    schedules, now = schedules_and_now()
    lines = lines_of(schedules, now) if now else []
    context = {
        "lines": [each for each in lines if each.schedule.gone_at is None],
        "gone": [each.schedule for each in lines if each.schedule.gone_at is not None],
        "can_edit": signed_in(request).has_role(Role.MANAGER),
        "days": AHEAD.days,
    }
    return render(request, "shifts/schedules.html", context)


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """One schedule: its next days, its layers, who stands in, which policies name it."""
    schedule = get_object_or_404(Schedule, pk=schedule_id)
    user = signed_in(request)
    context = {
        "schedule": schedule,
        "panel": panel_of(schedule, database_now()),
        "can_edit": user.has_role(Role.MANAGER) and schedule.is_kept_here and schedule.gone_at is None,
        "can_override": user.has_role(Role.RESPONDER) and schedule.gone_at is None,
        "days": AHEAD.days,
    }
    return render(request, "shifts/schedule.html", context)
