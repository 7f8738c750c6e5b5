"""Files that were uploaded wait for their import; every run says how long it took and what became of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0003_refused_documents"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="attempts",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="How often it was begun. Only the latest to begin may write.",
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="said",
            field=models.TextField(
                blank=True,
                db_default="",
                help_text="What became of it, in a sentence, where that is not plain.",
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="seconds",
            field=models.FloatField(db_default=0, default=0, help_text="How long it was worked on."),
        ),
        migrations.AddField(
            model_name="importrun",
            name="size",
            field=models.BigIntegerField(
                help_text="Bytes of the source, where it is known ahead.", null=True
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="touched",
            field=models.JSONField(
                db_default=[],
                default=list,
                help_text="Public articles that got a new draft, by their slugs: the first.",
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="upload",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="The uploaded file, until it is done with.",
                max_length=80,
            ),
        ),
        migrations.AlterField(
            model_name="importrun",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("running", "Running"),
                    ("finished", "Finished"),
                    ("failed", "Failed"),
                    ("stopped", "Stopped"),
                ],
                default="running",
                max_length=10,
            ),
        ),
    ]
