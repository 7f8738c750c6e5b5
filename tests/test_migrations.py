"""Migrations: none missing, one line of them, forwards and backwards, and the guards there when all are done."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from articles import guards as article_guards
from reviews import guards as review_guards

OURS = ("articles", "reviews", "editorial")


def test_no_migration_is_missing(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("label", OURS)
def test_migrations_form_one_line(label):
    loader = MigrationLoader(None)
    numbers = sorted(name.split("_")[0] for app, name in loader.disk_migrations if app == label)
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert len(loader.graph.leaf_nodes(label)) == 1


def test_migrations_go_back_to_nothing_and_forth_again_D9(committed_database):
    def tables():
        return {name for name in connection.introspection.table_names() if name.split("_")[0] in OURS}

    before = tables()
    # Articles hold the accounts, so everything that points to them goes back first.
    for label in ("admin", "editorial", "reviews", "articles"):
        call_command("migrate", label, "zero", verbosity=0)
    assert tables() == set()
    call_command("migrate", verbosity=0)
    assert tables() == before
    assert article_guards.missing(connection) == []
    assert review_guards.missing(connection) == []


def test_a_fresh_database_has_the_groups_the_default_policy_and_the_head(db):
    groups = apps.get_model("auth", "Group").objects.values_list("name", flat=True)
    assert set(groups) >= {"Editors", "Reviewers", "Releasers", "Leads", "Auditors"}
    assert apps.get_model("reviews", "Policy").objects.get(is_default=True).four_eyes
    assert apps.get_model("reviews", "LedgerHead").objects.get().seq == 0


@pytest.mark.parametrize(
    ("group", "right", "has"),
    [
        ("Editors", "articles.change_article", True),
        ("Editors", "articles.import_articles", True),
        ("Editors", "articles.release_article", False),
        ("Editors", "reviews.decide_review", False),
        ("Reviewers", "reviews.decide_review", True),
        ("Reviewers", "articles.change_article", False),
        ("Reviewers", "articles.release_article", False),
        ("Releasers", "articles.release_article", True),
        ("Releasers", "reviews.decide_review", False),
        ("Auditors", "reviews.audit_ledger", True),
        ("Auditors", "articles.change_article", False),
        ("Leads", "reviews.revoke_decision", True),
        ("Leads", "reviews.change_policy", True),
        ("Leads", "articles.add_erasure", True),
    ],
)
def test_each_group_may_do_its_own_work_and_no_other(db, group, right, has):
    app, codename = right.split(".")
    found = apps.get_model("auth", "Group").objects.filter(
        name=group, permissions__codename=codename, permissions__content_type__app_label=app
    )
    assert found.exists() == has
