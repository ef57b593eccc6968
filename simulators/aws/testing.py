"""The simulator inside a test's process: real HTTP on a free port, served from a thread.

with running_aws() as aws:
    client = Aws(region=aws.region, endpoint_url=aws.url)   # with aws.environment() in the environment
    aws.fail(action="DescribeDBInstances", known="expired_token")
    aws.set_status("chatops-prod", "storage-full")
    assert aws.count("DescribeDBInstances") == 1
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from simulators.aws.databases import REGION, Maintenance
from simulators.aws.faults import Fault
from simulators.aws.gate import ACCESS_KEY, Gate
from simulators.aws.server import make_aws_server, make_gate
from simulators.aws.wire import Call
from simulators.aws.world import PRIMARY, REPLICA, World
from simulators.serving import bind

SECRET_KEY = "demo-secret-of-the-simulated-account-0000"  # noqa: S105  (known to everybody; nobody checks it)


class RunningAws:
    """A simulator that is being served at `url`."""

    region = REGION

    def __init__(self, gate: Gate, world: World, url: str) -> None:
        self.gate = gate
        self.world = world
        self.url = url

    def environment(self) -> dict[str, str]:
        """The variables that lead boto3 here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
        }

    @property
    def calls(self) -> list[Call]:
        """Every call so far, oldest first."""
        return list(self.gate.calls)

    def count(self, action: str | None = None) -> int:
        """How many calls there were of an action (default any)."""
        return sum(call.action == (action or call.action) for call in self.calls)

    def fail(self, **fault: Any) -> Fault:
        """Arms a fault (fields of `faults.Fault`)."""
        armed = Fault(**fault)
        self.gate.faults.add(armed)
        return armed

    def add_databases(self, *instance_ids: str) -> None:
        """More instances, each like the primary."""
        for instance_id in instance_ids:
            self.gate.databases.add_copy(PRIMARY, instance_id)

    def set_status(self, instance_id: str, status: str) -> None:
        """Gives an instance a status of RDS's, such as storage-full."""
        self.gate.databases.set_status(instance_id, status)

    def set_pending(self, instance_id: str, **changes: Any) -> None:
        """Changes that wait for the maintenance window, by RDS's names."""
        self.gate.databases.set_pending(instance_id, changes)

    def plan_maintenance(self, instance_id: str, action: str, description: str, **more: Any) -> None:
        """Announces maintenance (fields of `databases.Maintenance`)."""
        self.gate.databases.maintenance.append(Maintenance(instance_id, action, description, **more))

    def reboots_take(self, seconds: float) -> None:
        """How long an instance that is rebooted is not available."""
        self.gate.databases.reboot_takes = seconds

    def put_metric(self, name: str, instance_id: str, points: Mapping[datetime, float]) -> None:
        """Lets CloudWatch have measured something more."""
        self.world.put_metrics([(name, instance_id, at, value) for at, value in points.items()])

    def reset(self) -> None:
        """As good as new for the next test: the two instances, available, nothing planned; no faults, no calls."""
        self.gate.databases.keep_only({PRIMARY, REPLICA})
        self.gate.reset()


@contextmanager
def running_aws(*, tls: ssl.SSLContext | None = None) -> Iterator[RunningAws]:
    """Serves a simulator while the block runs. With `tls` nobody has made a world: who is let in would not trust it."""
    gate = make_gate()
    with bind("127.0.0.1", 0) as listening:
        server = make_aws_server(gate, listening, tls)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="aws", daemon=True)
        thread.start()
        url = f"{'https' if tls else 'http'}://127.0.0.1:{listening.getsockname()[1]}"
        world = World(gate, url)
        try:
            if tls is None:
                world.make(datetime.now(UTC))
                gate.reset()
            yield RunningAws(gate, world, url)
        finally:
            gate.close()
            server.shutdown()
            thread.join(timeout=5)
