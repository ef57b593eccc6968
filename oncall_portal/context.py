"""What every template gets."""

from django.http import HttpRequest

from accounts.models import User
from incidents.shell import Shell


def shell(request: HttpRequest) -> dict[str, object]:
    """`shell` for signed-in people; None for everybody else."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"shell": None}
    known: Shell | None = getattr(request, "shell", None)
    return {"shell": known or Shell(user)}
