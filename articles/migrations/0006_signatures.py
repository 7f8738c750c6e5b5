"""By which numbers a revision is found among look-alikes, and which were found."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0005_lapses"),
    ]

    operations = [
        migrations.CreateModel(
            name="Signature",
            fields=[
                (
                    "revision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="signature",
                        serialize=False,
                        to="articles.revision",
                    ),
                ),
                ("format", models.PositiveSmallIntegerField()),
                ("sketch", models.BinaryField()),
                ("is_listed", models.BooleanField(db_default=True, default=True)),
            ],
        ),
        migrations.CreateModel(
            name="SignatureKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "key", "revision", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.BigIntegerField()),
                (
                    "revision",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="articles.revision",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LookAlike",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("percent", models.PositiveSmallIntegerField()),
                (
                    "other",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="articles.revision",
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="look_alikes",
                        to="articles.revision",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        models.F("revision"),
                        models.OrderBy(models.F("percent"), descending=True),
                        models.OrderBy(models.F("other"), descending=True),
                        name="look_alike_closest",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=["revision", "other"], name="look_alike_once")
                ],
            },
        ),
    ]
