"""Middleware that belongs to no app."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url

type GetResponse = Callable[[HttpRequest], HttpResponseBase]


def refuse_nul_bytes(get_response: GetResponse) -> GetResponse:
    """Answers 400 where the URL carries a NUL, which Postgres cannot store or compare."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "")
        if "\x00" in request.path or "%00" in query or "\x00" in query:
            return HttpResponse("A character that no text can have was sent.\n", status=400, content_type="text/plain")
        return get_response(request)

    return middleware


def htmx_sign_in(get_response: GetResponse) -> GetResponse:
    """Turns a redirect to sign-in into a redirect of the whole page: a form must never land inside a fragment."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        location = response.headers.get("Location", "")
        if getattr(request, "htmx", False) and response.status_code == 302:
            login = resolve_url(settings.LOGIN_URL)
            if location.startswith(login):
                came_from = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
                target = redirect_to_login(came_from, login).url
                return HttpResponse(status=204, headers={"HX-Redirect": target})
        return response

    return middleware
