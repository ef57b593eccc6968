"""Error pages: what happened, what was kept, what to do next."""

import logging
import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.log import log_response
from django.utils.translation import gettext as _

from accounts.roles import open_to_anyone

logger = logging.getLogger(__name__)


@open_to_anyone
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django's signature
    """Without the exception's words: they are Django's own, for whoever runs the portal, and in the log."""
    return render(request, "400.html", status=400)


@open_to_anyone
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    response = render(request, "403.html", {"reason": str(exception)}, status=403)
    # Otherwise Django does, with a traceback, as if something had failed.
    log_response("Forbidden: %s", request.path, response=response, request=request)
    return response


@open_to_anyone
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django's signature
    return render(request, "404.html", status=404)


@open_to_anyone
def server_error(_request: HttpRequest) -> HttpResponse:
    """Rendered without request and frame, which may be what failed. A database that is away is no fault of the page's."""
    is_away = isinstance(sys.exception(), OperationalError)
    content = render_to_string("503.html" if is_away else "500.html")
    return HttpResponse(content, status=503 if is_away else 500)


@open_to_anyone
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    logger.warning("cross-site check failed: %s", reason)
    words = _(
        "The page was open for too long or came from elsewhere, so nothing was sent. Go back, reload, and try again."
    )
    return render(request, "403.html", {"reason": words}, status=403)
