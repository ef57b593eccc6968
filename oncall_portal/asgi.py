"""One port, three parts: `/live/` as ASGI, static files, and Django's pages through WSGI in threads.

Synchronous views through WSGI in the same process answer about four times as many requests as Django's own ASGI handler
does (docs/architecture.md has the figures).
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any, cast

# Apps must be loaded before anything that has models is imported, hence the order below.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oncall_portal.settings")

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi_typing import WSGIApp
from django.core.wsgi import get_wsgi_application

wsgi = WSGIMiddleware(cast("WSGIApp", get_wsgi_application()), workers=8)

from django.conf import settings  # noqa: E402
from django.contrib.staticfiles.finders import get_finders  # noqa: E402
from servestatic import ServeStaticASGI  # noqa: E402

from oncall_portal.bodies import WholeBody  # noqa: E402
from oncall_portal.live_app import LiveApp  # noqa: E402


def static_folders() -> set[str]:
    """The collected static files where there are some (a container), else the folders they would be collected from."""
    if settings.STATIC_ROOT.exists():
        return {str(settings.STATIC_ROOT)}
    return {str(storage.location) for finder in get_finders() for _path, storage in finder.list([])}


live = LiveApp()
pages = WholeBody(wsgi, longest=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
static = ServeStaticASGI(pages, autorefresh=settings.DEBUG, allow_all_origins=False)
for folder in sorted(static_folders()):
    static.add_files(folder, prefix=settings.STATIC_URL)


async def application(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Sends a request where it belongs. WebSockets and lifespan are not spoken here."""
    if scope["type"] != "http":
        return
    if scope["path"].startswith("/live/"):
        await live(scope, receive, send)
    else:
        await static(scope, receive, send)
