"""Signing in and out, what people set for themselves, and what admins set for them."""

from typing import cast

from django.http import HttpRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """The request's user, where a view's declared role guarantees that there is one."""
    return cast(User, request.user)


def back(request: HttpRequest, *, otherwise: str) -> HttpResponseRedirect:
    """To the page that the form says the person came from, where that is a path of ours; else to the path `otherwise`."""
    target = request.POST.get("next", "")
    is_ours = target.startswith("/") and url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(target if is_ours else otherwise)
