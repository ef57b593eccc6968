"""What is in the account: the database `chatops-prod`, its replica, and what CloudWatch has measured of them.

The connections leak, as in the guide: they rise for an hour and a half towards the limit and fall when the rollout is restarted.
"""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config

from simulators.aws.databases import REGION, Maintenance
from simulators.aws.gate import WORLD_KEY, Gate

PRIMARY, REPLICA = "chatops-prod", "chatops-replica"
MEASURED_FOR = timedelta(hours=3)
MOST_A_CALL = 500  # CloudWatch takes 1,000 values in one call.
LEAK_MINUTES = 90
UNITS = {"DatabaseConnections": "Count", "CPUUtilization": "Percent", "FreeableMemory": "Bytes"}


class World:
    """Makes the account through its own API, under a key of its own."""

    def __init__(self, gate: Gate, url: str) -> None:
        self._gate = gate
        self._clients = {name: _client(name, url) for name in ("rds", "cloudwatch")}

    def make(self, now: datetime) -> None:
        """Both instances, three hours of measurements, one announced update. Then lets others in."""
        if (
            PRIMARY not in self._gate.databases.names()
        ):  # moto has it still where one was served before in this process.
            self._make_primary()
            self._clients["rds"].create_db_instance_read_replica(
                DBInstanceIdentifier=REPLICA, SourceDBInstanceIdentifier=PRIMARY, MultiAZ=False
            )
        self.measure(now - MEASURED_FOR, now)
        self.plan_maintenance(now)
        self._gate.open()

    def plan_maintenance(self, now: datetime) -> None:
        """An update of the primary's operating system, in a week's time."""
        at = (now + timedelta(days=7)).replace(minute=0, second=0, microsecond=0)
        said = "New Operating System update is available"
        self._gate.databases.maintenance.append(Maintenance(PRIMARY, "system-update", said, applies_at=at))

    def measure(self, since: datetime, until: datetime) -> None:
        """What each whole minute of `[since, until)` has measured."""
        first = math.ceil(since.timestamp() / 60)
        minutes = range(first, math.ceil(until.timestamp() / 60))
        values = [
            (name, instance_id, datetime.fromtimestamp(minute * 60, UTC), _measured(name, instance_id, minute))
            for minute in minutes
            for instance_id in (PRIMARY, REPLICA)
            for name in UNITS
        ]
        for begin in range(0, len(values), MOST_A_CALL):
            self.put_metrics(values[begin : begin + MOST_A_CALL])

    def put_metrics(self, values: list[tuple[str, str, datetime, float]]) -> None:
        """Name, instance, instant and value of each."""
        rows = [
            {
                "MetricName": name,
                "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": instance_id}],
                "Timestamp": at,
                "Value": value,
                "Unit": UNITS[name],
            }
            for name, instance_id, at, value in values
        ]
        self._clients["cloudwatch"].put_metric_data(Namespace="AWS/RDS", MetricData=rows)

    def go_on(self) -> None:
        """Makes the account and measures each minute from then on. Never ends."""
        measured_until = datetime.now(UTC)
        self.make(measured_until)
        while True:
            time.sleep(60 - time.time() % 60 + 0.5)
            now = datetime.now(UTC)
            self.measure(measured_until, now)
            measured_until = now

    def _make_primary(self) -> None:
        self._clients["rds"].create_db_instance(
            DBInstanceIdentifier=PRIMARY,
            Engine="postgres",
            EngineVersion="17.6",
            DBInstanceClass="db.r6g.large",
            AllocatedStorage=200,
            MultiAZ=True,
            MasterUsername="chatops",
            MasterUserPassword="only-in-the-demo",
        )


def _measured(name: str, instance_id: str, minute: int) -> float:
    """The same for a minute whenever it is asked for."""
    leaked = minute % LEAK_MINUTES / LEAK_MINUTES
    wobble = math.sin(minute / 3) + 0.6 * math.sin(minute * 1.7)
    if instance_id == REPLICA:
        leaked, wobble = 0.0, wobble / 2
    return {
        "DatabaseConnections": round(205 + 270 * leaked + 6 * wobble),
        "CPUUtilization": round(24 + 38 * leaked + 3 * wobble, 2),
        "FreeableMemory": round((9.2 - 4.1 * leaked + 0.1 * wobble) * 2**30),
    }[name]


def _client(service: str, url: str) -> Any:
    factory: Any = boto3.client
    return factory(
        service,
        region_name=REGION,
        endpoint_url=url,
        verify=True,
        aws_access_key_id=WORLD_KEY,
        aws_secret_access_key="demo",  # noqa: S106  (moto checks no signature)
        config=Config(retries={"mode": "standard", "total_max_attempts": 2}),
    )
