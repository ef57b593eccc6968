"""Every request: the declared role is enforced, and the person's language and time zone apply."""

import zoneinfo
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role, declared_role


class DeclaredRoleMiddleware(LoginRequiredMiddleware):
    """Default deny: a view that declares no role answers 403 to everybody; the others need sign-in and their role."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., Any],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        try:
            role = declared_role(view_func)
        except LookupError as error:
            raise PermissionDenied(_("This page declares no role, so nobody may open it.")) from error
        redirect: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        if redirect is not None or role is None:
            return redirect
        user = cast(User, request.user)
        if not user.has_role(role):
            raise PermissionDenied(
                _("This needs the role “%(needed)s”; you are “%(yours)s”. Ask an admin if you should have it.")
                % {"needed": role.label, "yours": Role(user.role).label}
            )
        return None

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        """To sign-in, and from there back: for a form to the page it stands on, since many of their addresses answer no GET."""
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        return redirect_to_login(
            _page_of_form(request), self.get_login_url(view_func), self.get_redirect_field_name(view_func)
        )


def _page_of_form(request: HttpRequest) -> str:
    """The page that the browser says it sent from, where that is one of ours."""
    try:
        sent_from = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    if sent_from.netloc != request.get_host():
        return "/"
    return urlunsplit(("", "", sent_from.path or "/", sent_from.query, ""))


class PreferencesMiddleware:
    """Activates the signed-in person's language and zone, else what the browser asks for and UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if isinstance(user, User):
            language = user.language
            zone = zoneinfo.ZoneInfo(user.time_zone)
        else:
            language = translation.get_language_from_request(request)
            zone = zoneinfo.ZoneInfo("UTC")
        with translation.override(language), timezone.override(zone):
            response = self.get_response(request)
            if isinstance(user, User):
                # What a signed-in person saw is not for whoever presses «back» after them, nor for a proxy.
                response.headers.setdefault("Cache-Control", "private, no-store")
            response.headers.setdefault("Content-Language", translation.to_language(translation.get_language() or "en"))
        return response
