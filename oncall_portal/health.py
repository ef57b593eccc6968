"""Is this installation able to do its work, and since when not: `/healthz` for machines, `/health/` for people."""

from dataclasses import replace
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from psycopg_pool import PoolTimeout

from accounts.database_time import database_now
from accounts.roles import Role, is_htmx, open_to_anyone, requires
from incidents.condition import Part, condition_of
from incidents.freshness import take_pulse


@open_to_anyone
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 when the database and Valkey answer, else 503.

    PagerDuty's freshness and the watch over the clocks are told but decide nothing: a web process that is taken out of
    service because another process is silent would only hide it.
    """
    parts: dict[str, Any] = {"database": _database(), "valkey": _valkey()}
    is_well = all(part["ok"] for part in parts.values())
    if parts["database"]["ok"]:
        pulse = take_pulse()
        state, watch = pulse.pagerduty, pulse.watch
        parts["pagerduty"] = {
            "ok": not state.is_stale,
            "configured": not state.is_off,
            "as_of": state.as_of.isoformat() if state.as_of else None,
        }
        parts["sla"] = {
            "ok": watch.trouble is None,
            "engine_at": watch.engine_at.isoformat() if watch.engine_at else None,
            "audited_at": watch.audited_at.isoformat() if watch.audited_at else None,
            "findings": watch.found,
        }
    return JsonResponse({"status": "ok" if is_well else "failing", **parts}, status=200 if is_well else 503)


@requires(Role.VIEWER)
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """The same for people: each part in words, and what the auditor found. With htmx the changing part alone."""
    pulse = take_pulse()
    condition = condition_of(pulse)
    answers = _valkey()["ok"]
    says = (
        _("It answers.") if answers else _("It does not answer: pages are not live, acts and polls wait. Clocks go on.")
    )
    valkey = Part("valkey", "Valkey", "well" if answers else "failing", says, at=pulse.now if answers else None)
    parts = [condition.parts[0], valkey, *condition.parts[1:]]
    context = {"pulse": pulse, "condition": replace(condition, parts=parts)}
    return render(request, "health.html#parts" if is_htmx(request) else "health.html", context)


def _database() -> dict[str, Any]:
    try:
        return {"ok": True, "now": database_now().isoformat()}
    except (DatabaseError, PoolTimeout) as error:
        return {"ok": False, "error": type(error).__name__}


def _valkey() -> dict[str, Any]:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
    except redis.RedisError as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True}
