"""Making, editing and closing a schedule that is kept here."""

import zoneinfo
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.database_time import database_now
from accounts.models import Person
from accounts.roles import Role, requires
from accounts.views import signed_in
from shifts.calendar import Stretch, holes_in
from shifts.enums import ScheduleSource
from shifts.models import Schedule
from shifts.refusals import CannotChange
from shifts.rotation import turns_of
from shifts.schedule_forms import Draft, blank_layer, rearranged, sent, stored, unsent
from shifts.schedule_panel import layers_of
from shifts.services.known_people import known_people
from shifts.services.store_schedule import Plan, close_schedule, create_schedule, edit_schedule

PREVIEWED = timedelta(weeks=4)
#: A preview longer than this says nothing more.
MOST_TURNS = 150


@dataclass(frozen=True)
class Turn:
    """One line of a preview; `name` is "" where nobody would have it."""

    start: datetime
    end: datetime
    name: str
    person_id: int = 0


@requires(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """An empty form with one layer; else as `edit`."""
    return _answer(request, None)


@requires(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """The form. `do` says what was pressed: save, preview, or something that rearranges the form and stores nothing.

    422 with the reasons, 409 with theirs beside; what was typed stays.
    """
    return _answer(request, get_object_or_404(Schedule, pk=schedule_id, source=ScheduleSource.PORTAL, gone_at=None))


@requires(Role.MANAGER)
@require_POST
def close(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """Ends a schedule, once somebody said that they are sure."""
    if not request.POST.get("sure"):
        messages.warning(request, _("Nothing was closed: tick that you are sure."))
        return redirect("shifts:edit_schedule", schedule_id)
    try:
        schedule = close_schedule(actor=signed_in(request), schedule_id=schedule_id)
    except Schedule.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("Closed. Nobody has a shift on it any more; what was is kept."))
    return redirect("shifts:schedule", schedule.pk)


def _answer(request: HttpRequest, schedule: Schedule | None) -> HttpResponse:
    today = timezone.localdate(database_now())
    layers = list(schedule.layers.prefetch_related("places__person")) if schedule else []
    known = known_people()
    kept = [place.person for layer in layers for place in layer.places.all()]
    if request.method != "POST":
        own = {"time_zone": timezone.get_current_timezone_name()}
        empty = unsent(own, [blank_layer(today)], known=known)
        return _page(request, stored(schedule, layers, known=known, kept=kept) if schedule else empty, schedule)
    act = request.POST.get("do", "preview")
    if act not in ("save", "preview"):
        return _page(request, rearranged(request.POST, act, today, known=known, kept=kept), schedule)
    draft = sent(request.POST, known=known, kept=kept)
    if not draft.is_valid():
        return _page(request, draft, schedule, status=422)
    plan = draft.plan()
    if act == "preview":
        return _page(request, draft, schedule, preview=_preview(plan, known))
    try:
        saved = _store(request, schedule, draft, plan)
    except CannotChange as refusal:
        if schedule is None or refusal.reason != "edited_meanwhile":
            return _page(request, draft, schedule, refusal=refusal.text, status=422)
        schedule.refresh_from_db()
        again = request.POST.copy()
        again["version"] = str(schedule.version)
        return _page(request, sent(again, known=known, kept=kept), schedule, theirs=True, status=409)
    messages.success(request, _("Stored; the calendar shows it."))
    return redirect("shifts:schedule", saved.pk)


def _store(request: HttpRequest, schedule: Schedule | None, draft: Draft, plan: Plan) -> Schedule:
    if schedule is None:
        return create_schedule(actor=signed_in(request), key=draft.own.cleaned_data["key"], plan=plan)
    version = draft.own.cleaned_data["version"] or 0
    return edit_schedule(actor=signed_in(request), schedule_id=schedule.pk, expected_version=version, plan=plan)


def _preview(plan: Plan, people: list[Person]) -> list[Turn]:
    """Whose turn it would be in the next four weeks, and where nobody's."""
    now = database_now()
    window = Stretch(now, now + PREVIEWED)
    names = {each.pk: each.name for each in people}
    zone = zoneinfo.ZoneInfo(plan.time_zone)
    wanted = turns_of([rotation for _name, rotation in plan.layers], [], zone, window.start, window.end)
    turns = [Turn(each.start, each.end, names[each.person], each.person) for each in wanted]
    holes = holes_in(((each.start, each.end) for each in wanted), window)
    turns += [Turn(hole.start, hole.end, "") for hole in holes]
    return sorted(turns, key=lambda each: each.start)


def _page(
    request: HttpRequest,
    draft: Draft,
    schedule: Schedule | None,
    *,
    preview: list[Turn] | None = None,
    refusal: str = "",
    theirs: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "schedule": schedule,
        "draft": draft,
        "zones": sorted(zoneinfo.available_timezones()),
        "is_previewed": preview is not None,
        "preview": (preview or [])[:MOST_TURNS],
        "is_cut": len(preview or []) > MOST_TURNS,
        "refusal": refusal,
        "their_layers": layers_of(schedule) if theirs and schedule else [],
    }
    return render(request, "shifts/edit_schedule.html", context, status=status)
