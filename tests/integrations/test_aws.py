"""AWS over real HTTP: what each method reads, and every way in which it can fail as an error of ours."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.aws import METRICS, MOST_POINTS, Aws, aws_for
from integrations.aws_errors import of_answer
from integrations.aws_types import AwsIdentity, MaintenanceAction
from integrations.errors import IntegrationError, MalformedPayload, Refused, Unavailable
from simulators.aws.faults import BROKEN_PAGE
from simulators.aws.testing import SECRET_KEY, RunningAws, running_aws
from simulators.certificates import unknown_authority, unknown_authority_pem

PRIMARY, REPLICA = "chatops-prod", "chatops-replica"
NOW = datetime.now(UTC)
#: One method for each service, hence for each protocol.
CALLS = {
    "DescribeDBInstances": lambda client: client.database(PRIMARY),
    "GetMetricData": lambda client: client.database_metrics(PRIMARY, since=NOW - timedelta(hours=1), until=NOW),
    "GetCallerIdentity": lambda client: client.identity(),
}


@pytest.fixture(scope="module")
def _served() -> Iterator[RunningAws]:
    with running_aws() as aws:
        yield aws


@pytest.fixture
def aws(_served: RunningAws, monkeypatch: pytest.MonkeyPatch) -> RunningAws:
    _served.reset()
    for name, value in _served.environment().items():
        monkeypatch.setenv(name, value)
    return _served


@pytest.fixture(scope="module")
def client(_served: RunningAws) -> Aws:
    """One for all tests, as one serves all threads of a worker; it takes what it needs from the environment when first asked."""
    return Aws(region=_served.region, endpoint_url=_served.url)


def error_of(client: Aws, action: str) -> IntegrationError:
    with pytest.raises(IntegrationError) as caught:
        CALLS[action](client)
    return caught.value


def test_it_says_whose_credentials_these_are(aws: RunningAws, client: Aws) -> None:
    assert client.identity() == AwsIdentity("123456789012", "arn:aws:sts::123456789012:user/moto")


def test_a_database_is_read(aws: RunningAws, client: Aws) -> None:
    aws.set_pending(PRIMARY, DBInstanceClass="db.r6g.xlarge", MultiAZ=False, MasterUserPassword="****")
    found = client.database(PRIMARY)
    assert (found.id, found.status, found.engine, found.engine_version) == (PRIMARY, "available", "postgres", "17.6")
    assert (found.instance_class, found.is_multi_az, found.storage_gib) == ("db.r6g.large", True, 200)
    assert found.latest_restorable_at is not None
    assert found.latest_restorable_at.tzinfo is UTC
    assert found.pending_modifications == {
        "DBInstanceClass": "db.r6g.xlarge",
        "MultiAZ": "false",
        "MasterUserPassword": "•••",
    }
    assert found.replica_of == ""
    assert client.database(REPLICA).replica_of == PRIMARY


def test_a_status_of_trouble_is_told_as_it_is(aws: RunningAws, client: Aws) -> None:
    aws.set_status(PRIMARY, "storage-full")
    assert client.database(PRIMARY).status == "storage-full"


def test_every_page_of_the_databases_is_read(aws: RunningAws, client: Aws) -> None:
    more = [f"extra-{number}" for number in range(101)]
    aws.add_databases(*more)
    assert {each.id for each in client.databases()} == {PRIMARY, REPLICA, *more}
    assert aws.count("DescribeDBInstances") == 2


def test_metrics_are_series_oldest_first(aws: RunningAws, client: Aws) -> None:
    found = client.database_metrics(PRIMARY, since=NOW - timedelta(hours=1), until=NOW)
    assert {each.name: each.unit for each in found} == METRICS
    for each in found:
        instants = [at for at, _value in each.points]
        assert len(instants) == pytest.approx(60, abs=1)
        assert instants == sorted(instants)
        assert {at.tzinfo for at in instants} == {UTC}
    connections = [value for _at, value in found[0].points]
    assert all(150 < value < 500 for value in connections)
    assert aws.count("GetMetricData") == 1


def test_a_long_window_gets_longer_periods(aws: RunningAws, client: Aws) -> None:
    found = client.database_metrics(PRIMARY, since=NOW - timedelta(hours=3, minutes=30), until=NOW)
    assert 60 < len(found[0].points) <= MOST_POINTS


def test_what_was_measured_is_what_is_read(aws: RunningAws, client: Aws) -> None:
    at = (NOW - timedelta(days=2)).replace(second=0, microsecond=0)
    aws.put_metric("CPUUtilization", PRIMARY, {at: 12.5, at + timedelta(minutes=1): 99.0})
    found = {
        each.name: each.points for each in client.database_metrics(PRIMARY, since=at, until=at + timedelta(minutes=5))
    }
    assert found == {
        "DatabaseConnections": (),
        "CPUUtilization": ((at, 12.5), (at + timedelta(minutes=1), 99.0)),
        "FreeableMemory": (),
    }


def test_an_unknown_database_has_no_points(aws: RunningAws, client: Aws) -> None:
    found = client.database_metrics("nobody", since=NOW - timedelta(hours=1), until=NOW)
    assert [each.points for each in found] == [(), (), ()]


def test_planned_maintenance_is_read_for_its_instance_alone(aws: RunningAws, client: Aws) -> None:
    at = datetime(2026, 12, 1, 18, tzinfo=UTC)
    aws.plan_maintenance(PRIMARY, "system-update", "New <Operating System> & more", applies_at=at)
    planned = MaintenanceAction("system-update", "New <Operating System> & more", at)
    assert client.pending_maintenance(PRIMARY) == (planned,)
    assert client.pending_maintenance(REPLICA) == ()


def test_where_maintenance_cannot_be_asked_for_the_rest_can(aws: RunningAws, client: Aws) -> None:
    """moto by itself, and other stand-ins, answer the action with a page of a web server."""
    aws.fail(action="DescribePendingMaintenanceActions", status=500, body=BROKEN_PAGE, times=None)
    with pytest.raises(Unavailable) as caught:
        client.pending_maintenance(PRIMARY)
    assert str(caught.value) == "broken: HTTP 500"
    assert client.database(PRIMARY).status == "available"


def test_a_reboot_takes_its_time_and_is_refused_meanwhile(aws: RunningAws, client: Aws) -> None:
    aws.reboots_take(3600)
    assert client.reboot(PRIMARY, force_failover=True).status == "rebooting"
    with pytest.raises(Refused) as caught:
        client.reboot(PRIMARY)
    assert caught.value.code == "conflict"
    assert client.database(PRIMARY).status == "rebooting"


def test_a_reboot_ends(aws: RunningAws, client: Aws) -> None:
    aws.reboots_take(0)
    client.reboot(PRIMARY)
    assert client.database(PRIMARY).status == "available"


def test_without_a_standby_there_is_no_failover(aws: RunningAws, client: Aws) -> None:
    with pytest.raises(Refused) as caught:
        client.reboot(REPLICA, force_failover=True)
    assert caught.value.code == "invalid"
    assert client.database(REPLICA).status == "available"


def test_a_reboot_whose_answer_is_lost_is_not_tried_again(aws: RunningAws, client: Aws) -> None:
    aws.fail(action="RebootDBInstance", is_applied=True, reset=True)
    with pytest.raises(Unavailable) as caught:
        client.reboot(PRIMARY)
    assert caught.value.code == "unreachable"
    assert aws.count("RebootDBInstance") == 1
    assert client.database(PRIMARY).status == "rebooting"


@pytest.mark.parametrize("ask", [Aws.database, Aws.reboot], ids=["read", "rebooted"])
def test_what_is_not_there_is_not_found(aws: RunningAws, client: Aws, ask: object) -> None:
    with pytest.raises(Refused) as caught:
        ask(client, "nobody")  # type: ignore[operator]
    assert str(caught.value) == "not_found: DBInstanceNotFound: DBInstance nobody not found."


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize(
    ("known", "kind", "code", "calls"),
    [
        ("expired_token", Refused, "expired_token", 1),
        ("invalid_token", Refused, "unauthorized", 1),
        ("no_token", Refused, "unauthorized", 1),
        ("access_denied", Refused, "forbidden", 1),
        ("throttled", Unavailable, "limited", 2),
        ("unavailable", Unavailable, "broken", 2),
        ("internal", Unavailable, "broken", 2),
    ],
)
def test_each_refusal_is_an_error_of_ours(
    aws: RunningAws, client: Aws, action: str, known: str, kind: type[IntegrationError], code: str, calls: int
) -> None:
    aws.fail(action=action, known=known, times=None)
    error = error_of(client, action)
    assert (type(error), error.code, error.__suppress_context__) == (kind, code, True)
    assert aws.count(action) == calls


def test_a_forbidden_act_is_named(aws: RunningAws, client: Aws) -> None:
    aws.fail(known="access_denied")
    assert "is not authorized to perform: DescribeDBInstances" in error_of(client, "DescribeDBInstances").detail


@pytest.mark.parametrize("action", CALLS)
def test_a_fault_that_passes_is_not_noticed(aws: RunningAws, client: Aws, action: str) -> None:
    aws.fail(action=action, known="unavailable")
    CALLS[action](client)
    assert aws.count(action) == 2


def test_throttling_says_how_long_to_wait(aws: RunningAws, client: Aws) -> None:
    aws.fail(known="throttled", retry_after=7, times=None)
    error = error_of(client, "DescribeDBInstances")
    assert isinstance(error, Unavailable)
    assert error.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_an_answer_that_is_cut_short_cannot_be_read(aws: RunningAws, client: Aws, action: str, share: float) -> None:
    aws.fail(action=action, cut_to=share, times=None)
    error = error_of(client, action)
    assert (type(error), error.code) == (MalformedPayload, "malformed")


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("body", ["", "<html>sign in</html>", "{}", "[]", "<a/>", "null", "\x00"])
def test_an_answer_of_somebody_else_cannot_be_read(aws: RunningAws, client: Aws, action: str, body: str) -> None:
    aws.fail(action=action, status=200, body=body, times=None)
    error = error_of(client, action)
    assert (type(error), error.code) == (MalformedPayload, "malformed")


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_page_of_a_proxy_is_no_answer(aws: RunningAws, client: Aws, action: str, status: int) -> None:
    aws.fail(action=action, status=status, body="<html>secret-of-the-proxy</html>", times=None)
    error = error_of(client, action)
    assert (type(error), str(error)) == (Unavailable, f"broken: HTTP {status}")


@pytest.mark.parametrize("action", CALLS)
def test_a_broken_connection_is_tried_once_more(aws: RunningAws, client: Aws, action: str) -> None:
    aws.fail(action=action, reset=True, times=2)
    assert error_of(client, action).code == "unreachable"
    assert aws.count(action) == 2
    CALLS[action](client)


def test_nobody_waits_longer_than_the_timeout(aws: RunningAws) -> None:
    client = Aws(timeout=0.4)
    client.database(PRIMARY)  # Loading what speaks to RDS takes its time, once.
    aws.fail(hang_for=30, times=None)
    started = time.monotonic()
    error = error_of(client, "DescribeDBInstances")
    assert (type(error), str(error)) == (Unavailable, "timeout: no answer in time")
    assert time.monotonic() - started < 2
    assert aws.count("DescribeDBInstances") == 3


def test_nobody_listening_is_unreachable() -> None:
    error = error_of(Aws(endpoint_url="http://127.0.0.1:9"), "DescribeDBInstances")
    assert (type(error), str(error)) == (Unavailable, "unreachable: EndpointConnectionError")


def test_a_server_that_never_takes_a_connection_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        error = error_of(Aws(endpoint_url=f"http://127.0.0.1:{address[1]}", timeout=0.4), "GetCallerIdentity")
        for each in waiting:
            each.close()
    assert (type(error), error.code) == (Unavailable, "unreachable")


@pytest.mark.parametrize("bundle", [None, "", "another"])
def test_a_certificate_that_nobody_signed_is_refused(
    bundle: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An empty AWS_CA_BUNDLE is none, and no leave to trust everybody."""
    if bundle == "another":
        bundle = str(tmp_path / "authorities.pem")
        Path(bundle).write_bytes(unknown_authority_pem()[0])
    if bundle is None:
        monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    else:
        monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    with running_aws(tls=unknown_authority()) as stranger:
        error = error_of(Aws(endpoint_url=stranger.url), "DescribeDBInstances")
        assert stranger.count() == 0
    assert (type(error), error.code) == (Refused, "untrusted")


