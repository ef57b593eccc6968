"""What concerns the reader: their shifts, what is asked of them, what they were told, their feeds and reminders."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from accounts.views import signed_in
from shifts.forms import FeedForm, ReminderForm
from shifts.models import CalendarFeed, ReminderChoice, Schedule
from shifts.my_shifts import covers_for, covers_of, notices_of, shifts_of
from shifts.notice_words import notice_words
from shifts.services.choose_reminders import choose_reminders, mark_seen
from shifts.services.make_feed import make_feed, revoke_feed
from shifts.services.remind import DEFAULT_HOURS

MOST_SHIFTS, MOST_NOTICES, ON_THIS_PAGE = 12, 200, 5
#: What is older calls for nobody: it is counted, and stands in the list.
FRESH_FOR = timedelta(hours=1)


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    return _page(request)


def _page(
    request: HttpRequest, *, token: str = "", feed_form: FeedForm | None = None, status: int = 200
) -> HttpResponse:
    user, now = signed_in(request), database_now()
    shifts = list(shifts_of(user.person_key, since=now)[:MOST_SHIFTS])
    choice = ReminderChoice.objects.filter(user=user).first()
    reminders = {
        "hours_before": choice.hours_before if choice else list(DEFAULT_HOURS),
        "in_browser": choice.in_browser if choice else True,
        "in_slack": choice.in_slack if choice else False,
    }
    context: dict[str, Any] = {
        "now": now,
        "running": [each for each in shifts if each.start_at <= now],
        "ahead": [each for each in shifts if each.start_at > now],
        "asked_of_me": covers_for(user, now),
        "asked_by_me": covers_of(user, now),
        "notices": list(notices_of(user.person_key)[:ON_THIS_PAGE]),
        "feeds": list(CalendarFeed.objects.filter(user=user, revoked_at=None).select_related("schedule")),
        "feed_form": feed_form or FeedForm(schedules=Schedule.objects.filter(gone_at=None)),
        "feed_address": request.build_absolute_uri(reverse("shifts:feed_calendar", args=[token])) if token else "",
        "reminder_form": ReminderForm(initial=reminders),
        "can_act": user.has_role(Role.RESPONDER),
    }
    return render(request, "shifts/mine.html", context, status=status)


@requires(Role.VIEWER)
@require_POST
def remind(request: HttpRequest) -> HttpResponse:
    """Stores how the reader wants to be reminded."""
    form = ReminderForm(request.POST)
    if form.is_valid():
        choose_reminders(user=signed_in(request), **form.cleaned_data)
        messages.success(request, _("Stored."))
    else:
        messages.warning(request, _("There is no such reminder; nothing was stored."))
    return redirect("shifts:mine")


@requires(Role.VIEWER)
@require_http_methods(["GET", "HEAD", "POST"])
def add_feed(request: HttpRequest) -> HttpResponse:
    """Makes a feed. Its address is in this one answer and nowhere else; whoever comes back here is sent to the page."""
    if request.method != "POST":
        return redirect("shifts:mine")
    form = FeedForm(request.POST, schedules=Schedule.objects.filter(gone_at=None))
    if not form.is_valid():
        return _page(request, feed_form=form, status=422)
    _feed, token = make_feed(user=signed_in(request), schedule_id=form.cleaned_data["schedule"])
    return _page(request, token=token)


@requires(Role.VIEWER)
@require_POST
def drop_feed(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Revokes one of the reader's feeds."""
    try:
        is_done = revoke_feed(user=signed_in(request), feed_id=feed_id)
    except CalendarFeed.DoesNotExist as error:
        raise Http404 from error
    if is_done:
        messages.success(request, _("Revoked. Whoever has its address reads nothing any more."))
    else:
        messages.info(request, _("It was revoked already; nothing was changed."))
    return redirect("shifts:mine")


@requires(Role.VIEWER)
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Everything the reader was told, the newest first."""
    found = list(notices_of(signed_in(request).person_key)[:MOST_NOTICES])
    context = {
        "notices": found,
        "is_cut": len(found) == MOST_NOTICES,
        "newest": found[0].pk if found else 0,
        "has_unseen": any(each.seen_at is None for each in found),
    }
    return render(request, "shifts/notices.html", context)


@requires(Role.VIEWER)
@require_safe
def unseen_notices(request: HttpRequest) -> JsonResponse:
    """What the header's bell shows: how many are unseen, and which of them came so lately that a page may call for them."""
    unseen = notices_of(signed_in(request).person_key).filter(seen_at=None)
    zone = timezone.get_current_timezone()
    fresh = [
        {"id": each.pk, "title": each.get_kind_display(), "text": notice_words(each.kind, each.data, zone)}
        for each in unseen.filter(created_at__gt=Now() - FRESH_FOR)[:ON_THIS_PAGE]
    ]
    return JsonResponse({"count": unseen.count(), "fresh": fresh})


@requires(Role.VIEWER)
@require_POST
def see_notices(request: HttpRequest) -> HttpResponse:
    """Marks them as seen, up to the newest that the page showed."""
    newest = request.POST.get("newest", "")
    if newest.isdecimal() and len(newest) < 19:  # a bigint
        mark_seen(user=signed_in(request), up_to=int(newest))
    return redirect("shifts:notices")
