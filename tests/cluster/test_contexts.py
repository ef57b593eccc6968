"""One context has one name, whoever named it: what is stored under it is one target, not two."""

from pathlib import Path
from typing import Any

import pytest
import redis

from cluster.contexts import context_name
from cluster.models import CatalogueEntry, Change, ClusterState
from cluster.selectors import namespaces
from cluster.services.edit_entry import FIELDS, edit_entry
from cluster.services.name_contexts import name_contexts
from cluster.services.seed_entry import seed_entry
from cluster.tasks import poll_cluster
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast
from tests.cluster.things import NOON, make_entry, make_state, workload

pytestmark = pytest.mark.django_db


def edit(cast: Cast, entry: CatalogueEntry, **changed: Any) -> CatalogueEntry:
    values = {name: getattr(entry, name) for name in FIELDS} | changed
    return edit_entry(actor=cast.manager, entry_id=entry.pk, seen_version=entry.version, values=values)


def test_the_current_context_is_stored_by_its_name_whether_it_is_named_or_not(
    cluster: RunningCluster, cast: Cast
) -> None:
    seeded = seed_entry(pagerduty_id="PSEEDED", name="service-1")
    by_name = edit(cast, make_entry(2), context="demo", deployment="service-1")
    by_default = edit(cast, make_entry(3), context="", deployment="service-1")
    targets = {(entry.context, entry.namespace, entry.deployment) for entry in (seeded, by_name, by_default)}
    assert targets == {("demo", "chatops", "service-1")}
    assert namespaces() == [("demo", "chatops")]


def test_another_context_keeps_its_own_name(cluster: RunningCluster, cast: Cast) -> None:
    assert edit(cast, make_entry(), context="elsewhere").context == "elsewhere"


def test_what_was_stored_without_a_name_gets_it_and_is_polled_once(
    cluster: RunningCluster, valkey: redis.Redis
) -> None:
    entry, state = make_entry(), make_state(workload("service-1"))
    of_the_cluster = {"namespace": "chatops", "title": "a rollout", "occurred_at": NOON}
    rollout = Change.objects.create(kind="rollout", source_id="1", **of_the_cluster)
    planned = Change.objects.create(kind="maintenance", source_id="2", title="of no cluster", occurred_at=NOON)
    poll_cluster()
    assert list(ClusterState.objects.values_list("pk", "context")) == [(state.pk, "demo")]
    for row, context in ((entry, "demo"), (rollout, "demo"), (planned, "")):
        row.refresh_from_db()
        assert row.context == context
    assert name_contexts() == 0


def test_of_one_namespace_polled_under_both_the_named_one_stays(cluster: RunningCluster) -> None:
    make_state()
    by_name = make_state(context="demo")
    name_contexts()
    assert ClusterState.objects.get() == by_name


@pytest.mark.parametrize("current", ["gone", "d\\u0000", "x" * 254, "", "[1]"])
def test_a_current_context_that_cannot_be_named_is_not(
    current: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(f'{{"current-context": "{current}", "contexts": [{{"name": "demo"}}, {{"name": "{current}!"}}]}}')
    monkeypatch.setenv("KUBECONFIG", str(path))
    assert context_name("") == ""
    assert name_contexts() == 0


def test_a_broken_kubeconfig_names_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text("{")
    monkeypatch.setenv("KUBECONFIG", str(path))
    assert context_name("") == ""
    assert context_name("demo") == "demo"
