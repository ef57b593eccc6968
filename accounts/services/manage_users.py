"""What admins do to accounts: each act audited, in one transaction."""

from django.db import transaction
from django.dispatch import Signal

from accounts.models import User
from accounts.roles import Role
from accounts.services.edit_profile import StaleVersion
from accounts.services.end_sessions import end_sessions
from accounts.services.record_act import record_act

#: Sent with `user` and `by` when an account is closed or opened again, inside that transaction, so that apps above can take back
#: what works without signing in.
account_switched = Signal()


class LastAdmin(Exception):
    """Without this admin nobody could change roles any more."""


@transaction.atomic
def add_user(
    *,
    actor: User | None,
    username: str,
    password: str,
    role: str,
    name: str = "",
    email: str = "",
    pagerduty_id: str | None = None,
) -> User:
    """Makes an account. `actor` is None where the command line makes the first one."""
    user = User(
        username=username,
        role=role,
        name=name,
        email=email,
        pagerduty_id=pagerduty_id or None,
    )
    user.set_password(password)
    user.save()
    data = {"username": username, "role": role, "pagerduty_id": pagerduty_id or ""}
    record_act(actor=actor, verb="add_user", target=f"user:{user.pk}", data=dict(data))
    return user


@transaction.atomic
def change_user(
    *,
    actor: User,
    user_id: int,
    version: int,
    role: str,
    is_active: bool,
    name: str,
    email: str,
    pagerduty_email: str,
    pagerduty_id: str | None,
) -> User:
    """Changes an account; closing it ends its sessions for good, so that opening it again brings none of them back.

    Raises StaleVersion where somebody saved first, LastAdmin for the last active admin's role.
    """
    # All admins are locked in one order, so that two of them cannot demote each other at the same time.
    admins = list(User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk"))
    user = User.objects.select_for_update().get(pk=user_id)
    if user.version != version:
        raise StaleVersion(theirs=user)
    stays_admin = role == Role.ADMIN and is_active
    if not stays_admin and [admin.pk for admin in admins] == [user.pk]:
        raise LastAdmin
    wanted = {
        "role": role,
        "is_active": is_active,
        "name": name,
        "email": email,
        "pagerduty_email": pagerduty_email,
        "pagerduty_id": pagerduty_id or None,
    }
    changed = {name: [getattr(user, name), value] for name, value in wanted.items() if getattr(user, name) != value}
    if changed:
        for name, value in wanted.items():
            setattr(user, name, value)
        user.version += 1
        user.save()
        record_act(actor=actor, verb="change_user", target=f"user:{user.pk}", data={"changed": changed})
    if "is_active" in changed:
        # When it is opened again, too: whoever signed in while it was being closed has a session left.
        end_sessions(user=user)
        account_switched.send(sender=User, user=user, by=actor)
    return user
