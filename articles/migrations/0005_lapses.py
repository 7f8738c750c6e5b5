"""Find the articles whose review has grown old. An index rebuilds no table, so the guards stay where they are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0004_uploads"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(("indexable_until__isnull", False)),
                fields=["indexable_until"],
                name="article_lapses",
            ),
        ),
    ]
