"""The calendar of all shifts, by month or week, in the reader's zone."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from accounts.views import signed_in
from shifts.calendar import calendar_of, schedules_and_now
from shifts.days import WEEK, week_of, weeks_of_month
from shifts.models import Schedule

#: Years that any calendar here can be asked for: further away there is nothing, and every instant of them is one in all zones.
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class Asked:
    """What the address asks for. `complaints` are sentences about what it asks for and cannot be."""

    view: str
    on: date
    schedule: Schedule | None
    complaints: list[str]

    def address(self, *, on: date | None = None, view: str = "") -> str:
        """The query of the same calendar at another time or by another view."""
        query = {"view": view or self.view, "on": (on or self.on).isoformat()}
        if self.schedule is not None:
            query["schedule"] = str(self.schedule.pk)
        return "?" + urlencode(query)

    @property
    def before(self) -> date:
        if self.view == "week":
            return self.on - timedelta(days=WEEK)
        return (self.on.replace(day=1) - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        if self.view == "week":
            return self.on + timedelta(days=WEEK)
        return self.on.replace(day=1) + timedelta(days=monthrange(self.on.year, self.on.month)[1])


def _asked(request: HttpRequest, schedules: list[Schedule], today: date) -> Asked:
    view, complaints = request.GET.get("view", ""), []
    if view not in ("", "month", "week"):
        complaints.append(_("There is a calendar by month and one by week; this is the month."))
    on, text = today, request.GET.get("on", "")
    if text:
        try:
            on = date.fromisoformat(text)
        except ValueError:
            complaints.append(_("“%(text)s” is no date such as 2026-03-29; this is today.") % {"text": text[:20]})
        if not FIRST_YEAR < on.year < LAST_YEAR:
            complaints.append(_("There is nothing in the year %(year)s; this is today.") % {"year": on.year})
            on = today
    wanted = request.GET.get("schedule", "")
    schedule = next((each for each in schedules if str(each.pk) == wanted), None)
    if wanted and schedule is None:
        complaints.append(_("There is no such schedule; these are all."))
    return Asked("week" if view == "week" else "month", on, schedule, complaints)


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Month or week; `?view=`, `?on=` and `?schedule=` say which."""
    schedules, read_at = schedules_and_now()
    now, zone = read_at or database_now(), timezone.get_current_timezone()
    today = now.astimezone(zone).date()
    asked = _asked(request, schedules, today)
    weeks = [week_of(asked.on, zone)] if asked.view == "week" else weeks_of_month(asked.on, zone)
    user = signed_in(request)
    context = {
        "asked": asked,
        "today": today,
        "calendar": calendar_of(
            weeks,
            schedules=[asked.schedule] if asked.schedule else schedules,
            now=now,
            me=user.person_key,
            today=today,
        ),
        "all_schedules": schedules,
        "links": {
            "before": asked.address(on=asked.before),
            "today": asked.address(on=today),
            "after": asked.address(on=asked.after),
            "month": asked.address(view="month"),
            "week": asked.address(view="week"),
        },
        "last_day": weeks[-1][-1].on,
        "first_day": weeks[0][0].on,
        "can_override": user.has_role(Role.RESPONDER),
    }
    return render(request, "shifts/calendar.html", context)
