from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("cluster", "0002_when_a_poll_began"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="clusterstate",
            name="version",
        ),
    ]
