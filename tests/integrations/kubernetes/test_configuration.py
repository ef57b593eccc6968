"""Where the cluster is: KUBECONFIG, a service account, or nowhere; and what is wrong with it, without a credential."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from integrations.errors import Refused
from integrations.kubernetes import configuration
from integrations.kubernetes.client import Cluster, cluster_for, contexts, is_configured
from integrations.kubernetes.configuration import current_context

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: first
clusters: [{{name: c, cluster: {{server: "{server}"}}}}]
users: [{{name: u, user: {{token: s3cret-token}}}}]
contexts:
  - {{name: first, context: {{cluster: c, user: u}}}}
  - {{name: second, context: {{cluster: c, user: u}}}}
"""


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(configuration, "SERVICE_ACCOUNT", tmp_path / "serviceaccount")


def use(
    monkeypatch: pytest.MonkeyPatch, path: Path, text: str = KUBECONFIG.format(server="http://127.0.0.1:9")
) -> Path:
    path.write_text(text)
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path


def become_a_pod(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    folder.mkdir()
    (folder / "token").write_text("pod-token")
    (folder / "ca.crt").write_text("a certificate")
    monkeypatch.setattr(configuration, "SERVICE_ACCOUNT", folder)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "9")


def refusal(context: str = "") -> str:
    with pytest.raises(Refused) as caught:
        Cluster(context=context)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


def test_nowhere() -> None:
    assert not is_configured()
    assert contexts() == ()
    assert refusal() == "not_configured: neither a file in KUBECONFIG nor a service account"


def test_the_home_directorys_kubeconfig_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(KUBECONFIG.format(server="http://127.0.0.1:9"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert refusal().startswith("not_configured")


def test_a_kubeconfig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use(monkeypatch, tmp_path / "config")
    assert is_configured()
    assert contexts() == ("first", "second")
    Cluster()
    Cluster(context="second")


def test_several_files_are_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = use(monkeypatch, tmp_path / "config")
    other = tmp_path / "other"
    cluster = "{name: d, cluster: {server: 'http://127.0.0.1:9'}}"
    other.write_text(f"{{clusters: [{cluster}], users: [], contexts: [{{name: third, context: {{cluster: d}}}}]}}")
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, (first, tmp_path / "absent", other))))
    assert contexts() == ("first", "second", "third")
    Cluster(context="third")
    assert current_context() == "first"
    other.write_text(other.read_text().removesuffix("}") + ", current-context: third}")
    assert current_context() == "third"


def test_a_service_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    become_a_pod(monkeypatch, tmp_path / "pod")
    assert is_configured()
    assert (contexts(), current_context()) == ((), "")
    Cluster()
    assert refusal("first") == "bad_configuration: no context 'first'"


def test_a_service_account_without_its_authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    become_a_pod(monkeypatch, tmp_path / "pod")
    (tmp_path / "pod" / "ca.crt").unlink()
    assert refusal().startswith("bad_configuration")


def test_an_unknown_context(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use(monkeypatch, tmp_path / "config")
    assert refusal("fourth") == "bad_configuration: no context 'fourth'"


def naming(*, cluster: str = "server: https://x", user: str = "token: s3cret", clusters: str = "c") -> str:
    """A kubeconfig of one context, with these as its cluster and its user."""
    return (
        "{current-context: a, contexts: [{name: a, context: {cluster: c, user: u}}], "
        f"clusters: [{{name: {clusters}, cluster: {{{cluster}}}}}], users: [{{name: u, user: {{{user}}}}}]}}"
    )


BROKEN = {
    "token: s3cret\n\tkey: : [": "no YAML, line 2",
    "": "no kubeconfig",
    "[s3cret]": "no kubeconfig",
    "contexts: s3cret": "no kubeconfig",
    "contexts: [{context: {token: s3cret}}]": "a context without a name",
    "contexts: [*s3cret]": "no YAML, line 1",
    "s3cret\x00": "no YAML",
    "{contexts: [{name: a, context: {cluster: c}}], clusters: []}": "without current-context",
    naming(clusters="d"): "without c",
    naming(cluster="server: https://x, certificate-authority: /absent.pem"): "File does not exist: /absent.pem",
    naming(cluster="server: https://x, certificate-authority-data: a"): "Error",
    naming(user="client-certificate-data: s3cret"): "Error",
    naming(user="tokenFile: /absent-s3cret"): "FileNotFoundError",
    "#" * (configuration.LARGEST_KUBECONFIG + 1): "larger than",
}


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_is_named_with_what_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    use(monkeypatch, tmp_path / "config", text)
    said = refusal()
    assert said.startswith("bad_configuration")
    assert BROKEN[text] in said


def test_a_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = use(monkeypatch, tmp_path / "config", "\xff\xfe")
    path.write_bytes(b"\xff\xfe\xff")
    assert refusal().startswith("bad_configuration")


def test_a_client_is_kept_until_the_file_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = use(monkeypatch, tmp_path / "config")
    kept = cluster_for()
    assert cluster_for() is kept
    assert cluster_for("second") is not kept
    assert cluster_for(timeout=1.0) is not kept
    use(monkeypatch, path, KUBECONFIG.format(server="http://127.0.0.1:19"))
    assert cluster_for() is not kept
    path.unlink()
    with pytest.raises(Refused):
        cluster_for()


def test_the_official_client_is_imported_only_where_a_cluster_is_needed() -> None:
    script = (
        "import sys; from integrations.kubernetes.client import contexts, is_configured; is_configured(), contexts();"
        "sys.exit('kubernetes' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
