"""Lists of similar articles, none yet: the jobs `missing` and `similar` make them, and `rebuild_similar` does it now."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0015_beginnings_of_entities"),
    ]

    operations = [
        migrations.CreateModel(
            name="Similar",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "release", "rank", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField()),
                ("shares", models.JSONField()),
                (
                    "other",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="articles.release",
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="articles.release",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("other", "release"), name="similar_once_on_a_page"),
                    models.CheckConstraint(
                        condition=models.Q(("rank__gte", 1), ("rank__lte", 6)), name="similar_few_on_a_page"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SimilarList",
            fields=[
                (
                    "article",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="similar_list",
                        serialize=False,
                        to="articles.article",
                    ),
                ),
                ("is_due", models.BooleanField(default=True)),
                ("spreads", models.BooleanField(default=False)),
                (
                    "release",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="articles.release",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_due", True)), fields=["article"], name="similar_list_due"
                    )
                ],
            },
        ),
    ]
