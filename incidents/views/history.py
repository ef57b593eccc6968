"""History: every incident there was, by words, severity, service and status, in keyset pages."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.roles import Role, requires
from incidents.alert_text import clean_text
from incidents.enums import Severity, Status
from incidents.keyset import Cursor, parse_cursor
from incidents.models import Incident, Service
from incidents.selectors import HistoryFilters, history

PAGE = 50


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """One page, newest first. A cursor that is none answers 400 in words."""
    filters = HistoryFilters(
        query=clean_text(request.GET.get("q", ""), limit=200),
        severity=request.GET.get("severity", ""),
        service=request.GET.get("service", "")[:255],
        status=request.GET.get("status", ""),
    )
    try:
        cursor = parse_cursor(request.GET.get("cursor", ""))
    except ValueError:
        return HttpResponseBadRequest(_("This link to a page of the history is broken. Start from the first page."))
    incidents, previous, following = _page(filters, cursor)
    context = {
        "incidents": incidents,
        "query": filters.query,
        "filters": filters,
        "services": Service.objects.all(),
        "severities": Severity.values,
        "statuses": Status.choices,
        "previous_cursor": previous,
        "next_cursor": following,
    }
    return render(request, "incidents/history.html", context)


def _page(filters: HistoryFilters, cursor: Cursor | None) -> tuple[list[Incident], str, str]:
    """The page's incidents and the cursors of its neighbours, "" where there is none."""
    incidents = history(filters)
    if cursor is not None:
        incidents = incidents.filter(cursor.condition)
        if cursor.is_backwards:
            incidents = incidents.order_by("triggered_at", "number")
    found = list(incidents[: PAGE + 1])
    has_more, found = len(found) > PAGE, found[:PAGE]
    is_backwards = cursor is not None and cursor.is_backwards
    if is_backwards:
        found.reverse()
    has_previous = has_more if is_backwards else cursor is not None
    has_next = is_backwards or has_more
    if not found:
        return [], "", ""
    previous = str(Cursor(True, found[0].triggered_at, found[0].number)) if has_previous else ""
    return found, previous, str(Cursor(False, found[-1].triggered_at, found[-1].number)) if has_next else ""
