"""What was warned of and overridden counts for one beginning of the shift; levels that call a schedule nobody shows the portal."""

from django.db import migrations, models
from django.db.migrations.state import StateApps
from django.db.models import OuterRef, Subquery


def keep_beginnings(apps: StateApps, _editor: object) -> None:
    """What was warned of or overridden before counts for the beginning that the shift has now."""
    preflights, shifts = apps.get_model("shifts", "Preflight"), apps.get_model("shifts", "Shift")
    begins = Subquery(shifts.objects.filter(pk=OuterRef("shift")).values("start_at"))
    preflights.objects.exclude(warned_at=None).update(warned_for=begins)
    preflights.objects.exclude(overridden_at=None).update(overridden_for=begins)


class Migration(migrations.Migration):
    dependencies = [("shifts", "0007_schedules_with_off_hours")]

    operations = [
        migrations.AddField(model_name="preflight", name="warned_for", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="preflight", name="overridden_for", field=models.DateTimeField(null=True)),
        migrations.RunPython(keep_beginnings, migrations.RunPython.noop),
        migrations.RemoveField(model_name="preflight", name="warned_at"),
        migrations.RemoveConstraint(model_name="escalationtarget", name="escalation_target_is_one"),
        migrations.AddConstraint(
            model_name="escalationtarget",
            constraint=models.CheckConstraint(
                condition=models.Q(("schedule", None)) | models.Q(("person", None)),
                name="escalation_target_is_one_at_most",
            ),
        ),
    ]
