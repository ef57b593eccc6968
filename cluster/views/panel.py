"""The cluster at a glance: a panel of the board, and a page of its own."""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.http import require_safe

from accounts.database_time import database_now
from accounts.roles import Role, requires
from cluster.selectors import AHEAD, RECENT, changes_around, cluster_panels, maintenance_ahead

#: Nothing in the panel depends on its reader, so that a thousand boards that ask at once are one rendering.
KEPT_SECONDS = 1


def _context() -> dict[str, Any]:
    """Four queries, whatever runs."""
    now = database_now()
    return {
        "panels": cluster_panels(now),
        "changes": changes_around(since=now - RECENT, until=now, most=10),
        "planned": list(maintenance_ahead(now).filter(occurred_at__lte=now + AHEAD)[:5]),
        "now": now,
    }


@requires(Role.VIEWER)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The page: the panel with what is not well, events and permissions."""
    return render(request, "cluster/cluster.html", {**_context(), "is_page": True})


@requires(Role.VIEWER)
@require_safe
def fragment(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # a view's signature
    """The board's panel."""
    key = f"cluster-panel:{translation.get_language()}"
    html = cache.get(key)
    if html is None:
        html = render_to_string("cluster/cluster.html#panel", _context())
        cache.set(key, html, KEPT_SECONDS)
    return HttpResponse(html)
