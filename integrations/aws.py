"""AWS: RDS, CloudWatch and STS through `boto3`, with every wait bounded and every error sorted.

Who the portal is to AWS is boto3's own chain: AWS_* variables, a web identity, a profile, the machine's or the pod's role.
"""

import json
import math
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from integrations.aws_errors import clean
from integrations.aws_types import AwsIdentity, DatabaseInstance, MaintenanceAction, MetricSeries
from integrations.errors import MalformedPayload, Refused

if TYPE_CHECKING:
    from integrations.aws_transport import Transport

#: The metrics of an instance and CloudWatch's units of them, which GetMetricData does not repeat.
METRICS: Mapping[str, str] = {"DatabaseConnections": "Count", "CPUUtilization": "Percent", "FreeableMemory": "Bytes"}
#: More points than this make no better picture; a longer window gets longer periods.
MOST_POINTS = 180
MOST_INSTANCES = 1_000


class Aws:
    """AWS in one region. Every method raises Unavailable (try later), Refused (do not) or MalformedPayload.

    `timeout` in seconds is what a call that nobody answers takes: a read is tried twice, each try has half. Nothing is asked, not
    even for credentials, before the first call; one is enough for any number of threads.
    """

    def __init__(self, *, region: str = "", endpoint_url: str = "", timeout: float = 5.0) -> None:
        self._asked_for = {"region": region, "endpoint_url": endpoint_url}
        self._timeout = timeout
        self._lock = threading.Lock()
        self._opened: Transport | None = None

    @property
    def region(self) -> str:
        """Where it looks; "" where nobody has said. Asks nobody."""
        return self._transport().region

    def identity(self) -> AwsIdentity:
        """Whose credentials these are. It needs no permission."""
        answer = self._transport().ask("sts", "get_caller_identity", {})
        return AwsIdentity(account=_text(answer, "Account"), arn=_text(answer, "Arn"))

    def database(self, instance_id: str) -> DatabaseInstance:
        """One instance. Raises Refused (not_found) where AWS has none of this name."""
        answer = self._transport().ask("rds", "describe_db_instances", {"DBInstanceIdentifier": instance_id})
        with _readable("DBInstance"):
            return _read_instance(answer["DBInstances"][0])

    def databases(self) -> tuple[DatabaseInstance, ...]:
        """Every instance of the region, in AWS's order; the first 1,000."""
        pages = self._transport().pages("rds", "describe_db_instances", {}, most=MOST_INSTANCES)
        with _readable("DBInstances"):
            return tuple(_read_instance(each) for page in pages for each in page["DBInstances"])

    def database_metrics(self, instance_id: str, *, since: datetime, until: datetime) -> tuple[MetricSeries, ...]:
        """METRICS of an instance in `[since, until)`, averages of equal periods of a whole number of minutes.

        An instance that CloudWatch does not know has no points: it does not tell one from the other.
        """
        minutes = max(1, math.ceil((until - since) / timedelta(minutes=MOST_POINTS)))
        asked = {
            "MetricDataQueries": [_metric_query(name, instance_id, period=minutes * 60) for name in METRICS],
            "StartTime": since,
            "EndTime": until,
            "ScanBy": "TimestampAscending",
        }
        points: dict[str, list[tuple[datetime, float]]] = {name: [] for name in METRICS}
        with _readable("MetricDataResults"):
            for page in self._transport().pages("cloudwatch", "get_metric_data", asked):
                for each in page["MetricDataResults"]:
                    if each.get("StatusCode") == "Forbidden":
                        raise Refused("forbidden", clean(str(each.get("Messages", ""))))
                    instants = [at.astimezone(UTC) for at in each["Timestamps"]]
                    points[_metric_of(each["Id"])] += zip(instants, map(float, each["Values"]), strict=True)
        return tuple(MetricSeries(name, unit, tuple(points[name])) for name, unit in METRICS.items())

    def pending_maintenance(self, instance_id: str) -> tuple[MaintenanceAction, ...]:
        """What AWS means to do to an instance; nothing is the usual answer.

        A call of its own, which may fail where the others do not: it needs a permission of its own, and stand-ins lack it.
        """
        asked = {"Filters": [{"Name": "db-instance-id", "Values": [instance_id]}]}
        with _readable("PendingMaintenanceActions"):
            pages = self._transport().pages("rds", "describe_pending_maintenance_actions", asked)
            resources = [resource for page in pages for resource in page["PendingMaintenanceActions"]]
            details = [each for resource in resources for each in resource.get("PendingMaintenanceActionDetails", [])]
            return tuple(_read_maintenance(each) for each in details)

    def reboot(self, instance_id: str, *, force_failover: bool = False) -> DatabaseInstance:
        """Reboots an instance, to its standby if asked. Tried once: Unavailable may mean that it is rebooting all the same.

        Raises Refused: conflict (it is not available now), invalid (it has no standby), forbidden, not_found.
        """
        asked = {"DBInstanceIdentifier": instance_id} | ({"ForceFailover": True} if force_failover else {})
        answer = self._transport().ask("rds", "reboot_db_instance", asked, attempts=1)
        with _readable("DBInstance"):
            return _read_instance(answer["DBInstance"])

    def _transport(self) -> "Transport":
        """What boto3 is behind; made once. Raises Refused where the configuration that it finds cannot be used."""
        from integrations.aws_transport import Transport  # noqa: PLC0415  # half a second, which no page should wait for

        with self._lock:
            if self._opened is None:
                self._opened = Transport(**self._asked_for, timeout=self._timeout)
            return self._opened


