"""The words that an update begins with, version by version."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.services.record_act import record_act
from incidents.models import UpdateTemplate
from incidents.updates.kinds import UpdateOccasion


@dataclass(frozen=True)
class StaleTemplate(Exception):
    """Somebody stored a version meanwhile; `theirs` stands now."""

    theirs: UpdateTemplate


def edit_update_template(*, actor: User, occasion: UpdateOccasion, based_on: int, text: str) -> UpdateTemplate | None:
    """Stores a version of the words. None where they say the same already.

    `based_on` is the version that the author saw, 0 for the portal's own words. Raises StaleTemplate.
    """
    try:
        return _store(actor, occasion, based_on, text)
    except IntegrityError:
        # Two authors of a first version: there was no row yet for the second to wait at.
        raise StaleTemplate(_versions(occasion).latest("version")) from None


@transaction.atomic
def _store(actor: User, occasion: UpdateOccasion, based_on: int, text: str) -> UpdateTemplate | None:
    latest = _versions(occasion).select_for_update(of=("self",)).order_by("-version").first()
    if latest is not None and latest.version != based_on:
        raise StaleTemplate(latest)
    if latest is not None and latest.text == text:
        return None
    version = UpdateTemplate.objects.create(
        occasion=occasion, version=latest.version + 1 if latest else 1, text=text, created_by=actor
    )
    record_act(
        actor=actor,
        verb="edit_update_template",
        target=f"update_template:{occasion}",
        data={"version": version.version},
    )
    return version


def _versions(occasion: UpdateOccasion) -> QuerySet[UpdateTemplate]:
    return UpdateTemplate.objects.filter(occasion=occasion).select_related("created_by")
