"""`deploy/kubernetes` is what the Procfile, the image and the cluster's client say."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedded.configuration import procfile_commands
from integrations.kubernetes.access import NEEDED, READS, WRITES
from integrations.kubernetes.types import Permission
from oncall_portal.env import Env

FOLDER = Path(__file__).resolve().parent.parent / "deploy" / "kubernetes"
NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"

type Object = dict[str, Any]


def objects(file: str) -> list[Object]:
    return list(yaml.safe_load_all((FOLDER / file).read_text()))


@pytest.fixture
def processes() -> dict[str, Object]:
    return {each["metadata"]["labels"][COMPONENT]: each for each in objects("processes.yaml")}


def container(process: Object) -> Object:
    (found,) = process["spec"]["template"]["spec"]["containers"]
    assert found["name"] == "portal"  # The common patch (pod.yaml) is merged by this name.
    return dict(found)


def test_every_file_is_part_of_it() -> None:
    (kustomization,) = objects("kustomization.yaml")
    used = {
        *kustomization["resources"],
        *(patch["path"] for patch in kustomization["patches"]),
        *kustomization["transformers"],
    }
    assert used | {"kustomization.yaml"} == {path.name for path in FOLDER.iterdir()}
    for path in FOLDER.iterdir():
        for each in objects(path.name):
            assert each["apiVersion"]
            assert each["kind"]


def test_the_processes_are_the_procfiles(processes: dict[str, Object]) -> None:
    commands = {name: container(process)["command"] for name, process in processes.items()}
    assert commands == {name: shlex.split(command) for name, command in procfile_commands().items()}


def test_each_process_has_its_pods_to_itself(processes: dict[str, Object]) -> None:
    for name, process in processes.items():
        labels = {NAME: "oncall-portal", COMPONENT: name}
        assert process["kind"] == "Deployment"
        assert process["metadata"]["name"] == f"oncall-portal-{name}"
        assert process["metadata"]["labels"] == labels
        assert process["spec"]["selector"] == {"matchLabels": labels}
        assert process["spec"]["template"]["metadata"]["labels"] == labels


def test_there_is_never_a_second_beat(processes: dict[str, Object]) -> None:
    spec = processes["beat"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_beat_migrates_and_the_others_wait_for_it(processes: dict[str, Object]) -> None:
    (migrate,) = processes["beat"]["spec"]["template"]["spec"]["initContainers"]
    assert migrate["command"][:3] == ["python", "manage.py", "migrate"]
    (kustomization,) = objects("kustomization.yaml")
    targets = {patch["path"]: patch["target"] for patch in kustomization["patches"]}
    assert targets["migrated.yaml"] == {"kind": "Deployment", "labelSelector": f"{COMPONENT}!=beat"}
    (waits,) = objects("migrated.yaml")[0]["spec"]["template"]["spec"]["initContainers"]
    assert waits["command"] == ["python", "manage.py", "migrate", "--check"]


def test_one_process_alone_has_the_clusters_token(processes: dict[str, Object]) -> None:
    pods = {name: process["spec"]["template"]["spec"] for name, process in processes.items()}
    assert [name for name, pod in pods.items() if pod["automountServiceAccountToken"]] == ["cluster-worker"]
    assert pods["cluster-worker"]["serviceAccountName"] == "oncall-portal"


def test_the_service_leads_to_the_web_process(processes: dict[str, Object]) -> None:
    (service,) = objects("service.yaml")
    assert service["spec"]["selector"] == processes["web"]["metadata"]["labels"]
    (port,) = container(processes["web"])["ports"]
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]


def test_settings_come_from_names_and_no_secret_stands_in_a_file() -> None:
    known = {name.upper() for name in Env.model_fields}
    for path in FOLDER.iterdir():
        for each in every_container(objects(path.name)):
            for source in each.get("envFrom", []):
                assert [value["name"] for value in source.values()] == ["oncall-portal"]
            given = {variable["name"]: variable["value"] for variable in each.get("env", [])}
            assert set(given) <= known
            assert set(given) <= {"HOST", "PORT", "PORTAL_DATA", "PORTAL_DEMO"}
            assert given.get("PORTAL_DEMO", "0") == "0"
    assert not [each for path in FOLDER.iterdir() for each in objects(path.name) if each["kind"] == "Secret"]


def every_container(found: object) -> list[Object]:
    if isinstance(found, list):
        return [each for item in found for each in every_container(item)]
    if not isinstance(found, dict):
        return []
    own = [*found.get("containers", []), *found.get("initContainers", [])]
    return own + [each for value in found.values() if isinstance(value, dict) for each in every_container(value)]


def test_no_process_has_rights_on_the_machine() -> None:
    (pod,) = objects("pod.yaml")
    spec = pod["spec"]["template"]["spec"]
    assert spec["securityContext"]["runAsNonRoot"]
    files = [objects(name) for name in ("pod.yaml", "migrated.yaml")] + [
        [each for each in objects("processes.yaml") if "initContainers" in each["spec"]["template"]["spec"]]
    ]
    for each in every_container(files):
        if each["name"] == "portal" and "securityContext" not in each:
            continue  # in processes.yaml; pod.yaml adds it
        assert each["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_the_role_is_what_the_client_calls_and_nothing_else() -> None:
    account, role, binding = objects("rbac.yaml")
    granted = [
        Permission(verb, group, *resource.split("/"))
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    ]
    assert sorted(granted, key=str) == sorted(NEEDED, key=str)
    assert not [
        each for each in granted if "*" in str(each) or each.resource == "secrets" or each.subresource == "exec"
    ]
    assert (role["kind"], role["metadata"]["namespace"]) == ("Role", "chatops")
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert binding["metadata"]["namespace"] == role["metadata"]["namespace"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": account["metadata"]["name"]}]
    assert account["automountServiceAccountToken"] is False


def test_reads_and_writes_are_told_apart() -> None:
    assert {each.verb for each in READS} == {"get", "list"}
    assert not {each.verb for each in WRITES} & {"get", "list", "watch"}
    assert (*READS, *WRITES) == NEEDED
