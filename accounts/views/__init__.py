"""Signing in and out, what people set for themselves, and what admins set for them."""

from typing import cast

from django.http import HttpRequest

from accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """The request's user, where a view's declared role guarantees that there is one."""
    return cast(User, request.user)
