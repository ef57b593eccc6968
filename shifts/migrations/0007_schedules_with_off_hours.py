"""Off hours that are meant so, one schedule a form, and every override somebody's here."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("shifts", "0006_shifts_by_schedule_and_end"),
    ]

    operations = [
        migrations.AddField(
            model_name="schedule",
            name="has_off_hours",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="schedule",
            name="idempotency_key",
            field=models.CharField(blank=True, max_length=128, null=True, unique=True),
        ),
        # Nothing ever stored one without.
        migrations.AlterField(
            model_name="override",
            name="requested_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
    ]
