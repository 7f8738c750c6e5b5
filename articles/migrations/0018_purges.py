import django.utils.timezone
from django.db import migrations, models

import articles.models.purge


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0017_indexes_of_what_machines_find"),
    ]

    operations = [
        migrations.CreateModel(
            name="Purge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "paths",
                    models.JSONField(help_text="Addresses of pages; what belongs to them goes with them."),
                ),
                ("hard", models.BooleanField(default=False)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "xact",
                    models.BigIntegerField(
                        db_default=articles.models.purge.CurrentTransaction(), editable=False
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["xact", "id"], name="purge_by_transaction"),
                    models.Index(fields=["at"], name="purge_by_time"),
                ],
            },
        ),
    ]