@pytest.fixture
def without_credentials(aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> RunningAws:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return aws


@pytest.mark.parametrize("action", CALLS)
def test_without_credentials_nothing_is_asked(without_credentials: RunningAws, action: str) -> None:
    error = error_of(Aws(), action)
    assert (type(error), str(error)) == (Refused, "no_credentials: NoCredentialsError")
    assert without_credentials.calls == []


def test_half_of_a_pair_is_no_credential(without_credentials: RunningAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIADEMOCHATOPS00000")
    assert str(error_of(Aws(), "DescribeDBInstances")) == "no_credentials: PartialCredentialsError"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[profile other]\nregion = eu-west-1\n", "bad_configuration: ProfileNotFound"),
        ("[profile portal]\ncredential_process = echo not-json-but-secret\n", "malformed"),
        ("[profile portal]\ncredential_process = false\n", "no_credentials: CredentialRetrievalError"),
        ("no brackets at all\n", "bad_configuration: ConfigParseError"),
    ],
)
def test_a_configuration_that_cannot_be_used_says_so(
    without_credentials: RunningAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "config").write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "portal")
    error = error_of(Aws(), "DescribeDBInstances")
    assert str(error).startswith(said)
    assert "secret" not in str(error)


def test_without_a_region_nobody_is_asked(aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)
    client = Aws()
    assert client.region == ""
    assert error_of(client, "DescribeDBInstances").code == "no_region"


