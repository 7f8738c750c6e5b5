import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0018_purges"),
    ]

    operations = [
        migrations.CreateModel(
            name="RuleCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "rule", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("rule", models.CharField(max_length=40)),
                ("day", models.DateField()),
                ("hits", models.PositiveBigIntegerField(default=0)),
                ("misses", models.PositiveBigIntegerField(default=0)),
                ("seconds", models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="ArticleReads",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "article", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("people", models.PositiveBigIntegerField(default=0)),
                ("machines", models.PositiveBigIntegerField(default=0)),
                (
                    "article",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reads",
                        to="articles.article",
                    ),
                ),
            ],
        ),
    ]
