"""A capture against the demo cluster, AWS and Grafana: everything is there, and nothing that must not be."""

import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from cluster.enums import EvidenceKind
from cluster.models import CatalogueEntry
from incidents.enums import CaptureState, EntryKind
from incidents.models import Capture, Incident, TimelineEntry
from incidents.services.read_evidence import Sources
from incidents.services.run_capture import due_captures, run_capture
from simulators.aws.testing import RunningAws
from simulators.kubernetes.testing import RunningCluster
from tests.factories import make_incident
from tests.incidents.evidence.capturing import capture, everything_kept, states
from tests.incidents.evidence.secrets import FORMS

pytestmark = pytest.mark.django_db
GATEWAY = "chatops-gateway"
MEBIBYTE = 1 << 20
SECRET = "Zq7hunter2hunter2hunter2"


def first_pod(sources: Sources) -> str:
    """The name of one of the gateway's pods."""
    return sources.cluster_of("").pods("chatops", selector=f"app={GATEWAY}")[0].name


def test_everything_is_captured_and_told_in_one_line(sources: Sources, gateway: CatalogueEntry) -> None:
    parts = capture(sources)
    assert states(parts) == {kind.value: "read" for kind in EvidenceKind}
    pods = parts[EvidenceKind.PODS].data
    assert sum(pod["is_mine"] for pod in pods["pods"]) == 3
    assert pods["pods"][0]["is_mine"]
    assert len(parts[EvidenceKind.EVENTS].data["events"]) <= 10
    assert {log["pod"] for log in parts[EvidenceKind.LOGS].data["logs"]} == {
        pod["name"] for pod in pods["pods"] if pod["is_mine"]
    }
    revisions = parts[EvidenceKind.ROLLOUTS].data["revisions"]
    assert revisions[0]["is_current"]
    assert revisions[0]["changes"]["images"] == {"gateway": ["chatops/gateway:v1.2.2", "chatops/gateway:v1.2.3"]}
    assert parts[EvidenceKind.TOP].data["by_cpu"][0]["cpu_millicores"] > 0
    (database,) = parts[EvidenceKind.RDS].data["databases"]
    assert (database["id"], database["status"], database["replica_of"]) == ("chatops-prod", "available", "")
    assert datetime.fromisoformat(database["restorable_at"]).tzinfo is not None
    assert {series["name"] for series in database["metrics"]} >= {"DatabaseConnections", "CPUUtilization"}
    assert bytes(parts[EvidenceKind.GRAFANA].image or b"").startswith(b"\x89PNG")
    entry = TimelineEntry.objects.get(kind=EntryKind.EVIDENCE)
    assert entry.text.startswith("Evidence captured ")
    assert "pods" in entry.text
    assert Capture.objects.get().state == CaptureState.DONE
    assert due_captures() == []


def test_a_bad_rollout_shows_in_every_part(sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster) -> None:
    cluster.deploy(GATEWAY, image="chatops/gateway:v1.2.5")
    cluster.advance(90)
    parts = capture(sources)
    assert parts[EvidenceKind.PODS].warnings > 0
    assert parts[EvidenceKind.PODS].data["pods"][0]["is_unwell"]
    assert parts[EvidenceKind.EVENTS].warnings > 0
    assert parts[EvidenceKind.LOGS].data["logs"][0]["is_unwell"]
    assert any(log["is_previous"] for log in parts[EvidenceKind.LOGS].data["logs"])
    assert (
        parts[EvidenceKind.ROLLOUTS].data["revisions"][0]["changes"]["images"]["gateway"][1] == "chatops/gateway:v1.2.5"
    )
    assert "not ready" in TimelineEntry.objects.get(kind=EntryKind.EVIDENCE).text


def test_no_secret_of_a_log_reaches_the_database(
    sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster
) -> None:
    lines = "\n".join(f"ERROR {form(SECRET)}" for _shown, form in FORMS)
    cluster.set_log(first_pod(sources), lines.encode())
    capture(sources)
    kept = everything_kept()
    assert SECRET not in kept
    assert "hunter2" not in kept
    assert "ERROR login failed user=bob password=••• host=db" in kept


def test_the_environment_is_kept_by_its_names_alone(
    sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster
) -> None:
    cluster.deploy(GATEWAY, env={"API_TOKEN": SECRET, "NEW_FLAG": SECRET})
    cluster.advance(60)
    capture(sources)
    kept = everything_kept()
    assert "NEW_FLAG" in kept
    assert SECRET not in kept


def test_binary_and_coloured_logs(sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster) -> None:
    pod = first_pod(sources)
    cluster.set_log(pod, bytes(range(256)) * 4_000)
    parts = capture(sources)
    (binary,) = [log for log in parts[EvidenceKind.LOGS].data["logs"] if log["pod"] == pod]
    assert binary["is_binary"]
    assert (binary["errors"], binary["lines"]) == ([], 0)
    assert "\\u001b" not in everything_kept()


def test_a_hundred_megabytes_of_a_log_cost_no_memory(
    sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster
) -> None:
    capture(sources)
    for pod in sources.cluster_of("").pods("chatops", selector=f"app={GATEWAY}"):
        cluster.set_long_log(pod.name, 100 * MEBIBYTE)
    incident = make_incident(2, minutes_old=0.1)
    tracemalloc.start()
    parts = capture(sources, incident)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    logs = parts[EvidenceKind.LOGS].data["logs"]
    assert {log["is_cut"] for log in logs} == {True}
    assert max(log["size"] for log in logs) <= MEBIBYTE
    assert peak < 50 * MEBIBYTE


def test_a_service_without_a_place_has_no_cluster_evidence(sources: Sources, gateway: CatalogueEntry) -> None:
    CatalogueEntry.objects.update(namespace="", databases=[], grafana_dashboard="")
    assert capture(sources) == {}
    assert not TimelineEntry.objects.filter(kind=EntryKind.EVIDENCE).exists()
    assert Capture.objects.get().state == CaptureState.DONE


def test_nothing_of_another_namespace_is_asked_for(
    sources: Sources, gateway: CatalogueEntry, cluster: RunningCluster
) -> None:
    capture(sources)
    assert {call.path.split("/namespaces/")[1].split("/")[0] for call in cluster.calls} == {"chatops"}


def test_maintenance_that_aws_plans_is_worth_a_look(sources: Sources, gateway: CatalogueEntry, aws: RunningAws) -> None:
    aws.plan_maintenance("chatops-prod", "system-update", "New operating system")
    part = capture(sources)[EvidenceKind.RDS]
    assert part.data["databases"][0]["maintenance"][0]["action"] == "system-update"
    assert part.warnings == 1


def test_what_is_captured_again_shows_beside_what_was(sources: Sources, gateway: CatalogueEntry) -> None:
    incident = make_incident(minutes_old=0.1)
    capture(sources, incident)
    Incident.objects.update(cycle_started_at=datetime.now(UTC) - timedelta(minutes=13))
    Capture.objects.create(incident=incident, number=2, cycle=1, cause="request", kinds=["pods"])
    parts = capture(sources, incident)
    assert list(parts) == [EvidenceKind.PODS]
    assert "13 minutes after the trigger" in TimelineEntry.objects.filter(kind=EntryKind.EVIDENCE).last().text  # type: ignore[union-attr]


def test_a_capture_that_is_done_is_not_made_again(sources: Sources, gateway: CatalogueEntry) -> None:
    capture(sources)
    assert run_capture(capture_id=Capture.objects.get().pk, sources=sources) is None
    assert TimelineEntry.objects.filter(kind=EntryKind.EVIDENCE).count() == 1
