"""Middleware that belongs to no app."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url

type GetResponse = Callable[[HttpRequest], HttpResponseBase]


def refuse_nul_bytes(get_response: GetResponse) -> GetResponse:
    """Answers 400 where the URL or a cookie carries a NUL, which Postgres cannot store or compare."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "")
        sent = (request.path, query, *request.COOKIES.values())
        if "%00" in query or any("\x00" in value for value in sent):
            return HttpResponse("A character that no text can have was sent.\n", status=400, content_type="text/plain")
        return get_response(request)

    return middleware


def refuse_other_charsets(get_response: GetResponse) -> GetResponse:
    """Answers 415 where a request says that it is in anything but UTF-8: Python's other codecs bring what no text can have."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if (request.content_params or {}).get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            return HttpResponse("Send it in UTF-8.\n", status=415, content_type="text/plain")
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
                target = redirect_to_login(_came_from(request), login).url
                return HttpResponse(status=204, headers={"HX-Redirect": target})
        return response

    return middleware


def _came_from(request: HttpRequest) -> str:
    """The page htmx says it is on, where that is one of ours."""
    try:
        return request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
    except ValueError:
        return "/"
