from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.db import migrations
from django.db.models.functions import Now


def govern_running_clocks(apps: Any, _schema_editor: object) -> None:
    """Clocks that ran before there were versions ran under the guide's table, which becomes version 1."""
    SlaClock = apps.get_model("incidents", "SlaClock")
    if not SlaClock.objects.exists():
        return
    targets = {
        severity: {"respond": respond * 60, "acknowledge": acknowledge and acknowledge * 60, "escalate": 1800}
        for severity, respond, acknowledge in (("P0", 5, 15), ("P1", 15, 30), ("P2", 30, 120), ("P3", 120, None))
    }
    first = apps.get_model("incidents", "PolicyVersion").objects.create(
        version=1,
        in_force_from=datetime(1970, 1, 1, tzinfo=UTC),
        targets=targets,
        at_risk_percent=80,
        time_zone=settings.PORTAL_TIME_ZONE,
        weekdays=list(range(5)),
        opens_at=time(9),
        closes_at=time.fromisoformat(settings.PORTAL_BUSINESS_END),
        country=settings.PORTAL_HOLIDAYS,
    )
    SlaClock.objects.update(policy=first)
    # What was overdue before the portal could escalate is for people to look at.
    SlaClock.objects.filter(kind="escalate", breached_at__isnull=False).update(escalation_decided_at=Now())


class Migration(migrations.Migration):
    """On its own: rows that were just updated keep a table from being altered in the same transaction."""

    dependencies = [("incidents", "0003_sla_policies")]
    operations = [migrations.RunPython(govern_running_clocks, migrations.RunPython.noop)]
