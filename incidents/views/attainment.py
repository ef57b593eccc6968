"""SLA attainment: how many clocks were met, by what, and which ones they were."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from incidents.attainment import (
    MOST_MONTHS,
    Attained,
    AttainmentFilters,
    Month,
    attainment,
    clocks_of,
    matrix,
    usual_range,
    verdict_is,
    verdict_of,
)
from incidents.enums import ClockKind, Grouping, Severity, Verdict
from incidents.keyset import page_of, parse_cursor
from incidents.models import PolicyVersion, Service, SlaClock
from incidents.policies import latest_policy
from integrations.spreadsheet import BYTE_ORDER_MARK, cell
from integrations.text import clean_text

PAGE = 50
COLUMNS = (
    "incident", "severity", "service", "title", "clock", "cycle", "verdict", "started_at", "due_at", "stopped_at",
    "stopped_by", "late_seconds", "policy_version",
)  # fmt: skip


def read_filters(query: QueryDict, now: datetime, policy: PolicyVersion) -> AttainmentFilters:
    """What a URL asks for. What it asks for in vain is left out; months in the wrong order are turned round."""
    since, until = usual_range(now, policy)
    asked = [Month.parse(query.get(name, "")) for name in ("since", "until")]
    first, last = sorted((asked[0] or min(since, asked[1] or since), asked[1] or max(until, asked[0] or until)))
    severity, kind = query.get("severity", ""), query.get("kind", "")
    return AttainmentFilters(
        since=max(first, last.plus(1 - MOST_MONTHS)),
        until=last,
        severity=severity if severity in Severity.values else "",
        service=clean_text(query.get("service", ""), limit=255),
        kind=kind if kind in ClockKind.values else "",
    )


def _choice(query: QueryDict) -> Grouping:
    by = query.get("by", "")
    return Grouping(by) if by in Grouping.values else Grouping.SEVERITY


def _verdict(query: QueryDict) -> Verdict | None:
    verdict = query.get("verdict", "")
    return Verdict(verdict) if verdict in Verdict.values else None


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The numbers."""
    now, policy, by = database_now(), latest_policy(), _choice(request.GET)
    filters = read_filters(request.GET, now, policy)
    clocks = clocks_of(filters, policy)
    cells = matrix(clocks, now=now)
    total = sum(cells.values(), Attained(key=""))
    context = {
        "filters": filters,
        "by": by,
        "groupings": Grouping,
        "total": total,
        "rows": [
            {"group": group, "name": _name(by, group.key), "ask": _ask(by, group.key)}
            for group in attainment(clocks, by=by, policy=policy, now=now)
        ],
        "matrix": [
            (severity, [(kind, cells.get((severity, kind), Attained(key=""))) for kind in ClockKind])
            for severity in Severity
        ],
        "is_empty": not cells,
        "zone": policy.time_zone,
        **_choices(),
    }
    return render(request, "incidents/attainment.html", context)


def _choices() -> dict[str, Any]:
    return {"severities": Severity.values, "kinds": ClockKind.choices, "services": Service.objects.all()}


def _name(by: Grouping, key: str) -> str:
    return str(ClockKind(key).label) if by is Grouping.KIND else key


def _ask(by: Grouping, key: str) -> dict[str, str]:
    """What a link asks for to show the clocks of one group."""
    return {"since": key, "until": key} if by is Grouping.MONTH else {by.value: key}


@requires(Role.VIEWER)
@require_safe
def clocks(request: HttpRequest) -> HttpResponse:
    """The clocks behind a number, the latest first. A cursor that is none answers 400 in words."""
    now, policy = database_now(), latest_policy()
    filters, verdict = read_filters(request.GET, now, policy), _verdict(request.GET)
    try:
        cursor = parse_cursor(request.GET.get("cursor", ""))
    except ValueError:
        return HttpResponseBadRequest(_("This link to a page of the list is broken. Start from the first page."))
    found = clocks_of(filters, policy).select_related("incident__service")
    if verdict is not None:
        found = found.filter(verdict_is(verdict, now))
    page = page_of(found, cursor, at="started_at", number="pk", size=PAGE)
    context = {
        "filters": filters,
        "verdict": verdict,
        "verdicts": Verdict.choices,
        "clocks": [(clock, verdict_of(clock, now)) for clock in page.rows],
        "previous_cursor": page.previous,
        "next_cursor": page.following,
        "zone": policy.time_zone,
        **_choices(),
    }
    return render(request, "incidents/attainment_clocks.html", context)


@requires(Role.VIEWER)
@require_safe
def as_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The same clocks for a spreadsheet, a line each, as they are read. Instants are ISO 8601 in UTC."""
    now, policy = database_now(), latest_policy()
    filters, verdict = read_filters(request.GET, now, policy), _verdict(request.GET)
    found = clocks_of(filters, policy).select_related("incident__service", "policy").order_by("started_at", "pk")
    if verdict is not None:
        found = found.filter(verdict_is(verdict, now))
    name = f"sla-{filters.since}-{filters.until}.csv"
    return StreamingHttpResponse(
        _lines(found, now),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class _Echo:
    """What csv writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def _lines(found: Any, now: datetime) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + str(writer.writerow(COLUMNS))
    for clock in found.iterator(chunk_size=2_000):
        yield str(writer.writerow([cell(value) for value in _values(clock, now)]))


def _values(clock: SlaClock, now: datetime) -> list[object]:
    incident, verdict = clock.incident, verdict_of(clock, now)
    ended_at = clock.stopped_at or clock.closed_at or now
    late = max(round((ended_at - clock.due_at).total_seconds()), 0) if verdict is Verdict.MISSED else 0
    return [
        incident.number, incident.severity, incident.service.name, incident.title, clock.kind, clock.cycle,
        verdict.value, clock.started_at, clock.due_at, clock.stopped_at, clock.stopped_by, late, clock.policy.version,
    ]  # fmt: skip
