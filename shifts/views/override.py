"""Putting somebody on call for a while."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import Person, User
from accounts.roles import Role, requires
from accounts.services.note_people import person_of
from accounts.views import signed_in
from shifts.forms import OverrideForm, typed
from shifts.models import Schedule
from shifts.refusals import CannotChange
from shifts.services.known_people import known_people
from shifts.services.request_override import request_override


@requires(Role.RESPONDER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """The form, filled from `?schedule=`, `?start=`, `?end=`; 422 with the reasons, and what was typed stays."""
    user = signed_in(request)
    schedules, people = list(Schedule.objects.filter(gone_at=None)), _people(user)
    if request.method != "POST":
        initial = {
            "schedule": request.GET.get("schedule", ""),
            "person": person_of(user).pk,
            **{name: _typed(request.GET.get(asked, "")) for name, asked in (("start_at", "start"), ("end_at", "end"))},
        }
        return _page(request, OverrideForm(initial=initial, schedules=schedules, people=people))
    form = OverrideForm(request.POST, schedules=schedules, people=people)
    if not form.is_valid():
        return _page(request, form, status=422)
    sent = dict(form.cleaned_data)
    schedule_id, person_id = sent.pop("schedule"), sent.pop("person")
    try:
        override, is_new = request_override(actor=user, schedule_id=schedule_id, person_id=person_id, **sent)
    except CannotChange as refusal:
        return _page(request, form, refusal=refusal.text, status=422)
    except Schedule.DoesNotExist as error:
        raise Http404 from error
    if not is_new:
        messages.info(request, _("That stands already, so nothing more was sent."))
    elif override.schedule.is_kept_here:
        messages.success(request, _("Stored; the calendar shows it."))
    else:
        messages.success(
            request, _("It is on its way to PagerDuty; the calendar shows it as soon as PagerDuty has it.")
        )
    day = typed(override.start_at)[:10]
    return redirect(f"{reverse('shifts:calendar')}?view=week&on={day}&schedule={override.schedule_id}")


def _people(user: User) -> list[Person]:
    return known_people() if user.has_role(Role.MANAGER) else [person_of(user)]


def _typed(text: str) -> str:
    """An instant of an address as the form shows it; "" for what is none."""
    try:
        at: datetime | None = parse_datetime(text)
        return typed(at) if at is not None and at.tzinfo is not None else ""
    except (ValueError, OverflowError):
        return ""


def _page(request: HttpRequest, form: OverrideForm, *, refusal: str = "", status: int = 200) -> HttpResponse:
    return render(request, "shifts/override.html", {"form": form, "refusal": refusal}, status=status)
