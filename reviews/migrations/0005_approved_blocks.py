"""Remember approved texts block by block; the guards are dropped first and installed last (see articles/guards.py)."""

import django.db.models.deletion
from django.db import migrations, models

from articles import guards
from reviews.guards import GUARDS


def install(apps, schema_editor):
    guards.install(schema_editor.connection, GUARDS)


def drop(apps, schema_editor):
    guards.drop(schema_editor.connection, GUARDS)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0004_guards")]
    operations = [
        migrations.RunPython(drop, install),
        migrations.CreateModel(
            name="ApprovedBlock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("prose", "Prose"), ("code", "Code"), ("item", "Item"), ("meta", "Meta")],
                        max_length=10,
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("words", models.PositiveIntegerField()),
                ("fresh_until", models.DateTimeField()),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="blocks",
                        to="reviews.decision",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("digest", "decision"), name="approved_block_once_per_decision"
                    )
                ],
            },
        ),
        migrations.RunPython(install, drop),
    ]
