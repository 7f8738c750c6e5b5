"""Indexes that no query asks: the first column of a unique one, and LIKE over digests and keys.

Dropped without altering a table, which SQLite would copy.
"""

import django.db.models.deletion
from django.db import migrations, models

from articles import indexes

FOREIGN_KEYS = [
    ("articletag", "content_object_id"),
    ("mention", "article_id"),
    ("checklistuse", "article_id"),
    ("contributor", "revision_id"),
    ("revision", "article_id"),
]
LIKE = [
    ("article", "source_key"),
    ("text", "digest"),
    ("revision", "digest"),
    ("checklistversion", "digest"),
    ("erasure", "subject"),
]


def drop(apps, schema_editor):
    for model, column in FOREIGN_KEYS:
        indexes.drop(schema_editor, apps.get_model("articles", model), column)
    for model, column in LIKE:
        indexes.drop(schema_editor, apps.get_model("articles", model), column, like=True)


def restore(apps, schema_editor):
    for model, column in FOREIGN_KEYS:
        indexes.restore(schema_editor, apps.get_model("articles", model), column)
    for model, column in LIKE:
        indexes.restore(schema_editor, apps.get_model("articles", model), column, like=True)


def key(model, field, to, on_delete, related_name):
    return migrations.AlterField(
        model, field, models.ForeignKey(db_index=False, on_delete=on_delete, related_name=related_name, to=to)
    )


CASCADE, PROTECT = django.db.models.deletion.CASCADE, django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [("articles", "0006_signatures")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(drop, restore, elidable=False)],
            [
                key("articletag", "content_object", "articles.article", CASCADE, "tag_appearances"),
                key("mention", "article", "articles.article", CASCADE, "mentions"),
                key("checklistuse", "article", "articles.article", CASCADE, "checklist_uses"),
                key("contributor", "revision", "articles.revision", PROTECT, "contributors"),
                key("revision", "article", "articles.article", PROTECT, "revisions"),
            ],
        )
    ]
