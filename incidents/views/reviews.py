"""The list of reviews: overdue, due, what is still to be done, what was learned; and one as a file."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from incidents.calendars import BusinessCalendar
from incidents.models import Incident
from incidents.policies import policy_in_force
from incidents.review.exports import SHAPES, file_name
from incidents.review_facts import document_for
from incidents.reviews import finished_reviews, is_reviewable, open_follow_ups, review_of, waiting_at, when_due
from integrations.text import clean_text

PER_PAGE = 25


@dataclass(frozen=True)
class WaitingRow:
    """An incident whose review is not finished, and until when that was due."""

    incident: Incident
    due_at: datetime | None

    @property
    def names(self) -> str:
        """Who took part in its last cycle."""
        return ", ".join(each["name"] for each in self.incident.engaged)


@requires(Role.VIEWER)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All four; each has pages of its own. `?words=` searches the finished ones."""
    now = database_now()
    calendar = policy_in_force(now).policy.calendar
    words = clean_text(request.GET.get("words", ""), limit=200).strip()
    waiting = waiting_at(now, calendar)
    overdue, due = (_page(request, name, rows) for name, rows in (("overdue", waiting.overdue), ("due", waiting.due)))
    today: date = now.astimezone(calendar.zone).date()
    context = {
        "now": now,
        "today": today,
        "words": words,
        "overdue": overdue,
        "overdue_rows": _rows(overdue, calendar),
        "due": due,
        "due_rows": _rows(due, calendar),
        "follow_ups": _page(request, "follow_ups", open_follow_ups()),
        "finished": _page(request, "finished", finished_reviews(words)),
    }
    return render(request, "incidents/reviews.html", context)


@requires(Role.VIEWER)
@require_safe
def export(_request: HttpRequest, number: int, shape: str) -> HttpResponse:
    """The document as a file, finished or not: it says which."""
    incident = get_object_or_404(Incident.objects.select_related("service"), pk=number)
    review = review_of(number)
    if shape not in SHAPES or not is_reviewable(incident, review):
        raise Http404
    document, chosen = document_for(incident, review), SHAPES[shape]
    file = HttpResponse(chosen.render(document), content_type=chosen.content_type)
    file["Content-Disposition"] = f'attachment; filename="{file_name(document)}.{shape}"'
    return file


def _page(request: HttpRequest, name: str, rows: QuerySet[Any]) -> Page[Any]:
    return Paginator(rows, PER_PAGE).get_page(request.GET.get(name))


def _rows(page: Page[Incident], calendar: BusinessCalendar) -> list[WaitingRow]:
    return [WaitingRow(incident, when_due(incident, calendar)) for incident in page.object_list]
