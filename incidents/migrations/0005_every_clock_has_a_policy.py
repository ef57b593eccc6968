import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0004_policy_of_running_clocks")]
    operations = [
        migrations.AlterField(
            model_name="slaclock",
            name="policy",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.policyversion",
            ),
        ),
    ]
