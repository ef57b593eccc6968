"""What AWS's client hands to the apps. Instants are aware and in UTC; "" is what AWS did not say."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class AwsIdentity:
    """Whose credentials these are."""

    account: str
    arn: str


@dataclass(frozen=True)
class DatabaseInstance:
    """An RDS instance. `status` is RDS's word, such as available, rebooting or storage-full. `pending_modifications` wait
    for the maintenance window or a reboot, by RDS's own names; no password among them.
    """

    id: str
    status: str
    engine: str
    engine_version: str
    instance_class: str
    is_multi_az: bool
    storage_gib: int
    latest_restorable_at: datetime | None = None
    pending_modifications: dict[str, str] = field(default_factory=dict)
    replica_of: str = ""


@dataclass(frozen=True)
class MetricSeries:
    """One CloudWatch metric, oldest point first; no points where CloudWatch has none. `unit` is CloudWatch's word."""

    name: str
    unit: str
    points: tuple[tuple[datetime, float], ...] = ()


@dataclass(frozen=True)
class MaintenanceAction:
    """Something AWS means to do to an instance. `applies_at` is when it will at the latest be done; None: not decided."""

    action: str
    description: str = ""
    applies_at: datetime | None = None
