"""The simulated AWS: who it lets in, what is in it, faults, and the control API."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from simulators.aws.testing import RunningAws, running_aws
from tests.simulators.client import Client

ROOT = Path(__file__).parents[2]
PRIMARY, REPLICA = "chatops-prod", "chatops-replica"


@pytest.fixture(scope="module")
def _served() -> Iterator[RunningAws]:
    with running_aws() as aws:
        yield aws


@pytest.fixture
def aws(_served: RunningAws) -> RunningAws:
    _served.reset()
    return _served


@pytest.fixture
def control(aws: RunningAws) -> Client:
    return Client(aws.url, token=None, user=None)


def boto(service: str, url: str, *, key: str = "AKIADEMOCHATOPS00000", timeout: float = 30) -> Any:
    factory: Any = boto3.client
    return factory(
        service,
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key="demo",
        region_name=RunningAws.region,
        config=Config(read_timeout=timeout, retries={"total_max_attempts": 1}),
    )


def code_of(error: ClientError) -> tuple[int, str]:
    return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]


@pytest.mark.parametrize("service", ["rds", "sts", "cloudwatch"])
def test_another_key_is_refused_in_the_words_of_each_protocol(aws: RunningAws, service: str) -> None:
    client = boto(service, aws.url, key="AKIASOMEBODYELSE0000")
    ask = {"rds": "describe_db_instances", "sts": "get_caller_identity", "cloudwatch": "list_metrics"}[service]
    with pytest.raises(ClientError) as caught:
        getattr(client, ask)()
    assert code_of(caught.value) == (403, "InvalidClientTokenId")
    assert [call.status for call in aws.calls] == [403]


def test_an_unsigned_call_is_refused(aws: RunningAws, control: Client) -> None:
    body = urlencode({"Action": "DescribeDBInstances", "Version": "2014-10-31"}).encode()
    answer = control.request("POST", "/", body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in answer.body


def test_the_world_has_a_database_and_its_replica(aws: RunningAws) -> None:
    found = {each["DBInstanceIdentifier"]: each for each in boto("rds", aws.url).describe_db_instances()["DBInstances"]}
    assert set(found) == {PRIMARY, REPLICA}
    assert found[PRIMARY]["MultiAZ"] is True
    assert found[REPLICA]["MultiAZ"] is False
    assert found[REPLICA]["ReadReplicaSourceDBInstanceIdentifier"] == PRIMARY


@pytest.mark.parametrize("instance_id", [PRIMARY, REPLICA])
@pytest.mark.parametrize("name", ["DatabaseConnections", "CPUUtilization", "FreeableMemory"])
def test_each_minute_of_the_last_hours_is_measured(aws: RunningAws, instance_id: str, name: str) -> None:
    now = datetime.now(UTC)
    found = boto("cloudwatch", aws.url).get_metric_statistics(
        Namespace="AWS/RDS",
        MetricName=name,
        Dimensions=[{"Name": "DBInstanceIdentifier", "Value": instance_id}],
        StartTime=now - timedelta(hours=2, minutes=30),
        EndTime=now - timedelta(minutes=30),
        Period=60,
        Statistics=["Average"],
    )
    assert len(found["Datapoints"]) == pytest.approx(120, abs=1)


def test_a_world_of_its_own_announces_maintenance(aws: RunningAws) -> None:
    aws.world.plan_maintenance(datetime(2026, 11, 26, 12, 34, tzinfo=UTC))
    found = boto("rds", aws.url).describe_pending_maintenance_actions()["PendingMaintenanceActions"]
    assert [resource["ResourceIdentifier"].rpartition(":")[2] for resource in found] == [PRIMARY]
    details = found[0]["PendingMaintenanceActionDetails"][0]
    assert (details["Action"], details["CurrentApplyDate"]) == ("system-update", datetime(2026, 12, 3, 12, tzinfo=UTC))


def test_a_reset_leaves_nothing(aws: RunningAws, control: Client) -> None:
    aws.fail(known="internal", times=None)
    aws.set_status(PRIMARY, "failed")
    aws.set_pending(PRIMARY, DBInstanceClass="db.r6g.xlarge")
    aws.add_databases("another")
    control.post("/_sim/reset", {})
    found = boto("rds", aws.url).describe_db_instances(DBInstanceIdentifier=PRIMARY)["DBInstances"][0]
    assert (found["DBInstanceStatus"], found.get("PendingModifiedValues", {})) == ("available", {})
    aws.reset()
    assert len(boto("rds", aws.url).describe_db_instances()["DBInstances"]) == 2


def test_faults_can_be_armed_read_and_disarmed_from_outside(aws: RunningAws, control: Client) -> None:
    assert control.post("/_sim/faults", {"no_such_field": 1}).status == 400
    assert control.post("/_sim/faults", {"known": "no such word"}).status == 400
    assert control.post("/_sim/faults", []).status == 400
    assert (
        control.post("/_sim/faults", {"action": "GetCallerIdentity", "known": "expired_token", "times": None}).status
        == 201
    )
    assert [fault["known"] for fault in control.get("/_sim/faults").json["faults"]] == ["expired_token"]
    with pytest.raises(ClientError) as caught:
        boto("sts", aws.url).get_caller_identity()
    assert code_of(caught.value) == (403, "ExpiredToken")
    boto("rds", aws.url).describe_db_instances()
    control.request("DELETE", "/_sim/faults")
    boto("sts", aws.url).get_caller_identity()
    assert [(call["service"], call["action"], call["status"]) for call in control.get("/_sim/calls").json["calls"]] == [
        ("sts", "GetCallerIdentity", 403),
        ("rds", "DescribeDBInstances", 200),
        ("sts", "GetCallerIdentity", 200),
    ]
    control.request("DELETE", "/_sim/calls")
    assert aws.calls == []
    assert control.get("/_sim/nothing").status == 404


def test_a_fault_of_ones_own_words(aws: RunningAws) -> None:
    aws.fail(status=400, code="InvalidParameterValue", message="Invalid <name> & more")
    with pytest.raises(ClientError) as caught:
        boto("rds", aws.url).describe_db_instances()
    assert code_of(caught.value) == (400, "InvalidParameterValue")
    assert caught.value.response["Error"]["Message"] == "Invalid <name> & more"


def test_a_hang_ends_with_a_broken_connection(aws: RunningAws) -> None:
    aws.fail(hang_for=0.1)
    with pytest.raises(ConnectionClosedError):
        boto("rds", aws.url).describe_db_instances()
    aws.fail(hang_for=30)
    with pytest.raises(ReadTimeoutError):
        boto("rds", aws.url, timeout=0.2).describe_db_instances()
    assert [call.status for call in aws.calls] == [None, None]


@pytest.mark.slow
def test_as_a_process_it_lets_nobody_in_before_there_is_a_world_and_ends_at_once() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.aws", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().decode().split()[-1]
        found = boto("rds", address, timeout=60).describe_db_instances()["DBInstances"]
        assert {each["DBInstanceIdentifier"] for each in found} == {PRIMARY, REPLICA}
        control = Client(address, token=None, user=None)
        assert control.get("/_sim/health").json == {"status": "ok"}
        control.post("/_sim/faults", {"hang_for": 60})
        with pytest.raises(ReadTimeoutError):
            boto("rds", address, timeout=0.2).describe_db_instances()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
        assert process.stdout.read() == b""
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.slow
def test_a_port_that_is_taken_is_said(aws: RunningAws) -> None:
    command = [sys.executable, "-m", "simulators.aws", "--port", aws.url.rpartition(":")[2]]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    assert ended.returncode == 1
    assert ended.stderr.startswith("The AWS simulator cannot start on 127.0.0.1:")
