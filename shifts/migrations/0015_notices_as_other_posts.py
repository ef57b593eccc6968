"""Notices wait for the team's channel as whatever else is posted there: what was posted is not due any more."""

from django.db import migrations, models

SENT_IS_NOT_DUE = "UPDATE shifts_notice SET slack_due = false WHERE slack_due AND slack_sent_at IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("shifts", "0014_no_time_of_a_handoffs_change")]

    operations = [
        migrations.RemoveIndex("notice", "notice_for_slack"),
        migrations.RenameField("notice", "next_attempt_at", "slack_next_at"),
        migrations.AddField("notice", "slack_error", models.CharField(blank=True, default="", max_length=200)),
        migrations.RunSQL(SENT_IS_NOT_DUE, migrations.RunSQL.noop),
        migrations.AddIndex(
            "notice",
            models.Index(condition=models.Q(("slack_due", True)), fields=["slack_next_at"], name="notice_for_slack"),
        ),
    ]
