"""What people change about themselves."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from accounts.services.record_act import record_act


@dataclass(frozen=True)
class StaleVersion(Exception):
    """Somebody else (or another tab) saved first. `theirs` is what is stored now."""

    theirs: User


@transaction.atomic
def edit_profile(*, user_id: int, version: int, time_zone: str, language: str, theme: str) -> User:
    """Stores a person's preferences. Raises StaleVersion when `version` is no longer the stored one."""
    user = User.objects.select_for_update().get(pk=user_id)
    if user.version != version:
        raise StaleVersion(theirs=user)
    return _store(user, time_zone=time_zone, language=language, theme=theme)


@transaction.atomic
def switch_preference(*, user_id: int, language: str | None = None, theme: str | None = None) -> User:
    """The header's one-tap switches: the last tap wins, since nothing typed can be lost."""
    user = User.objects.select_for_update().get(pk=user_id)
    return _store(user, time_zone=user.time_zone, language=language or user.language, theme=theme or user.theme)


def _store(user: User, *, time_zone: str, language: str, theme: str) -> User:
    before = {"time_zone": user.time_zone, "language": user.language, "theme": user.theme}
    after = {"time_zone": time_zone, "language": language, "theme": theme}
    changed = {key: [before[key], after[key]] for key in before if before[key] != after[key]}
    if changed:
        user.time_zone, user.language, user.theme = time_zone, language, theme
        user.version += 1
        user.save(update_fields=["time_zone", "language", "theme", "version"])
        record_act(actor=user, verb="edit_profile", target=f"user:{user.pk}", data={"changed": changed})
    return user