def test_the_region_of_a_pod_counts(aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_REGION", aws.region)
    client = Aws()
    assert client.region == aws.region
    assert client.database(PRIMARY).id == PRIMARY


def test_empty_variables_are_no_variables(aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, "")
    assert Aws(endpoint_url=aws.url).database(PRIMARY).id == PRIMARY


def test_no_error_repeats_a_credential() -> None:
    token = "IQoJb3JpZ2luX2VjEJr//////////wEaDmFwLW5vcnRoZWFzdC0xIkcwRQIhAO" * 3
    for code in ("SignatureDoesNotMatch", "InvalidParameterValue", "AccessDenied", "InternalFailure", "Throttling"):
        message = f"The key AKIADEMOCHATOPS00000 with {SECRET_KEY.replace('-', '/')}\nX-Amz-Security-Token:{token}"
        said = str(of_answer(code, message, 400, {}))
        assert not any(secret in said for secret in ("AKIADEMO", "demo/secret", token[:41]))
        assert "\n" not in said


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"retry-after": "30"}, timedelta(seconds=30)),
        ({"x-amz-retry-after": "1500"}, timedelta(seconds=1.5)),
        ({"retry-after": "Thu, 26 Nov 2026 12:00:00 GMT"}, None),
        ({"retry-after": "-1"}, None),
        ({}, None),
    ],
)
def test_what_throttling_says_is_read_where_it_is_a_number(header: dict[str, str], expected: timedelta | None) -> None:
    error = of_answer("Throttling", "", 400, header)
    assert isinstance(error, Unavailable)
    assert error.retry_after == expected


def test_many_threads_share_one_client(aws: RunningAws) -> None:
    client = Aws()
    together = threading.Barrier(8)

    def ask(_number: int) -> str:
        together.wait()
        return client.database(PRIMARY).id

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [PRIMARY] * 8


def test_there_is_one_for_the_environment_until_that_changes(aws: RunningAws, monkeypatch: pytest.MonkeyPatch) -> None:
    first = aws_for()
    assert aws_for() is first
    assert first.database(PRIMARY).id == PRIMARY
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert aws_for() is not first
    assert error_of(aws_for(), "DescribeDBInstances").code == "unreachable"


def test_nothing_is_loaded_before_somebody_asks() -> None:
    """The web process imports this module on its way to the first page; boto3 takes half a second."""
    script = "import sys, integrations.aws; sys.exit('botocore' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=False).returncode == 0
