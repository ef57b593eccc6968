"""The client calls what `access.NEEDED` says and nothing else, and needs no more: neither can drift from the other."""

import re

import pytest

from integrations.errors import IntegrationError
from integrations.kubernetes.access import NEEDED
from integrations.kubernetes.client import Cluster
from integrations.kubernetes.types import Permission
from simulators.kubernetes.testing import RunningCluster
from tests.integrations.kubernetes.test_faults import METHODS, NAMESPACE

#: What every account may (`system:public-info-viewer`, `system:basic-user`).
OPEN = {("GET", "/version"), ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")}
_PATH = re.compile(
    rf"/(?:api|apis/(?P<group>[^/]+))/[^/]+/namespaces/{NAMESPACE}/(?P<resource>[^/]+)(?:/(?P<name>[^/]+))?(?:/(?P<sub>[^/]+))?"
)


def _name(permission: Permission) -> str:
    return "/".join(part for part in (permission.resource, permission.subresource) if part)


def permission_of(method: str, path: str) -> Permission:
    """What RBAC asks for a request, as the API server derives it from method and path."""
    match = _PATH.fullmatch(path)
    assert match, path
    is_named = match["name"] is not None
    verb = {"GET": "get" if is_named else "list", "PATCH": "patch", "DELETE": "delete"}[method]
    return Permission(verb, match["group"] or "", match["resource"], match["sub"] or "")


def use_everything(cluster: Cluster) -> None:
    for name, use in METHODS.items():
        if name not in ("log", "delete_pod"):
            use(cluster)
    pod = cluster.pods(NAMESPACE, selector="app=chatops-gateway")[0]
    cluster.log(NAMESPACE, pod.name, "gateway")
    cluster.delete_pod(NAMESPACE, pod.name, uid=pod.uid, dry_run=True)


def test_what_is_called_is_what_is_needed(world: RunningCluster, cluster: Cluster) -> None:
    use_everything(cluster)
    called = {(call.method, call.path) for call in world.calls}
    assert called >= OPEN
    assert {permission_of(*each) for each in called - OPEN} == set(NEEDED)


def test_what_is_needed_is_enough(world: RunningCluster, cluster: Cluster) -> None:
    world.allow_only((each.verb, each.group, _name(each)) for each in NEEDED)
    use_everything(cluster)
    assert all(cluster.may(NAMESPACE).values())


@pytest.mark.parametrize("missing", NEEDED, ids=str)
def test_nothing_of_it_can_be_left_out(world: RunningCluster, cluster: Cluster, missing: Permission) -> None:
    world.allow_only((each.verb, each.group, _name(each)) for each in NEEDED if each != missing)
    assert [each for each, is_allowed in cluster.may(NAMESPACE).items() if not is_allowed] == [missing]
    with pytest.raises(IntegrationError) as caught:
        use_everything(cluster)
    assert caught.value.code == "forbidden"
    assert f"cannot {missing.verb} resource" in caught.value.detail
