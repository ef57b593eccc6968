import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_audit_append_only"),
        ("shifts", "0002_schedules_and_shifts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # No installation has preflights yet: nothing opened them before.
    operations = [
        migrations.AddField(
            model_name="laptoptoken",
            name="revoked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="pagingtest",
            name="due_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="preflight",
            name="judged_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="preflight",
            name="missing",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="preflight",
            name="person",
            field=models.ForeignKey(
                default=0, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="preflight",
            name="shift",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="preflights", to="shifts.shift"
            ),
        ),
        migrations.AddIndex(
            model_name="preflight",
            index=models.Index(condition=models.Q(("judged_at", None)), fields=["shift"], name="preflight_to_judge"),
        ),
        migrations.AddConstraint(
            model_name="preflight",
            constraint=models.UniqueConstraint(fields=("shift", "person"), name="preflight_once"),
        ),
    ]
