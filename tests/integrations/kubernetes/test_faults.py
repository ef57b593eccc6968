"""Every method under every fault of the API server: which error, how many requests, and nothing that leaks."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from integrations.errors import IntegrationError, MalformedPayload, Refused, Unavailable
from integrations.kubernetes.client import Cluster
from simulators.kubernetes.testing import RunningCluster, running_cluster
from tests.integrations.kubernetes.conftest import Connect

NAMESPACE, GATEWAY = "chatops", "chatops-gateway"
AT = datetime(2026, 11, 26, 10, 5, tzinfo=UTC)

METHODS: dict[str, Callable[[Cluster], object]] = {
    "version": lambda cluster: cluster.version(),
    "pods": lambda cluster: cluster.pods(NAMESPACE),
    "events": lambda cluster: cluster.events(NAMESPACE),
    "deployments": lambda cluster: cluster.deployments(NAMESPACE),
    "deployment": lambda cluster: cluster.deployment(NAMESPACE, GATEWAY),
    "revisions": lambda cluster: cluster.revisions(NAMESPACE, GATEWAY),
    "log": lambda cluster: cluster.log(NAMESPACE, "p", "gateway"),
    "usage": lambda cluster: cluster.usage(NAMESPACE),
    "autoscalers": lambda cluster: cluster.autoscalers(NAMESPACE),
    "disruption_budgets": lambda cluster: cluster.disruption_budgets(NAMESPACE),
    "may": lambda cluster: cluster.may(NAMESPACE),
    "scale": lambda cluster: cluster.scale(NAMESPACE, GATEWAY, replicas=2, mark="m", expect="", dry_run=True),
    "restart": lambda cluster: cluster.restart(NAMESPACE, GATEWAY, at=AT, mark="m", expect="", dry_run=True),
    "roll_back": lambda cluster: cluster.roll_back(NAMESPACE, GATEWAY, revision=3, mark="m", expect="", dry_run=True),
    "template_diff": lambda cluster: cluster.template_diff(NAMESPACE, GATEWAY, revision=3),
    "delete_pod": lambda cluster: cluster.delete_pod(NAMESPACE, "p", uid="u", dry_run=True),
}
LISTS = ("pods", "events", "deployments", "usage", "autoscalers", "disruption_budgets")


def error_of(method: str, cluster: Cluster) -> IntegrationError:
    with pytest.raises(IntegrationError) as caught:
        METHODS[method](cluster)
    return caught.value


def test_every_method_is_here() -> None:
    assert set(METHODS) == {name for name in dir(Cluster) if not name.startswith("_")}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, Refused, "unauthorized"),
        (403, Refused, "forbidden"),
        (404, Refused, "not_found"),
        (409, Refused, "conflict"),
        (410, Unavailable, "gone"),
        (422, Refused, "invalid"),
        (429, Unavailable, "limited"),
        (500, Unavailable, "broken"),
        (503, Unavailable, "broken"),
    ],
)
def test_each_status(
    world: RunningCluster, cluster: Cluster, method: str, status: int, kind: type[IntegrationError], code: str
) -> None:
    world.fail(status=status, times=None)
    error = error_of(method, cluster)
    expected = "no_metrics" if (method, status) == ("usage", 404) else code
    assert (type(error), error.code) == (kind, expected)
    assert error.detail
    # Nobody tries again by itself; a list that has expired is read once more.
    assert len(world.calls) == (2 if status == 410 and method in LISTS else 1)


@pytest.mark.parametrize("method", METHODS)
def test_a_server_that_hangs(world: RunningCluster, method: str) -> None:
    world.fail(hang_for=30)
    error = error_of(method, Cluster(timeout=0.2))
    assert (type(error), error.code) == (Unavailable, "timeout")
    assert len(world.calls) == 1


@pytest.mark.parametrize("method", METHODS)
def test_a_connection_that_breaks(world: RunningCluster, cluster: Cluster, method: str) -> None:
    world.fail(reset=True)
    error = error_of(method, cluster)
    assert (type(error), error.code) == (Unavailable, "unreachable")
    assert len(world.calls) == 1


@pytest.mark.parametrize("method", sorted(METHODS.keys() - {"log"}))
def test_json_that_is_cut_short(world: RunningCluster, cluster: Cluster, method: str) -> None:
    world.fail(raw_body='{"kind": "PodList", "items": [{"metadata": {"na')
    error = error_of(method, cluster)
    assert (type(error), error.code) == (MalformedPayload, "malformed")


@pytest.fixture(scope="module")
def encrypted() -> Iterator[RunningCluster]:
    with running_cluster(tls=True) as world:
        yield world


@pytest.mark.parametrize("method", METHODS)
def test_a_certificate_of_an_unknown_authority(encrypted: RunningCluster, connect: Connect, method: str) -> None:
    connect(encrypted.kubeconfig())
    error = error_of(method, Cluster(timeout=2.0))
    assert (type(error), error.code) == (Refused, "untrusted")
    assert encrypted.calls == []


def test_a_certificate_of_the_kubeconfigs_authority(encrypted: RunningCluster, connect: Connect) -> None:
    connect(encrypted.kubeconfig(trusted=True))
    assert Cluster(timeout=2.0).version()
    encrypted.clear_calls()


def test_how_long_to_leave_it_alone(world: RunningCluster, cluster: Cluster) -> None:
    world.fail(status=429, retry_after=7)
    error = error_of("pods", cluster)
    assert isinstance(error, Unavailable)
    assert error.retry_after == timedelta(seconds=7)


def test_a_token_that_is_not_known(world: RunningCluster, connect: Connect) -> None:
    connect(world.kubeconfig().replace(world.token, "wrong-token"))
    error = error_of("pods", Cluster())
    assert str(error) == "unauthorized: Unauthorized"


@pytest.mark.parametrize("fault", [{"status": 500}, {"reset": True}, {"raw_body": "{"}, {"status": 403}])
def test_no_error_repeats_the_token(world: RunningCluster, cluster: Cluster, fault: dict[str, object]) -> None:
    world.fail(**fault, times=None)
    for method in METHODS:
        error = error_of(method, cluster) if (method, fault) != ("log", {"raw_body": "{"}) else None
        assert world.token not in repr(error)


def test_the_other_threads_go_on(world: RunningCluster, cluster: Cluster) -> None:

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda _: cluster.deployment(NAMESPACE, GATEWAY).resource_version, range(64)))
    assert len(set(versions)) == 1
    assert world.count("GET", "/apis/apps/v1") == 64
