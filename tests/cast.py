"""The people every test may meet: one of each role, a teammate, and somebody without an account."""

from dataclasses import dataclass

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Cast:
    """All but the viewer are PagerDuty users of the simulated account; `outsider` is a browser nobody signed in with."""

    viewer: User
    responder: User
    teammate: User
    manager: User
    admin: User

    @property
    def outsider(self) -> Client:
        return Client()

    def by_role(self, role: Role) -> User:
        """The member of the cast whose name is the role's."""
        user: User = getattr(self, role.value)
        return user


def make_user(username: str, role: Role, pagerduty_id: str | None, *, name: str) -> User:
    """An account whose address is `<username>@chatops.example.com`."""
    return User.objects.create_user(
        username,
        f"{username}@chatops.example.com",
        PASSWORD,
        name=name,
        role=role,
        pagerduty_id=pagerduty_id,
    )


def make_cast() -> Cast:
    """Writes the five accounts."""
    return Cast(
        viewer=make_user("viewer", Role.VIEWER, None, name="Vera Novak"),
        responder=make_user("responder", Role.RESPONDER, "PRESP01", name="Lin Yu-ting"),
        teammate=make_user("kenji", Role.RESPONDER, "PKENJI1", name="Kenji Sato"),
        manager=make_user("manager", Role.MANAGER, "PMGR001", name="Chen Wei-han"),
        admin=make_user("admin", Role.ADMIN, "PADM001", name="Sofia Garcia"),
    )


@pytest.fixture
def cast(db: None) -> Cast:  # the fixture gives access to the database
    """Everybody."""
    return make_cast()


def browser_of(user: User, **headers: str) -> Client:
    """A client in which the user is signed in; `headers` go with every request."""
    client = Client(headers=headers)
    client.force_login(user)
    return client
