"""The real kubectl asks the demo cluster what it may; the client of Python's asks in another encoding."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.kubernetes.protobuf import read_review
from simulators.kubernetes.testing import RunningCluster, running_cluster

KUBECTL = Path(sys.executable).parent / "kubectl"


@pytest.fixture(scope="module")
def trusted() -> Iterator[RunningCluster]:
    # kubectl sends no token over plain HTTP.
    with running_cluster(tls=True) as cluster:
        yield cluster


def can_i(cluster: RunningCluster, folder: Path, *question: str) -> tuple[int, str]:
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(cluster.kubeconfig(trusted=True))
    ran = subprocess.run(
        [str(KUBECTL), "auth", "can-i", *question, "--namespace", "chatops"],
        env={"KUBECONFIG": str(kubeconfig), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return ran.returncode, ran.stdout.strip()


def test_it_is_told_yes_and_no(trusted: RunningCluster, tmp_path: Path) -> None:
    trusted.deny("patch", "deployments")
    trusted.deny("get", "pods/log")
    assert can_i(trusted, tmp_path, "list", "pods") == (0, "yes")
    assert can_i(trusted, tmp_path, "patch", "deployments.apps") == (1, "no")
    assert can_i(trusted, tmp_path, "get", "pods", "--subresource=log") == (1, "no")
    assert can_i(trusted, tmp_path, "get", "pods") == (0, "yes")


@pytest.mark.parametrize("body", [b"", b"{}", b"k8s\x00\x12\x7fcut", b"k8s\x00\xff\xff"])
def test_what_is_no_protobuf_is_said_so(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"no Kubernetes|cut short"):
        read_review(body)
