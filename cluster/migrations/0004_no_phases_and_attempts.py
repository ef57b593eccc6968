from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("cluster", "0003_no_version_of_a_state"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="clusterstate",
            name="attempted_at",
        ),
        migrations.RemoveField(
            model_name="clusterstate",
            name="phases",
        ),
    ]
