"""The board: what is burning, how long have I got, who has it."""

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import render
from django.utils import translation
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.roles import Role, requires
from accounts.views import signed_in
from incidents.enums import OPEN_STATUSES, Severity
from incidents.models import Incident
from incidents.rendering import Audience, render_rows
from incidents.selectors import (
    MOST_ROWS,
    BoardFilters,
    open_incidents,
    open_marks,
    strip_of,
)
from incidents.shell import Shell

#: A browser that missed much asks in portions.
MOST_ASKED = 100
#: Other pages name so many.
MOST_LISTED = 10


def audience_of(request: HttpRequest) -> Audience:
    """The audience a request belongs to."""
    can_act = signed_in(request).has_role(Role.RESPONDER)
    return Audience(can_act=can_act, language=translation.get_language() or "en")


def read_filters(query: QueryDict) -> BoardFilters:
    """The filters a URL asks for; what it asks for in vain is left out."""
    status = query.get("status", "")
    return BoardFilters(
        severity=[value for value in query.getlist("severity") if value in Severity.values],
        service=query.get("service", "")[:255],
        status=status if status in OPEN_STATUSES else "",
        mine=query.get("mine", "") == "1",
    )


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The whole board. The strip counts everything that is open, the rows obey the filters."""
    user = signed_in(request)
    shell = Shell(user)
    filters = read_filters(request.GET)
    marks = open_marks(open_incidents(), shell.server_now, me=user.pagerduty_id if filters.mine else None)
    shown = [mark for mark in marks if mark.passes(filters)]
    rows = render_rows(shown[:MOST_ROWS], audience=audience_of(request), now=shell.server_now)
    latest = None if marks else Incident.objects.select_related("service").order_by("-triggered_at", "-number").first()
    context = {
        "rows_html": SafeString("".join(rows.values())),
        "strip": strip_of(marks),
        "filters": {**asdict(filters), "query_string": request.GET.urlencode()},
        "services": sorted({mark.service for mark in marks} | ({filters.service} if filters.service else set())),
        "severities": Severity.values,
        "hidden_count": max(len(shown) - MOST_ROWS, 0),
        "recent": latest,
        "shell": shell,
    }
    return render(request, "incidents/board.html", context)


@requires(Role.VIEWER)
@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """The rows of the incidents asked for by `n`, whatever their status: what a browser lacks after reconnecting."""
    try:
        numbers = [int(value) for value in request.GET.getlist("n")]
    except ValueError:
        return HttpResponseBadRequest("n: a number was expected\n", content_type="text/plain")
    shell = Shell(signed_in(request))
    asked = Incident.objects.filter(number__in=numbers[:MOST_ASKED])
    marks = open_marks(asked, shell.server_now)
    rendered = render_rows(marks, audience=audience_of(request), now=shell.server_now)
    return HttpResponse("\n".join(rendered.values()))


@requires(Role.VIEWER)
@require_safe
def open_list(request: HttpRequest) -> HttpResponse:
    """What is open, in a few lines, for other pages to show."""
    shell = Shell(signed_in(request))
    marks = open_marks(open_incidents(), shell.server_now)
    numbers = [mark.number for mark in marks[:MOST_LISTED]]
    found = Incident.objects.select_related("service").in_bulk(numbers)
    context = {
        "incidents": [found[number] for number in numbers if number in found],
        "beyond": max(len(marks) - MOST_LISTED, 0),
    }
    return render(request, "incidents/open_list.html", context)
