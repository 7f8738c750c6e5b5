"""Entities are found by the beginnings of their names, too: on PostgreSQL that takes the operators of LIKE."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0014_import_run_ahead")]
    operations = [
        migrations.RemoveIndex(model_name="entity", name="entity_by_key"),
        migrations.AddIndex(
            model_name="entity",
            index=models.Index(fields=["key"], name="entity_by_key", opclasses=["varchar_pattern_ops"]),
        ),
    ]
