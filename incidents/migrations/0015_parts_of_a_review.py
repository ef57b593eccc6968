"""Each part of a review has a version of its own; who changed it last; reviews and follow-ups are found by an index."""

from django.conf import settings
from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("incidents", "0014_stakeholder_updates"),
    ]

    operations = [
        migrations.RenameField("review", "version", "root_cause_version"),
        migrations.AddField("review", "contributing_factors_version", models.PositiveIntegerField(default=1)),
        migrations.AddField("review", "went_well_version", models.PositiveIntegerField(default=1)),
        migrations.AddField("review", "saved_from", models.JSONField(default=dict)),
        migrations.AddField("review", "changed_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "review",
            "changed_by",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AlterField(
            model_name="timelineentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("triggered", "Triggered"),
                    ("acknowledged", "Acknowledged"),
                    ("unacknowledged", "Acknowledgement expired"),
                    ("resolved", "Resolved"),
                    ("reopened", "Reopened"),
                    ("reassigned", "Reassigned"),
                    ("delegated", "Delegated"),
                    ("escalated", "Escalated"),
                    ("merged", "Merged"),
                    ("snoozed", "Snoozed"),
                    ("snooze_ended", "Snooze ended"),
                    ("note", "Note"),
                    ("responder_added", "Responder asked"),
                    ("responder_replied", "Responder answered"),
                    ("priority_changed", "Priority changed"),
                    ("title_changed", "Title changed"),
                    ("urgency_changed", "Urgency changed"),
                    ("notified", "Notified"),
                    ("status_update", "Status update"),
                    ("evidence", "Evidence captured"),
                    ("evidence_forgotten", "Evidence forgotten"),
                    ("diagnosed", "Diagnosis run"),
                    ("runbook_step", "Runbook step"),
                    ("mitigation_proposed", "Mitigation proposed"),
                    ("mitigation_started", "Mitigation started"),
                    ("mitigation_ended", "Mitigation ended"),
                    ("deleted", "Deleted in PagerDuty"),
                    ("responding", "Responding"),
                    ("severity_judged", "Severity judged"),
                    ("clock_at_risk", "Clock at risk"),
                    ("clock_breached", "Clock breached"),
                    ("clock_stopped", "Clock stopped"),
                    ("clock_retimed", "Clock re-timed"),
                    ("clock_closed", "Clock closed"),
                    ("breach_taken_back", "Breach taken back"),
                    ("escalation_due", "Escalation due"),
                    ("requested", "Asked of PagerDuty"),
                    ("delivered", "Accepted by PagerDuty"),
                    ("refused", "Refused by PagerDuty"),
                    ("waiting", "Waiting for PagerDuty"),
                    ("review", "Review"),
                    ("follow_up", "Follow-up"),
                    ("other", "Other"),
                ],
                max_length=24,
            ),
        ),
        migrations.AddIndex(
            model_name="followup",
            index=models.Index(condition=models.Q(("done_at", None)), fields=["due_on", "id"], name="follow_up_open"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", False)),
                fields=["-finished_at", "-id"],
                name="review_finished",
            ),
        ),
    ]
