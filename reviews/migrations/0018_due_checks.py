"""What came in with many others waits for its checks."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0003_refused_documents"),
        ("reviews", "0017_figures_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Due",
            fields=[
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="checks_due",
                        serialize=False,
                        to="articles.revision",
                    ),
                ),
            ],
        ),
    ]