def aws_for(region: str = "") -> Aws:
    """The AWS of the environment, the same one for as long as its AWS_* variables stay the same."""
    variables = frozenset((name, value) for name, value in os.environ.items() if name.startswith("AWS_"))
    return _aws_for(region, hash(variables))


@lru_cache(maxsize=8)
def _aws_for(region: str, _variables: int) -> Aws:
    return Aws(region=region)


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """An answer that has not the documented shape as MalformedPayload."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise MalformedPayload("malformed", f"{what}: {type(error).__name__}") from error


def _metric_query(name: str, instance_id: str, *, period: int) -> dict[str, Any]:
    dimension = {"Name": "DBInstanceIdentifier", "Value": instance_id}
    metric = {"Namespace": "AWS/RDS", "MetricName": name, "Dimensions": [dimension]}
    # CloudWatch wants an id that begins with a small letter.
    return {"Id": f"m{name}", "MetricStat": {"Metric": metric, "Period": period, "Stat": "Average"}}


def _metric_of(query_id: str) -> str:
    return query_id.removeprefix("m")


def _read_instance(found: Mapping[str, Any]) -> DatabaseInstance:
    return DatabaseInstance(
        id=str(found["DBInstanceIdentifier"]),
        status=_text(found, "DBInstanceStatus"),
        engine=_text(found, "Engine"),
        engine_version=_text(found, "EngineVersion"),
        instance_class=_text(found, "DBInstanceClass"),
        is_multi_az=bool(found.get("MultiAZ")),
        storage_gib=int(found.get("AllocatedStorage") or 0),
        latest_restorable_at=_utc(found.get("LatestRestorableTime")),
        pending_modifications=_read_modifications(found.get("PendingModifiedValues") or {}),
        replica_of=_text(found, "ReadReplicaSourceDBInstanceIdentifier"),
    )


def _read_modifications(values: Mapping[str, Any]) -> dict[str, str]:
    """RDS masks a password that waits; that one waits is all that is told."""
    shown = {
        name: value if isinstance(value, str) else json.dumps(value, default=str) for name, value in values.items()
    }
    return {name: "•••" if re.search("password", name, re.IGNORECASE) else text for name, text in shown.items()}


def _read_maintenance(found: Mapping[str, Any]) -> MaintenanceAction:
    """CurrentApplyDate is when it will be done, ForcedApplyDate when at the latest even if nobody opts in."""
    decided = (found.get(name) for name in ("CurrentApplyDate", "ForcedApplyDate", "AutoAppliedAfterDate"))
    return MaintenanceAction(
        action=_text(found, "Action"),
        description=_text(found, "Description"),
        applies_at=_utc(next((at for at in decided if at), None)),
    )


def _text(found: Mapping[str, Any], name: str) -> str:
    return str(found.get(name) or "")


def _utc(at: object) -> datetime | None:
    return at.astimezone(UTC) if isinstance(at, datetime) else None
