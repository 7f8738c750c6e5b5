"""Indexes of words for staff and for readers, empty: the job `search` fills them, and `rebuild_search` does it now."""

import django.db.models.deletion
from django.db import migrations, models

from articles import guards, search

TABLES = ("articles_staffwords", "articles_publicwords")


def create(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for table in TABLES:
            search.engine().create(cursor, table)


def drop(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for table in TABLES:
            search.engine().drop(cursor, table)


def install_guards(apps, schema_editor):
    drop_guards(apps, schema_editor)
    guards.install(schema_editor.connection, new_guards())


def drop_guards(apps, schema_editor):
    guards.drop(schema_editor.connection, new_guards())


def new_guards():
    return [guard for guard in guards.GUARDS if guard.table in TABLES]


def to(model):
    return models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=model)


def words(name):
    revision = models.OneToOneField(
        on_delete=django.db.models.deletion.CASCADE,
        primary_key=True,
        related_name="+",
        serialize=False,
        to="articles.revision",
    )
    fields = [
        ("revision", revision),
        ("format", models.CharField(max_length=20)),
        ("article", to("articles.article")),
    ]
    return migrations.CreateModel(name=name, fields=fields)


class Migration(migrations.Migration):
    dependencies = [("articles", "0011_say_how_texts_are_stored")]
    operations = [
        words("StaffWords"),
        words("PublicWords"),
        migrations.CreateModel(
            name="Unswept",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.RunPython(create, drop),
        migrations.RunPython(install_guards, drop_guards),
    ]
