"""Who may edit sample plans is who may edit policies; who may look at policies may look at plans and holds."""

from django.db import migrations

WORDS = {"view": "Can view", "add": "Can add", "change": "Can change"}
RIGHTS = {
    "Leads": {"sampleplan": ["view", "add", "change"], "hold": ["view"]},
    "Auditors": {"sampleplan": ["view"], "hold": ["view"]},
}
NAMES = {"sampleplan": "sample plan", "hold": "hold"}


def grant(apps, schema_editor):
    # Django makes permissions after all migrations; the groups need these now.
    for group in apps.get_model("auth", "Group").objects.filter(name__in=RIGHTS):
        for model, actions in RIGHTS[group.name].items():
            content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
                app_label="reviews", model=model
            )
            for action in actions:
                permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
                    content_type=content_type,
                    codename=f"{action}_{model}",
                    defaults={"name": f"{WORDS[action]} {NAMES[model]}"},
                )
                group.permissions.add(permission)


def withdraw(apps, schema_editor):
    apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="reviews", content_type__model__in=NAMES
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("reviews", "0019_samples_and_holds")]
    operations = [migrations.RunPython(grant, withdraw)]
