"""The four roles and the declaration that every view must carry. Pure of models."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponseBase

type View = Callable[..., "HttpResponseBase"]


class Role(models.TextChoices):
    """What a person may do. Each role may do all that the one before it may."""

    VIEWER = "viewer", _("Viewer")
    RESPONDER = "responder", _("Responder")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def includes(self, other: "Role") -> bool:
        """Whether this role may do what `other` may do."""
        return self.rank >= other.rank


def requires(role: Role) -> Callable[[View], View]:
    """Declares the least role that may call a view. A view without a declaration is denied to everybody."""

    def declare(view: View) -> View:
        setattr(view, "required_role", role)  # noqa: B010  # mypy knows no attribute on a function
        return view

    return declare


def open_to_anyone(view: View) -> View:
    """Declares a view that needs no sign-in: sign-in itself, health, signed webhooks."""
    setattr(view, "required_role", None)  # noqa: B010
    setattr(view, "login_required", False)  # noqa: B010
    return view


def declared_role(view: Callable[..., Any]) -> Role | None:
    """The role a view declares, or None for an open one. Raises LookupError where nothing is declared."""
    if not hasattr(view, "required_role"):
        raise LookupError(f"{view!r} declares no role")
    role: Role | None = view.required_role
    return role


def is_htmx(request: "HttpRequest") -> bool:
    """Whether htmx asked, so that a fragment is wanted and a redirect must not land inside the page."""
    return bool(getattr(request, "htmx", False))
