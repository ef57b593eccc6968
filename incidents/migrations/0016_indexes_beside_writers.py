"""Indexes of tables that are always written to, made while they are: without a transaction, and each so that it can be begun anew.

A build that was cut off leaves an index that is not valid; and databases made while 0013 to 0015 made these have them.
Either is dropped first.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


def dropped(name: str) -> migrations.RunSQL:
    return migrations.RunSQL([f"DROP INDEX CONCURRENTLY IF EXISTS {name}"], migrations.RunSQL.noop)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("incidents", "0015_parts_of_a_review")]

    operations = [
        dropped("entry_rung"),
        AddIndexConcurrently(
            model_name="timelineentry",
            index=models.Index(condition=models.Q(("kind", "notified")), fields=["occurred_at"], name="entry_rung"),
        ),
        dropped("entry_status_update"),
        AddIndexConcurrently(
            model_name="timelineentry",
            index=models.Index(
                condition=models.Q(("kind", "status_update")), fields=["occurred_at"], name="entry_status_update"
            ),
        ),
        dropped("incident_to_review"),
        AddIndexConcurrently(
            model_name="incident",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at__isnull", True),
                    ("merged_into__isnull", True),
                    ("severity__in", ["P0", "P1"]),
                    ("status", "resolved"),
                ),
                fields=["resolved_at"],
                name="incident_to_review",
            ),
        ),
    ]
