from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shifts", "0007_schedules_with_off_hours")]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("moved", "A shift of yours moved"),
                    ("reminder", "A shift of yours begins soon"),
                    ("asked", "Somebody asks for cover"),
                    ("taken", "Your shift is covered"),
                    ("expired", "Nobody took your shift"),
                    ("dropped", "Cover of your shift was called off"),
                    ("refused", "A change of a shift is not in PagerDuty"),
                    ("unready", "You are not ready for your shift"),
                    ("unready2", "Somebody is not ready for their shift"),
                    ("gap", "Nobody is on call for a while"),
                ],
                max_length=10,
            ),
        ),
    ]
