"""Whether what the catalogue names is there. What cannot be asked is not called missing."""

import pytest

from cluster.models import CatalogueEntry
from cluster.services.check_entries import check_entries
from cluster.services.seed_entry import seed_entry
from integrations.aws import Aws
from integrations.kubernetes.client import cluster_for
from simulators.aws.testing import RunningAws
from simulators.kubernetes.testing import RunningCluster
from tests.cluster.things import make_entry

pytestmark = pytest.mark.django_db


def check(aws: RunningAws) -> dict[str, list[str]]:
    """Codes of what is missing, by service."""
    check_entries(cluster_of=cluster_for, aws=Aws(region=aws.region, endpoint_url=aws.url, timeout=1.0))
    return {entry.name: [each["code"] for each in entry.problems] for entry in CatalogueEntry.objects.all()}


def test_the_convention_fits_the_demo(cluster: RunningCluster, aws: RunningAws) -> None:
    seed_entry(pagerduty_id="PGATEWY", name="chatops-gateway")
    assert check(aws) == {"chatops-gateway": []}
    assert CatalogueEntry.objects.get().checked_at is not None


def test_each_thing_that_is_not_there_is_named(cluster: RunningCluster, aws: RunningAws) -> None:
    make_entry(1, name="a", deployment="gone", selector="app=gone", databases=["chatops-prod", "no-such-db"])
    make_entry(2, name="b", context="no-such-context", databases=[])
    assert check(aws) == {"a": ["no_deployment", "no_pods", "no_database"], "b": ["no_context"]}
    assert CatalogueEntry.objects.get(name="a").problems[2]["detail"] == "no-such-db"


def test_a_service_whose_name_no_deployment_can_have(cluster: RunningCluster, aws: RunningAws) -> None:
    seed_entry(pagerduty_id="PCHAT", name="Chat Gateway")
    assert check(aws) == {"Chat Gateway": ["no_deployment", "no_pods"]}


def test_a_namespace_the_portal_may_not_look_into(cluster: RunningCluster, aws: RunningAws) -> None:
    make_entry(1, name="a")
    cluster.deny("list", "pods")
    assert check(aws) == {"a": ["no_namespace"]}


def test_what_cannot_be_asked_keeps_what_was_known(cluster: RunningCluster, aws: RunningAws) -> None:
    make_entry(1, name="a", deployment="gone", selector="app=gone", databases=["no-such-db"])
    known = check(aws)
    cluster.fail(status=500, times=None)
    aws.fail(status=500, times=None)
    assert check(aws) == known
    CatalogueEntry.objects.update(deployment="chatops-gateway", selector="app=chatops-gateway")
    assert check(aws) == known
    cluster.simulator.faults.clear()
    assert check(aws) == {"a": ["no_database"]}


def test_aws_is_asked_once_for_all(cluster: RunningCluster, aws: RunningAws) -> None:
    for number in range(3):
        make_entry(number, databases=["chatops-prod"])
    check(aws)
    assert aws.count("DescribeDBInstances") == 1


def test_an_entry_without_a_namespace_names_nothing(cluster: RunningCluster, aws: RunningAws) -> None:
    make_entry(1, name="a", namespace="", deployment="", selector="")
    assert check(aws) == {"a": []}
    assert cluster.calls == []
