"""Indexes that no query asks: the first column of a unique one, and LIKE over hashes.

Dropped without altering a table, which SQLite would copy.
"""

import django.db.models.deletion
from django.db import migrations, models

from articles import indexes

FOREIGN_KEYS = [("checkrun", "revision_id"), ("finding", "run_id")]
LIKE = [("ledgerentry", "previous"), ("ledgerentry", "hash"), ("note", "hash")]


def drop(apps, schema_editor):
    for model, column in FOREIGN_KEYS:
        indexes.drop(schema_editor, apps.get_model("reviews", model), column)
    for model, column in LIKE:
        indexes.drop(schema_editor, apps.get_model("reviews", model), column, like=True)


def restore(apps, schema_editor):
    for model, column in FOREIGN_KEYS:
        indexes.restore(schema_editor, apps.get_model("reviews", model), column)
    for model, column in LIKE:
        indexes.restore(schema_editor, apps.get_model("reviews", model), column, like=True)


def key(model, field, to, related_name):
    return migrations.AlterField(
        model,
        field,
        models.ForeignKey(
            db_index=False,
            on_delete=django.db.models.deletion.PROTECT,
            related_name=related_name,
            to=to,
        ),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0008_guards_of_first_revisions"),
        ("reviews", "0020_rights_to_samples"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(drop, restore, elidable=False)],
            [
                key("checkrun", "revision", "articles.revision", "check_runs"),
                key("finding", "run", "reviews.checkrun", "findings"),
            ],
        )
    ]
