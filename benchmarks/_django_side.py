"""What a benchmark needs from inside the product: run in the product's environment, answers in JSON.

`sessions` makes the audiences' people and signs them in; `queries` counts the queries of pages and says how the
database goes about them.
"""

import json
import sys
from itertools import product
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.roles import Role  # noqa: E402
from incidents.keyset import Cursor  # noqa: E402
from incidents.models import Incident  # noqa: E402

AUDIENCES = [(Role.RESPONDER, "en"), (Role.VIEWER, "en"), (Role.RESPONDER, "zh-hant"), (Role.VIEWER, "zh-hant")]


#: Nobody has more than a few streams; a thousand are of many people.
PEOPLE_OF_AN_AUDIENCE = 10


def sessions() -> list[str]:
    """Signed-in sessions of several people of each audience, in turn; the Cookie headers that carry them."""
    cookies = []
    for number, (role, language) in product(range(PEOPLE_OF_AN_AUDIENCE), AUDIENCES):
        user = User.objects.create_user(f"{role}-{language}-{number}", role=role, language=language)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
    return cookies


def queries(cookie: str, paths: list[str]) -> list[dict[str, Any]]:
    """For each path: how many queries the second request made (the first may fill the row cache, and is told as
    `cold`), session and user included, and the large tables that a query reads from end to end."""
    client = Client(headers={"cookie": cookie})
    reports = []
    for path in paths:
        with CaptureQueriesContext(connection) as cold:
            _get(client, path)
        with CaptureQueriesContext(connection) as warm:
            _get(client, path)
        scanned = sorted({table for query in cold.captured_queries for table in _scanned(query["sql"])})
        reports.append({"path": path, "cold": len(cold), "warm": len(warm), "scanned": scanned})
    return reports


def _get(client: Client, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")


def _scanned(statement: str) -> set[str]:
    """The tables of more than 5,000 rows that the plan reads sequentially."""
    if not statement.startswith("SELECT"):
        return set()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        (plan,) = cursor.fetchone()
    return {node["Relation Name"] for node in _nodes(plan[0]["Plan"]) if _is_large_scan(node)}


def _is_large_scan(node: dict[str, Any]) -> bool:
    if node["Node Type"] != "Seq Scan":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [node["Relation Name"]])
        (rows,) = cursor.fetchone()
    return bool(rows > 5_000)


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in _nodes(part))]


def cursor_at(offset: int) -> str:
    """History's cursor after so many rows."""
    row = Incident.objects.order_by("-triggered_at", "-number")[offset]
    return str(Cursor(False, row.triggered_at, row.number))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["sessions"]:
            answer: object = sessions()
        case ["queries", cookie, *paths]:
            answer = queries(cookie, paths)
        case ["cursor", offset]:
            answer = cursor_at(int(offset))
        case _:
            raise SystemExit(__doc__)
    print(json.dumps(answer))
