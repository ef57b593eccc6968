"""Warnings and reasons of one beginning; test pages left open in PagerDuty; levels whose schedule the portal may not read."""

from django.db import migrations, models
from django.db.migrations.state import StateApps
from django.db.models import F, OuterRef, Subquery


def keep_beginnings(apps: StateApps, _editor: object) -> None:
    """What was warned of or overridden before counts for the beginning that the shift has now."""
    preflights, shifts = apps.get_model("shifts", "Preflight"), apps.get_model("shifts", "Shift")
    begins = Subquery(shifts.objects.filter(pk=OuterRef("shift")).values("start_at"))
    preflights.objects.exclude(warned_at=None).update(warned_for=begins)
    preflights.objects.exclude(overridden_at=None).update(overridden_for=begins)


def find_left_open(apps: StateApps, _editor: object) -> None:
    """What was given up before: resolving those of the last day is tried once more."""
    tests = apps.get_model("shifts", "PagingTest").objects.exclude(incident_id="").exclude(last_error="")
    tests.filter(finished_at__isnull=False).update(resolve_at=F("finished_at"))


class Migration(migrations.Migration):
    dependencies = [("shifts", "0008_notice_of_cover_that_was_called_off")]

    operations = [
        migrations.AddField(model_name="preflight", name="warned_for", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="preflight", name="overridden_for", field=models.DateTimeField(null=True)),
        migrations.RunPython(keep_beginnings, migrations.RunPython.noop),
        migrations.RemoveField(model_name="preflight", name="warned_at"),
        migrations.AddField(
            model_name="pagingtest", name="html_url", field=models.URLField(blank=True, default="", max_length=500)
        ),
        migrations.AddField(model_name="pagingtest", name="resolve_at", field=models.DateTimeField(null=True)),
        migrations.RunPython(find_left_open, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="escalationtarget", name="escalation_target_is_one"),
        migrations.AddConstraint(
            model_name="escalationtarget",
            constraint=models.CheckConstraint(
                condition=models.Q(("schedule", None)) | models.Q(("person", None)),
                name="escalation_target_is_one_at_most",
            ),
        ),
    ]
