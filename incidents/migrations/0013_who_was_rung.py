from django.db import migrations

# Lines that the load still looks at and that name a person alone get the id of whoever has that name, where it is that of
# one of PagerDuty's users alone.
# Other lines stay without: they count for nobody.
NAMED = """
    UPDATE incidents_timelineentry entry
    SET data = entry.data || jsonb_build_object('to_id', person.pagerduty_id)
    FROM (
        SELECT name, min(pagerduty_id) AS pagerduty_id FROM accounts_person
        WHERE pagerduty_id NOT LIKE 'portal-%' GROUP BY name HAVING count(*) = 1
    ) person
    WHERE entry.kind = 'notified' AND entry.occurred_at > now() - interval '90 days'
        AND NOT entry.data ? 'to_id' AND entry.data ->> 'to' = person.name
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_audit_append_only"),
        ("incidents", "0012_transfers"),
    ]

    operations = [
        migrations.RunSQL(NAMED, migrations.RunSQL.noop),
    ]
