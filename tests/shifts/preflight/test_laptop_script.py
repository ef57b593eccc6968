"""The script as a person runs it: by a real sh, with the real kubectl and aws, against the demo world and a served portal."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.database_time import database_now
from integrations.probes import Endpoint
from shifts.enums import ItemState, PreflightItem
from shifts.models import LaptopToken, Preflight
from shifts.readiness import readiness_of
from shifts.services.laptop import make_token
from simulators.aws.testing import RunningAws
from simulators.certificates import unknown_authority
from simulators.kubernetes.testing import RunningCluster, running_cluster
from tests.cast import Cast
from tests.integrations.test_probes import hang, leave, listening, says
from tests.servers import PortalUnderTest
from tests.shifts.preflight.laptops import TOOLS, Laptop
from tests.shifts.preflight.things import make_preflight, make_shift

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(scope="module")
def trusted_cluster() -> Iterator[RunningCluster]:
    # kubectl sends no token over plain HTTP.
    with running_cluster(tls=True) as cluster:
        yield cluster


@pytest.fixture
def laptop(trusted_cluster: RunningCluster, aws: RunningAws, tmp_path: Path) -> Laptop:
    trusted_cluster.reset()
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(trusted_cluster.kubeconfig(trusted=True))
    return Laptop(tmp_path, KUBECONFIG=str(kubeconfig), **aws.environment())


@pytest.fixture
def preflight(portal: PortalUnderTest, cast: Cast) -> Preflight:
    return make_preflight(make_shift(cast.responder))


def line(portal: PortalUnderTest, preflight: Preflight, cast: Cast) -> str:
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    return f"{portal.url}{reverse('shifts:laptop_script', args=[token])}"


def states(preflight: Preflight) -> dict[PreflightItem, ItemState]:
    return readiness_of([preflight.shift_id], database_now())[preflight.shift_id].items


def troubles(preflight: Preflight, item: PreflightItem) -> dict[str, str]:
    """What was seen of each subject, by its code."""
    seen = preflight.checks.filter(item=item).latest("pk").seen
    return {each["data"]["subject"]: each["data"]["trouble"] for each in seen}


def hang_longer_than_curl(connection: socket.socket) -> None:
    connection.recv(4096)
    time.sleep(10)


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def test_everything_works(
    portal: PortalUnderTest, preflight: Preflight, cast: Cast, laptop: Laptop, settings: Settings
) -> None:
    with listening(says(OK.decode())) as web, listening(hang) as database:
        settings.PREFLIGHT_ENDPOINTS = (
            Endpoint("grafana", "http", "127.0.0.1", web, "/api/health"),
            Endpoint("db", "tcp", "127.0.0.1", database),
        )
        status, shown = laptop.run(line(portal, preflight, cast))
    assert status == 0, shown
    assert "The portal has it; the preflight page shows it." in shown
    found = states(preflight)
    assert {item: found[item] for item in (PreflightItem.VPN, PreflightItem.KUBECTL, PreflightItem.AWS)} == {
        PreflightItem.VPN: ItemState.READY,
        PreflightItem.KUBECTL: ItemState.READY,
        PreflightItem.AWS: ItemState.READY,
    }, shown
    assert LaptopToken.objects.get().used_at is not None


def test_nothing_that_is_secret_is_sent_or_shown(
    portal: PortalUnderTest, preflight: Preflight, cast: Cast, laptop: Laptop, trusted_cluster: RunningCluster
) -> None:
    _status, shown = laptop.run(line(portal, preflight, cast))
    stored = str([check.seen for check in preflight.checks.all()])
    for secret in (
        laptop.environment["AWS_SECRET_ACCESS_KEY"],
        laptop.environment["AWS_ACCESS_KEY_ID"],
        trusted_cluster.token,
    ):
        assert secret not in shown
        assert secret not in stored
    assert "123456789012" not in shown + stored  # the account
    assert not list(laptop.folder.glob("tmp.*"))  # it leaves nothing behind


def test_every_way_in_which_an_address_is_not_reached(
    portal: PortalUnderTest, preflight: Preflight, cast: Cast, laptop: Laptop, settings: Settings
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]
    redirects = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    forbids = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    with (
        listening(hang_longer_than_curl) as hanging,
        listening(leave, tls=unknown_authority()) as untrusted,
        listening(says(redirects)) as redirecting,
        listening(says(forbids)) as forbidding,
        listening(says("220 hello\r\n")) as plain,
    ):
        settings.PREFLIGHT_ENDPOINTS = (
            Endpoint("closed", "tcp", "127.0.0.1", nobody),
            Endpoint("unknown", "tcp", "no-such-host.invalid", 443),
            Endpoint("hanging", "http", "127.0.0.1", hanging, "/"),
            Endpoint("untrusted", "tls", "127.0.0.1", untrusted),
            Endpoint("plain", "tls", "127.0.0.1", plain),
            Endpoint("redirecting", "http", "127.0.0.1", redirecting, "/"),
            Endpoint("forbidding", "http", "127.0.0.1", forbidding, "/"),
        )
        _status, shown = laptop.run(line(portal, preflight, cast))
    assert troubles(preflight, PreflightItem.VPN) == {
        "closed": "refused",
        "unknown": "unknown_host",
        "hanging": "timeout",
        "untrusted": "untrusted",
        "plain": "tls",
        "redirecting": "ok",
        "forbidding": "http_403",
    }, shown
    assert states(preflight)[PreflightItem.VPN] is ItemState.NOT_READY


def test_what_kubectl_may_not_do(
    portal: PortalUnderTest, preflight: Preflight, cast: Cast, laptop: Laptop, trusted_cluster: RunningCluster
) -> None:
    trusted_cluster.deny("patch", "deployments")
    trusted_cluster.deny("list", "pods")
    laptop.run(line(portal, preflight, cast))
    found = troubles(preflight, PreflightItem.KUBECTL)
    refused = {subject for subject, code in found.items() if code == "forbidden"}
    assert {"pods", "patch/deployments.apps"} <= refused
    assert found["get/pods/log"] == "ok"
    assert states(preflight)[PreflightItem.KUBECTL] is ItemState.NOT_READY


@pytest.mark.parametrize(
    ("trouble", "code"), [("token", "unauthorized"), ("gone", "unreachable"), ("authority", "untrusted")]
)
def test_why_kubectl_sees_nothing(
    trouble: str,
    code: str,
    portal: PortalUnderTest,
    preflight: Preflight,
    cast: Cast,
    laptop: Laptop,
    trusted_cluster: RunningCluster,
) -> None:
    kubeconfig = Path(laptop.environment["KUBECONFIG"])
    text = trusted_cluster.kubeconfig(trusted=trouble != "authority", token="wrong" if trouble == "token" else None)
    if trouble == "gone":
        text = text.replace(f":{port_of(trusted_cluster.url)}", ":9")
    kubeconfig.write_text(text)
    laptop.run(line(portal, preflight, cast))
    assert set(troubles(preflight, PreflightItem.KUBECTL).values()) == {code}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"known": "expired_token"}, "expired_token"),
        ({"known": "access_denied"}, "forbidden"),
        ({"known": "invalid_token"}, "unauthorized"),
    ],
)
def test_why_aws_says_no(
    fault: dict[str, str],
    code: str,
    portal: PortalUnderTest,
    preflight: Preflight,
    cast: Cast,
    laptop: Laptop,
    aws: RunningAws,
) -> None:
    aws.fail(**fault, times=None)
    laptop.run(line(portal, preflight, cast))
    assert set(troubles(preflight, PreflightItem.AWS).values()) == {code}


def test_without_credentials_and_without_the_programs(
    portal: PortalUnderTest, preflight: Preflight, cast: Cast, laptop: Laptop
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del laptop.environment[name]
    laptop.run(line(portal, preflight, cast))
    assert set(troubles(preflight, PreflightItem.AWS).values()) == {"no_credentials"}
    bare = laptop.folder / "bin"
    bare.mkdir()
    for name in ("sh", "curl", "mktemp", "rm", "cat", "sleep"):
        found = shutil.which(name)
        assert found is not None
        (bare / name).symlink_to(found)
    laptop.environment["PATH"] = str(bare)
    status, shown = laptop.run(line(portal, preflight, cast))
    assert status == 0, shown
    assert set(troubles(preflight, PreflightItem.KUBECTL).values()) == {"not_installed"}
    assert set(troubles(preflight, PreflightItem.AWS).values()) == {"not_installed"}
    # A console in a browser may do for AWS, which the person then says; nothing does for kubectl.
    assert states(preflight)[PreflightItem.KUBECTL] is ItemState.NOT_READY
    assert states(preflight)[PreflightItem.AWS] is ItemState.UNCHECKED


def test_a_program_that_hangs_is_ended(
    portal: PortalUnderTest, preflight: Preflight, cast: Cast, laptop: Laptop
) -> None:
    bare = laptop.folder / "bin"
    bare.mkdir()
    slow = bare / "kubectl"
    slow.write_text("#!/bin/sh\nexec sleep 300\n")
    slow.chmod(0o755)
    laptop.environment["PATH"] = f"{bare}:{laptop.environment['PATH']}"
    began = time.monotonic()
    laptop.run(line(portal, preflight, cast))
    assert time.monotonic() - began < 60
    assert set(troubles(preflight, PreflightItem.KUBECTL).values()) == {"timeout"}


def test_a_second_run_says_why_it_is_refused(
    portal: PortalUnderTest, preflight: Preflight, cast: Cast, laptop: Laptop
) -> None:
    url = line(portal, preflight, cast)
    assert laptop.run(url)[0] == 0
    status, shown = laptop.run(url)
    assert status == 1
    assert shown == "This token has answered already; each answers once. Ask for a new line on the preflight page.\n"


def test_the_script_is_what_a_strict_reader_accepts(
    portal: PortalUnderTest, preflight: Preflight, cast: Cast, tmp_path: Path, settings: Settings
) -> None:
    settings.PREFLIGHT_ENDPOINTS = (Endpoint("grafana", "https", "grafana.internal", 443, "/api/health"),)
    token = make_token(actor=cast.responder, preflight_id=preflight.pk)
    script = tmp_path / "preflight.sh"
    script.write_bytes(Client().get(reverse("shifts:laptop_script", args=[token])).content)
    for arguments in (["shellcheck", "--shell=sh", "--norc"], ["dash", "-n"], ["bash", "--posix", "-n"]):
        program = shutil.which(arguments[0], path=f"{TOOLS}:{os.environ['PATH']}")
        if program is None and arguments[0] != "shellcheck":
            continue  # another shell than this machine's
        assert program is not None
        ran = subprocess.run([program, *arguments[1:], str(script)], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(script.read_text().splitlines()) < 220
