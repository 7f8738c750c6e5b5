"""Editors keep the aliases of tags as they keep those of entities; Leads may merge."""

from django.db import migrations

EDITORS = [
    (f"{what}_tagalias", "tagalias", f"Can {what} tag alias") for what in ("view", "add", "change", "delete")
]
LEADS = [("merge_tag", "tag", "Can merge tags"), ("merge_entity", "entity", "Can merge entities")]


def grant(apps, schema_editor):
    # Django makes permissions after all migrations; these groups need them now.
    for group, rights in (("Editors", EDITORS), ("Leads", [*EDITORS, *LEADS])):
        for codename, model, name in rights:
            content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
                app_label="articles", model=model
            )
            permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": name}
            )
            for one in apps.get_model("auth", "Group").objects.filter(name=group):
                one.permissions.add(permission)


def withdraw(apps, schema_editor):
    codenames = [codename for codename, *_ in [*EDITORS, *LEADS]]
    apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="articles", codename__in=codenames
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("articles", "0009_tag_aliases"), ("reviews", "0021_fewer_indexes")]
    operations = [migrations.RunPython(grant, withdraw)]
