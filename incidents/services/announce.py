"""Telling the web processes that something changed: ids and versions only, and only after the commit."""

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from accounts import live_channel
from accounts.models import Person
from incidents.enums import OPEN_STATUSES
from incidents.models import Incident


def bump_version(incident: Incident) -> None:
    """Raises the incident's version and announces it on commit. Call it once, at the end of a transaction that changed it."""
    Incident.objects.filter(pk=incident.pk).update(version=F("version") + 1, changed_at=Now())
    incident.refresh_from_db(fields=["version", "changed_at"])
    announce_on_commit({incident.pk: incident.version})


def bump_open_on_commit(incidents: QuerySet[Incident]) -> None:
    """Raises the versions of those of these incidents that are open, once the transaction is committed: what they refer to
    has changed, such as a name.

    Not before: a transaction that holds one incident must not wait for others.
    """
    transaction.on_commit(lambda: _bump_open(incidents), robust=True)


def renew_rows_of_person(*, person: Person, **_signal: object) -> None:
    """The rows of the incidents that a renamed person has."""
    bump_open_on_commit(Incident.objects.filter(assignments__person=person))


@transaction.atomic
def _bump_open(incidents: QuerySet[Incident]) -> None:
    rows = incidents.filter(status__in=OPEN_STATUSES, deleted_at__isnull=True).order_by("number")
    numbers = list(rows.select_for_update(of=("self",)).values_list("number", flat=True))
    Incident.objects.filter(pk__in=numbers).update(version=F("version") + 1, changed_at=Now())
    if numbers:
        announce_on_commit(dict(Incident.objects.filter(pk__in=numbers).values_list("number", "version")))


def announce_on_commit(versions: dict[int, int]) -> None:
    """Publishes `{incident number: version}` once the transaction is committed."""
    transaction.on_commit(lambda: publish(versions), robust=True)


def publish(versions: dict[int, int]) -> None:
    """Publishes at once."""
    live_channel.publish({"incidents": versions})
