"""Giving what was stored without a context's name the name it has: by a process that does not see the kubeconfig, or earlier."""

from django.db import transaction
from django.db.models import Exists, OuterRef

from cluster.contexts import context_name
from cluster.models import CatalogueEntry, Change, ClusterState


@transaction.atomic
def name_contexts() -> int:
    """Names the current context wherever none is named. Returns how many rows it named; most of the time none."""
    context = context_name("")
    if not context:
        return 0
    unnamed = ClusterState.objects.filter(context="")
    # What has been polled by its name meanwhile is newer.
    unnamed.filter(Exists(ClusterState.objects.filter(context=context, namespace=OuterRef("namespace")))).delete()
    return sum(
        rows.update(context=context)
        for rows in (
            unnamed,
            CatalogueEntry.objects.filter(context=""),
            Change.objects.filter(context="").exclude(namespace=""),
        )
    )
