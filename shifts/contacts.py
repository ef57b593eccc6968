"""The emergency contacts, and when each was last confirmed."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Max, Q, QuerySet

from shifts.enums import GuideKind
from shifts.models import ContactConfirmation, GuideEntry


def emergency_contacts() -> QuerySet[GuideEntry]:
    """Those that stand, in the guide's order."""
    return GuideEntry.objects.filter(kind=GuideKind.CONTACT, removed_at=None)


def with_confirmation(contacts: QuerySet[GuideEntry]) -> QuerySet[GuideEntry]:
    """Annotates `confirmed_at`: when an entry was last confirmed as it stands."""
    confirmed = Max("confirmations__confirmed_at", filter=Q(confirmations__entry_version=F("version")))
    return contacts.annotate(confirmed_at=confirmed)


def confirmed_contacts() -> list[datetime | None]:
    """When each emergency contact was last confirmed as it stands. One query."""
    return list(with_confirmation(emergency_contacts().order_by()).values_list(F("confirmed_at"), flat=True))


def confirmations_of(contacts: Iterable[GuideEntry]) -> dict[int, ContactConfirmation]:
    """The last confirmation of each contact as it stands, by the contact's key. One query."""
    found = ContactConfirmation.objects.filter(entry__in=contacts, entry_version=F("entry__version"))
    newest = found.order_by("entry_id", "-confirmed_at", "-pk").distinct("entry_id").select_related("confirmed_by")
    return {each.entry_id: each for each in newest}
