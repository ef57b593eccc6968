"""Noticing that a deployment has another revision than at the poll before, and what that changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from cluster.enums import ChangeKind
from cluster.models import CatalogueEntry, Change
from cluster.rollouts import difference, rollout_title
from integrations.kubernetes.types import Revision
from integrations.redaction import redact

#: How far back the first poll of a namespace tells rollouts.
FIRST_WINDOW = timedelta(days=7)
#: The cluster's clock is not ours, and its instants are whole seconds: what was made so shortly before a poll began may have
#: been missed by it. What it did not miss is known by its revision.
SLACK = timedelta(seconds=30)


@transaction.atomic
def record_rollouts(
    *,
    context: str,
    namespace: str,
    rollouts: Mapping[str, Sequence[Revision]],
    since: datetime | None,
    now: datetime,
) -> int:
    """Writes a Change for each revision of these deployments (newest first) that is new. Returns how many.

    A revision whose ReplicaSet was made after `since`, when the poll before began, happened when that was made. One whose
    ReplicaSet is older is an old template that was taken again, and happened between the polls: it counts as now, where it is the
    current one. Without `since` it is the first poll, which tells what was made in the last week.
    """
    names = dict(CatalogueEntry.objects.filter(context=context, namespace=namespace).values_list("deployment", "name"))
    rows = []
    for deployment, revisions in rollouts.items():
        known = _known(context, namespace, deployment)
        for after, before in zip(revisions, [*revisions[1:], None], strict=True):
            if after.revision in known or after.created_at is None:
                continue
            is_current = after.revision == revisions[0].revision
            if since is None:
                occurred_at = after.created_at
                if now - occurred_at > FIRST_WINDOW:
                    continue
            elif after.created_at < since - SLACK:
                if not is_current:
                    continue
                occurred_at = now
            else:
                occurred_at = min(after.created_at, now)
            if before is None and len(revisions) == 1:
                # The deployment's first: that it was made is told by its own age.
                continue
            found = difference(before, after)
            if after.uid in known.values():
                found["back_to"] = max(number for number, uid in known.items() if uid == after.uid)
            rows.append(
                Change(
                    kind=ChangeKind.ROLLOUT,
                    source_id=_source_id(context, namespace, deployment, after),
                    service=names.get(deployment, deployment),
                    context=context,
                    namespace=namespace,
                    deployment=deployment,
                    title=rollout_title(deployment, after.revision, found)[:500],
                    detail={"revision": after.revision, "uid": after.uid, **found},
                    occurred_at=occurred_at,
                    actor_name=redact(after.change_cause)[:255],
                )
            )
    return len(Change.objects.bulk_create(rows, ignore_conflicts=True))


def _known(context: str, namespace: str, deployment: str) -> dict[int, str]:
    """The revisions that were told already, each with the uid of its ReplicaSet."""
    told = Change.objects.filter(
        kind=ChangeKind.ROLLOUT, context=context, namespace=namespace, deployment=deployment
    ).values_list("detail__revision", "detail__uid")
    return {int(revision): uid or "" for revision, uid in told if revision is not None}


def _source_id(context: str, namespace: str, deployment: str, revision: Revision) -> str:
    return f"{context}/{namespace}/{deployment}@{revision.revision}:{revision.uid}"[:500]
