"""A service gets an entry of the catalogue by convention, so that its first incident is not without evidence."""

from django.conf import settings
from django.db import transaction

from cluster.contexts import context_name
from cluster.models import CatalogueEntry


@transaction.atomic
def seed_entry(*, pagerduty_id: str, name: str) -> CatalogueEntry:
    """The service's entry, made where there is none: a deployment of the service's name in the portal's namespace, pods
    labelled `app=<service>` (the guide, «First assessment»), the database `<namespace>-prod` (the guide, «Common alerts»).

    It is a guess until somebody confirms it; `check_entries` says where it points nowhere.
    """
    namespace = settings.CLUSTER_NAMESPACE
    entry, _is_new = CatalogueEntry.objects.get_or_create(
        pagerduty_id=pagerduty_id,
        defaults={
            "name": name,
            "context": context_name(""),
            "namespace": namespace,
            "deployment": name[:253],
            "selector": f"app={name}"[:500],
            "databases": [f"{namespace}-prod"],
        },
    )
    if entry.name != name:
        CatalogueEntry.objects.filter(pk=entry.pk).update(name=name)
        entry.name = name
    return entry
