"""Install the triggers of the review side, the gate among them (see reviews/guards.py)."""

from django.db import migrations

from articles import guards
from reviews.guards import GUARDS


def install(apps, schema_editor):
    guards.install(schema_editor.connection, GUARDS)


def drop(apps, schema_editor):
    guards.drop(schema_editor.connection, GUARDS)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_groups"), ("articles", "0002_guards")]
    operations = [migrations.RunPython(install, drop)]
