"""The demo's four people. They exist where PORTAL_DEMO is on and nowhere else."""

from dataclasses import dataclass

from django.db import transaction
from django.dispatch import Signal

from accounts.models import User
from accounts.roles import Role

#: Sent with `manager` once the demo's users are there, inside that transaction, so that apps above can add what is theirs.
demo_seeded = Signal()
PASSWORD = "demo"  # noqa: S105  # printed at start, and refused outside the demo


@dataclass(frozen=True)
class DemoUser:
    username: str
    name: str
    role: Role
    pagerduty_id: str | None
    language: str = "en"


DEMO_USERS = [
    DemoUser("viewer", "Vera Novak", Role.VIEWER, None),
    DemoUser("responder", "Lin Yu-ting", Role.RESPONDER, "PRESP01"),
    DemoUser("manager", "Chen Wei-han", Role.MANAGER, "PMGR001"),
    DemoUser("admin", "Sofia Garcia", Role.ADMIN, "PADM001"),
]


@transaction.atomic
def seed_demo() -> list[str]:
    """Makes the demo users that do not exist yet; what somebody changed about them stays. Returns the new names."""
    made = []
    for demo in DEMO_USERS:
        user, is_new = User.objects.get_or_create(
            username=demo.username,
            defaults={
                "name": demo.name,
                "email": f"{demo.username}@chatops.example.com",
                "role": demo.role,
                "pagerduty_id": demo.pagerduty_id,
                "language": demo.language,
            },
        )
        if is_new:
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])
            made.append(demo.username)
    demo_seeded.send(sender=User, manager=User.objects.get(username="manager"))
    return made


@transaction.atomic
def remove_demo() -> int:
    """Takes the demo users' access away where the demo is off. Returns how many it was taken from."""
    demo_names = [demo.username for demo in DEMO_USERS]
    locked = 0
    for user in User.objects.select_for_update().filter(username__in=demo_names, is_active=True):
        if user.check_password(PASSWORD):
            user.set_unusable_password()
            user.is_active = False
            user.save(update_fields=["password", "is_active"])
            locked += 1
    return locked
