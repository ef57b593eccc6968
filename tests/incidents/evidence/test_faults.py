"""What cannot be read says why, and what can be read stands beside it."""

from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from cluster.enums import EvidenceKind, Obstacle
from cluster.models import CatalogueEntry
from incidents.enums import EntryKind
from incidents.models import Incident, TimelineEntry
from incidents.services import run_capture as service
from incidents.services.read_evidence import Sources
from integrations.aws import Aws
from simulators.aws.testing import RunningAws
from simulators.grafana.testing import RunningGrafana
from simulators.kubernetes.testing import RunningCluster
from tests.cast import Cast, browser_of
from tests.factories import make_incident
from tests.incidents.evidence.capturing import capture, states

pytestmark = pytest.mark.django_db
ALL_READ = {kind.value: "read" for kind in EvidenceKind}
EVENTS = "/api/v1/namespaces/chatops/events"

FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"hang_for": 30.0}, "timeout"),
    ({"reset": True}, "unreachable"),
    ({"status": 401}, "unauthorized"),
    ({"status": 403}, "forbidden"),
    ({"status": 404}, "not_found"),
    ({"status": 410}, "gone"),
    ({"status": 429, "retry_after": 1}, "limited"),
    ({"status": 500}, "broken"),
    ({"truncated": True}, "malformed"),
]


@pytest.mark.parametrize(("fault", "code"), FAULTS)
def test_one_part_fails_and_the_others_stand(
    fault: dict[str, Any], code: str, sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster, cast: Cast
) -> None:
    cluster.fail(path_prefix=EVENTS, times=None, **fault)
    parts = capture(sources)
    assert states(parts) == ALL_READ | {"events": f"failed {code}"}
    page = browser_of(cast.viewer).get(f"/incidents/{parts[EvidenceKind.PODS].capture.incident_id}/evidence/")
    html = unescape(page.content.decode())
    assert str(Obstacle.of(code).label) in html
    assert "not readable: Events" in TimelineEntry.objects.get(kind=EntryKind.EVIDENCE).text


def test_a_cluster_that_hangs_costs_its_parts_and_no_others(
    sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster
) -> None:
    cluster.fail(path_prefix="/", times=None, hang_for=60.0)
    parts = capture(sources)
    unread = dict.fromkeys(("pods", "events", "logs", "rollouts", "top"), "failed timeout")
    assert states(parts) == ALL_READ | unread


def test_nobody_waits_beyond_the_deadline(
    sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every answer is late, none so late that the client would give it up."""
    monkeypatch.setattr(service, "PART_DEADLINE_S", 1.2)
    cluster.fail(path_prefix="/", times=None, delay_for=1.5)
    assert states(capture(sources))["pods"] == "failed timeout"


def test_one_log_that_hangs_leaves_the_others(
    sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster
) -> None:
    pod = sources.cluster_of("").pods("chatops", selector="app=chatops-gateway")[0].name
    cluster.fail(path_prefix=f"/api/v1/namespaces/chatops/pods/{pod}/log", times=None, hang_for=30.0)
    logs = capture(sources)[EvidenceKind.LOGS].data["logs"]
    assert {log["failure"] for log in logs if log["pod"] == pod} == {"timeout"}
    assert {log["failure"] for log in logs if log["pod"] != pod} == {""}


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ("expired_token", "expired_token"),
        ("access_denied", "forbidden"),
        ("internal", "broken"),
        ("throttled", "limited"),
    ],
)
def test_a_database_that_cannot_be_read(
    known: str, code: str, sources: Sources, gateway: CatalogueEntry, aws: RunningAws
) -> None:
    aws.fail(action="DescribeDBInstances", known=known, times=None)
    assert states(capture(sources)) == ALL_READ | {"rds": f"failed {code}"}


def test_an_expired_token_is_told_in_words(
    sources: Sources, gateway: CatalogueEntry, aws: RunningAws, cast: Cast
) -> None:
    aws.fail(known="expired_token", times=None)
    capture(sources)
    html = browser_of(cast.viewer).get(f"/incidents/{Incident.objects.get().pk}/").content.decode()
    assert "The AWS session has expired" in html
    assert "Renew the portal's AWS session" in unescape(html)


def test_metrics_and_maintenance_may_fail_without_the_database(
    sources: Sources, gateway: CatalogueEntry, aws: RunningAws
) -> None:
    aws.fail(action="GetMetricData", known="access_denied", times=None)
    aws.fail(action="DescribePendingMaintenanceActions", known="internal", times=None)
    (database,) = capture(sources)[EvidenceKind.RDS].data["databases"]
    assert (database["status"], database["metrics_failure"], database["maintenance_failure"]) == (
        "available",
        "forbidden",
        "broken",
    )


def test_one_database_of_two_is_not_there(sources: Sources, gateway: CatalogueEntry) -> None:
    CatalogueEntry.objects.update(databases=["chatops-prod", "no-such"])
    part = capture(sources)[EvidenceKind.RDS]
    assert [database["failure"].partition(":")[0] for database in part.data["databases"]] == ["", "not_found"]
    assert part.warnings == 1


def test_grafana_refuses(sources: Sources, gateway: CatalogueEntry, grafana: RunningGrafana) -> None:
    grafana.fail(path_prefix="/render/", status=403, times=None)
    assert states(capture(sources)) == ALL_READ | {"grafana": "failed forbidden"}


def test_no_metrics_server(sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster) -> None:
    cluster.set_metrics(False)
    assert states(capture(sources)) == ALL_READ | {"top": "failed no_metrics"}


def test_a_deployment_that_is_not_there(sources: Sources, gateway: CatalogueEntry) -> None:
    CatalogueEntry.objects.update(deployment="no-such")
    assert states(capture(sources)) == ALL_READ | {"rollouts": "failed not_found"}


def test_nothing_is_connected(
    sources: Sources, gateway: CatalogueEntry, monkeypatch: pytest.MonkeyPatch, cast: Cast
) -> None:
    """No failure, no line on the timeline: the room says it calmly."""
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    unconnected = replace(sources, aws=Aws(region="ap-northeast-1", timeout=1), grafana=None)
    parts = capture(unconnected)
    assert {state.partition(" ")[0] for state in states(parts).values()} == {"nothing"}
    assert not TimelineEntry.objects.filter(kind=EntryKind.EVIDENCE).exists()
    html = browser_of(cast.viewer).get(f"/incidents/{Incident.objects.get().pk}/").content.decode()
    assert "No cluster, AWS or Grafana is connected, so there is no evidence." in html


def test_a_capture_that_ends_its_worker_every_time_is_given_up(sources: Sources, gateway: CatalogueEntry) -> None:
    incident = make_incident(minutes_old=0.1)
    incident.captures.update(attempts=service.MOST_ATTEMPTS)
    assert set(states(capture(sources, incident)).values()) == {"failed unknown"}
