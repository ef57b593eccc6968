"""AWS over real HTTP: what each method reads, and what a reboot does."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.aws import METRICS, MOST_POINTS, Aws, aws_for
from integrations.aws_types import AwsIdentity, MaintenanceAction
from integrations.errors import Refused, Unavailable
from simulators.aws.faults import BROKEN_PAGE
from simulators.aws.testing import RunningAws
from tests.integrations.aws.asking import NOW, PRIMARY, REPLICA, error_of


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
    assert subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], check=False).returncode == 0
