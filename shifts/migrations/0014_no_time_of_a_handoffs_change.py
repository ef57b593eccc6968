"""Nobody asks when a handoff changed last: its lines have versions."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shifts", "0013_more_notices")]

    operations = [migrations.RemoveField("handoff", "changed_at")]
