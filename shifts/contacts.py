"""The emergency contacts, and when each was last confirmed."""

from datetime import datetime

from django.db.models import F, Max, Q, QuerySet

from shifts.enums import GuideKind
from shifts.models import GuideEntry


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
