"""Locks in the order in which every writer takes them: the incident first, then what belongs to it."""

from incidents.models import Capture, Incident, Mitigation


def lock_with_incident[Row: (Capture, Mitigation)](row: Row) -> tuple[Incident, Row]:
    """The row's incident and the row, both as they are now, for the rest of the transaction."""
    incident = Incident.objects.select_for_update().get(pk=row.incident_id)
    return incident, type(row).objects.select_for_update().get(pk=row.pk)
