"""Databases as they are kept with an incident, made of what AWS's client hands over. Pure; AWS's words are redacted."""

from collections.abc import Iterable, Sequence

from incidents.evidence import Found, iso
from incidents.evidence_shapes import DatabaseRow, MaintenanceRow, RdsData, SeriesRow
from incidents.log_lines import LONGEST_LINE
from integrations.aws_types import DatabaseInstance, MaintenanceAction, MetricSeries
from integrations.redaction import redact


def database_row(instance: DatabaseInstance) -> DatabaseRow:
    """An instance as it is; metrics and maintenance are filled in by who asks for them."""
    return {
        **unread_database(instance.id, failure=""),
        "status": instance.status,
        "engine": instance.engine,
        "engine_version": instance.engine_version,
        "instance_class": instance.instance_class,
        "is_multi_az": instance.is_multi_az,
        "storage_gib": instance.storage_gib,
        "replica_of": instance.replica_of,
        "restorable_at": iso(instance.latest_restorable_at),
        "pending": {name: redact(value)[:LONGEST_LINE] for name, value in instance.pending_modifications.items()},
    }


def unread_database(instance_id: str, *, failure: str) -> DatabaseRow:
    """An instance that could not be read."""
    return {
        "id": instance_id,
        "status": "",
        "engine": "",
        "engine_version": "",
        "instance_class": "",
        "is_multi_az": False,
        "storage_gib": 0,
        "replica_of": "",
        "restorable_at": "",
        "pending": {},
        "metrics": [],
        "maintenance": [],
        "failure": failure,
        "metrics_failure": "",
        "maintenance_failure": "",
    }


def series_rows(series: Iterable[MetricSeries]) -> list[SeriesRow]:
    return [
        {"name": each.name, "unit": each.unit, "points": [(iso(at), value) for at, value in each.points]}
        for each in series
        if each.points
    ]


def maintenance_rows(actions: Iterable[MaintenanceAction]) -> list[MaintenanceRow]:
    return [
        {
            "action": each.action,
            "description": redact(each.description)[:LONGEST_LINE],
            "applies_at": iso(each.applies_at),
        }
        for each in actions
    ]


def rds_found(rows: Sequence[DatabaseRow], *, region: str) -> Found:
    """Databases; one that is not available, could not be read or waits for maintenance is worth a look."""
    data: RdsData = {"region": region, "databases": list(rows)}
    troubled = [row for row in rows if row["status"] != "available" or row["maintenance"]]
    return Found(data, count=len(rows), warnings=len(troubled))
