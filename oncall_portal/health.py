"""`/healthz`: is this installation able to do its work, and since when not."""

from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from psycopg_pool import PoolTimeout

from accounts.database_time import database_now
from accounts.roles import open_to_anyone
from incidents.selectors import heard_of_pagerduty


@open_to_anyone
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 when the database and Valkey answer, else 503; PagerDuty's freshness is told but decides nothing."""
    parts: dict[str, Any] = {"database": _database(), "valkey": _valkey()}
    is_well = all(part["ok"] for part in parts.values())
    if parts["database"]["ok"]:
        _now, state = heard_of_pagerduty()
        parts["pagerduty"] = {
            "ok": not state.is_stale,
            "configured": not state.is_off,
            "as_of": state.as_of.isoformat() if state.as_of else None,
        }
    return JsonResponse({"status": "ok" if is_well else "failing", **parts}, status=200 if is_well else 503)


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
