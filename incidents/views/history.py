"""History: every incident there was, by words, severity, service and status, in keyset pages."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.roles import Role, requires
from incidents.enums import Severity, Status
from incidents.keyset import page_of, parse_cursor
from incidents.models import Service
from incidents.selectors import HistoryFilters, history
from integrations.text import clean_text

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
    page = page_of(history(filters), cursor, at="triggered_at", number="number", size=PAGE)
    context = {
        "incidents": page.rows,
        "query": filters.query,
        "filters": filters,
        "services": Service.objects.all(),
        "severities": Severity.values,
        "statuses": Status.choices,
        "previous_cursor": page.previous,
        "next_cursor": page.following,
    }
    return render(request, "incidents/history.html", context)
