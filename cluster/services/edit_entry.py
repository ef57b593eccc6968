"""A manager says where a service runs and what may be done about it."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services.record_act import record_act
from accounts.work import CLUSTER_QUEUE, enqueue_on_commit
from cluster.contexts import context_name
from cluster.models import CatalogueEntry

#: What a manager may change, in the order of the form.
FIELDS = (
    "context",
    "namespace",
    "deployment",
    "selector",
    "databases",
    "runbooks",
    "owner",
    "slack_channel",
    "grafana_dashboard",
    "grafana_panel",
    "allowed_verbs",
    "min_replicas",
    "max_replicas",
    "is_production",
)


@dataclass(frozen=True)
class StaleEntry(Exception):
    """Somebody stored the entry meanwhile; `theirs` stands now."""

    theirs: CatalogueEntry


@transaction.atomic
def edit_entry(*, actor: User, entry_id: int, seen_version: int, values: dict[str, Any]) -> CatalogueEntry:
    """Stores what the form says and confirms the entry; whether it points anywhere is looked up anew.

    `seen_version` is the version the author saw. Raises StaleEntry, CatalogueEntry.DoesNotExist.
    """
    entry = CatalogueEntry.objects.select_for_update().get(pk=entry_id)
    if entry.version != seen_version:
        raise StaleEntry(entry)
    values = values | {"context": context_name(values["context"])}
    changed = {name: values[name] for name in FIELDS if getattr(entry, name) != values[name]}
    if not changed and entry.is_confirmed:
        return entry
    before = {name: getattr(entry, name) for name in changed}
    for name, value in changed.items():
        setattr(entry, name, value)
    entry.is_confirmed, entry.version = True, entry.version + 1
    entry.save()
    record_act(
        actor=actor,
        verb="edit_catalogue",
        target=f"service:{entry.pagerduty_id}",
        data={"before": before, "after": changed},
    )
    enqueue_on_commit("cluster.check_catalogue", queue=CLUSTER_QUEUE)
    return entry
