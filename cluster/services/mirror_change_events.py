"""PagerDuty's change events, mirrored: deploys that other tools have told of."""

from datetime import timedelta

from django.db import transaction

from accounts.database_time import database_now
from cluster.enums import ChangeKind
from cluster.models import CatalogueEntry, Change
from integrations.pagerduty.client import PagerDuty

FIRST_WINDOW = timedelta(days=7)
#: An event may be filed later than it says.
OVERLAP = timedelta(hours=1)


def mirror_change_events(*, pagerduty: PagerDuty) -> int:
    """Stores those that are new; each once, whatever is read twice. Returns how many. Raises IntegrationError."""
    now = database_now()
    mine = Change.objects.filter(kind=ChangeKind.EVENT)
    newest = mine.order_by("-occurred_at").values_list("occurred_at", flat=True).first()
    since = min(newest or now - FIRST_WINDOW, now) - OVERLAP
    events = list(pagerduty.change_events(since=since, until=now + OVERLAP))
    names = dict(CatalogueEntry.objects.values_list("pagerduty_id", "name"))
    known = set(mine.filter(source_id__in=[each.id for each in events]).values_list("source_id", flat=True))
    rows = [
        Change(
            kind=ChangeKind.EVENT,
            source_id=each.id,
            # Of several services the first known one: a suspect is shown with the one that it is nearest to.
            service=next((names[each_id] for each_id in each.service_ids if each_id in names), each.service_name),
            title=each.summary[:500] or each.id,
            detail={"source": each.source[:255]},
            occurred_at=min(each.occurred_at, now),
            html_url=each.html_url if len(each.html_url) <= 500 else "",
        )
        for each in events
        if each.id not in known
    ]
    with transaction.atomic():
        return len(Change.objects.bulk_create(rows, ignore_conflicts=True))
