"""Imports go one way: seeds -> reviews -> articles; editorial wires them (DESIGN 5)."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_KNOW = {"articles": set(), "reviews": {"articles"}, "seeds": {"articles", "reviews"}}
APPS = {*MAY_KNOW, "editorial"}
# "reviews.Review" in a foreign key, "reviews.release_article" in a permission, "reviews.queue.claim" in a lazy import.
DOTTED = re.compile(rf"({'|'.join(sorted(APPS))})(\.\w+)+")


def known_apps(source):
    """Return the apps that this source names: by import, by dotted string, or as an app label in a pair or a call."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found |= {alias.name.split(".")[0] for alias in names}
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module.split(".")[0])
            case ast.Constant(value=str(value)) if dotted := DOTTED.fullmatch(value):
                found.add(dotted[1])
            # ("reviews", "0001_initial") in a migration's dependencies
            case ast.Tuple(elts=[ast.Constant(value=str(label)), ast.Constant(value=str())]):
                found.add(label)
            # apps.get_model("reviews", "Review")
            case ast.Call(
                func=ast.Attribute(attr="get_model" | "get_app_config"), args=[ast.Constant(value=label), *_]
            ):
                found.add(str(label).split(".")[0])
    return found & APPS


@pytest.mark.parametrize(
    "source",
    [
        "import reviews",
        "import os, reviews.queue as queue",
        "from reviews import queue",
        "from reviews.models import Review",
        "def late():\n    from reviews.release import release",
        "models.ForeignKey('reviews.Review', models.PROTECT)",
        "migrations.AddField(field=models.ForeignKey(to='reviews.review'))",
        "dependencies = [('reviews', '0001_initial')]",
        "apps.get_model('reviews', 'Review')",
        "import_string('reviews.release.release')",
        "user.has_perm('reviews.decide_review')",
    ],
)
def test_every_way_to_name_another_app_is_seen(source):
    assert known_apps(source) == {"reviews"}


@pytest.mark.parametrize(
    "source",
    ["from . import reviews", "reviews = article.reviews", "'reviews'", "'See the reviews. They help.'"],
)
def test_a_word_that_only_looks_like_an_app_is_not_one(source):
    assert known_apps(source) == set()


@pytest.mark.parametrize("app", MAY_KNOW)
def test_imports_go_one_way(app):
    paths = sorted((ROOT / app).rglob("*.py"))
    wrong = {
        str(path.relative_to(ROOT)): sorted(beyond)
        for path in paths
        if (beyond := known_apps(path.read_text(encoding="utf-8")) - MAY_KNOW[app] - {app})
    }
    assert paths
    assert not wrong, f"{app} may know {sorted(MAY_KNOW[app]) or 'no other app'}"
