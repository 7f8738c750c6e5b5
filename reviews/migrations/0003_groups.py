"""The groups a newsroom starts with. Their permissions can be changed in the admin; their names are used by nobody."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

EDIT = ["view", "add", "change"]
GROUPS = {
    "Editors": {
        "articles": {
            "article": EDIT,
            "tag": EDIT,
            "entity": EDIT,
            "entityalias": [*EDIT, "delete"],
            "checklist": EDIT,
            "redirect": [*EDIT, "delete"],
            "revision": ["view"],
            "release": ["view"],
            "importrun": ["view", "import_articles"],
            "importproblem": ["view"],
        },
        "reviews": {"review": ["view"], "requirement": ["view"], "finding": ["view"], "decision": ["view"]},
    },
    "Reviewers": {
        "articles": {"article": ["view"], "revision": ["view"]},
        "reviews": {"review": ["view", "decide_review"]},
    },
    "Releasers": {
        "articles": {"article": ["view"], "revision": ["view"], "release": ["view", "release_article"]},
        "reviews": {"review": ["view"], "decision": ["view"]},
    },
    "Auditors": {
        "articles": {
            model: ["view"]
            for model in ("article", "revision", "release", "importrun", "importproblem", "person", "erasure")
        },
        "reviews": {
            "ledgerentry": ["view", "audit_ledger"],
            **{
                model: ["view"]
                for model in (
                    "review",
                    "requirement",
                    "decision",
                    "finding",
                    "policy",
                    "criteria",
                    "policyversion",
                )
            },
        },
    },
}
LEADS = {
    "articles": {"person": EDIT, "erasure": ["add", "view"]},
    "reviews": {
        "policy": EDIT,
        "criteria": EDIT,
        "policyversion": ["view"],
        "decision": ["view", "revoke_decision"],
    },
}


def make(apps, schema_editor):
    # Django makes permissions after all migrations; these groups need them now.
    for label in ("articles", "reviews"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, using=schema_editor.connection.alias, verbosity=0)
        config.models_module = None
    for name, rights in GROUPS.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*permissions(apps, rights))
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Leads")
    for rights in (*GROUPS.values(), LEADS):
        group.permissions.add(*permissions(apps, rights))


def permissions(apps, rights):
    """Return the permissions that `rights` name: {app: {model: [view, add, ... or a whole codename]}}."""
    found = []
    for label, models in rights.items():
        for model, actions in models.items():
            for action in actions:
                codename = f"{action}_{model}" if action in ("view", "add", "change", "delete") else action
                found.append(
                    apps.get_model("auth", "Permission").objects.get(
                        content_type__app_label=label, codename=codename
                    )
                )
    return found


def remove(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=[*GROUPS, "Leads"]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0002_first_rows"),
        ("articles", "0002_guards"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make, remove)]
