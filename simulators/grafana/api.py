"""What Grafana answers: health, the search for dashboards, a rendered panel, and a page for people who follow a link.

Source: Grafana's «HTTP API» reference; the words of its refusals from its `pkg/services/contexthandler` and `pkg/api/render.go`.
"""

from __future__ import annotations

import base64
import html
import math
import time

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from simulators.grafana.picture import line_graph

#: The only token, known to everybody.
TOKEN = "glsa_demo_of_the_simulated_grafana_00000000"  # noqa: S105
SERVICES = ("chatops-gateway", "chatops-engine", "chatops-worker", "chatops-db", "chatops-db-proxy")
PANELS = {1: "Error rate", 2: "Latency, 95th percentile", 3: "CPU", 4: "Memory", 5: "Connections"}
LARGEST_SIDE = 3_000
VALUES = 120
VERSION = "12.2.1"


def routes() -> list[Route]:
    """The routes, relative to the root."""
    return [
        Route("/api/health", _health, methods=["GET"]),
        Route("/api/search", _search, methods=["GET"]),
        Route("/render/d-solo/{uid}/{slug}", _render, methods=["GET"]),
        Route("/d/{uid}", _page, methods=["GET"]),
        Route("/dashboards", _dashboards, methods=["GET"]),
    ]


async def _health(_: Request) -> JSONResponse:
    return JSONResponse({"database": "ok", "version": VERSION})


async def _search(request: Request) -> Response:
    if not _is_known(request):
        return refusal(401)
    wanted = request.query_params.get("query", "").lower()
    found = [name for name in SERVICES if wanted in name]
    rows = [{"uid": name, "title": name, "type": "dash-db", "url": f"/d/{name}/{name}", "tags": []} for name in found]
    return JSONResponse(rows[: int(request.query_params.get("limit", "1000"))])


async def _render(request: Request) -> Response:
    if not _is_known(request):
        return refusal(401)
    try:
        width, height = (
            int(request.query_params.get(name, usual)) for name, usual in (("width", 800), ("height", 400))
        )
        panel = int(request.query_params["panelId"])
        since, until = int(request.query_params["from"]) / 1000, int(request.query_params["to"]) / 1000
    except (KeyError, ValueError):
        return refusal(400, "Render parameters error")
    if request.path_params["uid"] not in SERVICES or panel not in PANELS:
        return refusal(404, "Dashboard not found")
    if not 0 < width <= LARGEST_SIDE or not 0 < height <= LARGEST_SIDE or since >= until:
        return refusal(400, "Render parameters error")
    service = request.query_params.get("var-service", request.path_params["uid"])
    return Response(_picture(service, panel, since, until, width, height), media_type="image/png")


async def _page(request: Request) -> Response:
    """The dashboard as a person sees it: anybody may look at the demo's."""
    uid = request.path_params["uid"]
    if uid not in SERVICES:
        return HTMLResponse("<!doctype html><title>Grafana</title><h1>Dashboard not found</h1>", 404)
    now = time.time()
    try:
        since = int(request.query_params.get("from", (now - 3600) * 1000)) / 1000
        until = int(request.query_params.get("to", now * 1000)) / 1000
    except ValueError:
        since, until = now - 3600, now
    figures = [
        f"<figure><figcaption>{html.escape(title)}</figcaption><img alt='' src='data:image/png;base64,"
        f"{base64.b64encode(_picture(uid, panel, since, until, 640, 220)).decode()}'></figure>"
        for panel, title in PANELS.items()
    ]
    head = f"<!doctype html><title>{uid} · simulated Grafana</title><h1>{uid}</h1>"
    return HTMLResponse(head + "".join(figures))


async def _dashboards(request: Request) -> Response:
    """The list that a link without a dashboard leads to."""
    wanted = request.query_params.get("query", "").lower()
    links = "".join(f"<li><a href='/d/{name}'>{name}</a>" for name in SERVICES if wanted in name)
    return HTMLResponse(
        f"<!doctype html><title>Dashboards · simulated Grafana</title><h1>Dashboards</h1><ul>{links}</ul>"
    )


def refusal(status: int, message: str = "") -> JSONResponse:
    """An error in Grafana's words."""
    words = {401: ("auth.unauthorized", "Unauthorized"), 403: ("accesscontrol.permission-denied", "Access denied")}
    message_id, usual = words.get(status, ("", "Rendering failed."))
    body = {"message": message or usual, **({"messageId": message_id, "statusCode": status} if message_id else {})}
    return JSONResponse(body, status_code=status)


def _is_known(request: Request) -> bool:
    return request.headers.get("authorization", "") == f"Bearer {TOKEN}"


def _picture(service: str, panel: int, since: float, until: float, width: int, height: int) -> bytes:
    """The same for the same minutes whenever it is asked for."""
    phase = sum(service.encode()) + 7 * panel
    instants = [since + (until - since) * share / (VALUES - 1) for share in range(VALUES)]
    values = [
        3 + math.sin(at / 97 + phase) + 0.7 * math.sin(at / 23 + phase) + 4 * max(0.0, math.sin(at / 1300 + phase)) ** 6
        for at in instants
    ]
    return line_graph(values, width=width, height=height, limit=6.0)
