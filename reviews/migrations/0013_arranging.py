"""Leads may arrange the queue for others."""

from django.db import migrations


def grant(apps, schema_editor):
    # Django makes permissions after all migrations; the group needs this one now.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="reviews", model="review"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename="arrange_review",
        defaults={"name": "Can arrange the review queue for others"},
    )
    for group in apps.get_model("auth", "Group").objects.filter(name="Leads"):
        group.permissions.add(permission)


def withdraw(apps, schema_editor):
    apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="reviews", codename="arrange_review"
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("reviews", "0012_skipped_seats")]
    operations = [
        migrations.AlterModelOptions(
            name="review",
            options={
                "permissions": [
                    ("decide_review", "Can decide reviews"),
                    ("arrange_review", "Can arrange the review queue for others"),
                ]
            },
        ),
        migrations.RunPython(grant, withdraw),
    ]
