"""What jobs did: one row for each run."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="JobRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("job", models.CharField(max_length=40)),
                (
                    "slot",
                    models.CharField(
                        help_text="The job, as long as this run alone may do it.",
                        max_length=40,
                        null=True,
                        unique=True,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("heartbeat", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("done", "Done"),
                            ("stopped", "Stopped"),
                            ("failed", "Failed"),
                            ("lost", "Lost"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                (
                    "counts",
                    models.JSONField(
                        default=dict, help_text="What was done, and how much of it; nothing where none was."
                    ),
                ),
                (
                    "said",
                    models.TextField(
                        blank=True, help_text="What became of it, in a sentence, where that is not plain."
                    ),
                ),
                ("log", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["job", "-id"], name="job_run_latest")],
            },
        ),
    ]
