"""Install the triggers that keep history (see articles/guards.py)."""

from django.db import migrations

from articles import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


def drop(apps, schema_editor):
    guards.drop(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("articles", "0001_initial")]
    operations = [migrations.RunPython(install, drop, elidable=False)]
