"""The rows a fresh site cannot do without: the ledger's head, the standard criteria and the default policy."""

from django.db import migrations


def make(apps, schema_editor):
    apps.get_model("reviews", "LedgerHead").objects.get_or_create(pk=1)
    criteria, _ = apps.get_model("reviews", "Criteria").objects.get_or_create(name="Standard")
    apps.get_model("reviews", "Policy").objects.get_or_create(
        is_default=True,
        defaults={"name": "Default", "position": 1000, "criteria": criteria, "due_hours": 120},
    )


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial")]
    # Going back leaves the rows: the migration before drops their tables.
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
