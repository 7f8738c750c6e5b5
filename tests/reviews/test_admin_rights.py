"""Who may open what in the admin: every address its resolver knows, for every role (S1). An unknown address fails."""

from copy import deepcopy

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from articles.models import Article, ImportRun, Redirect, Revision, User
from reviews.models import Decision, LedgerEntry, Policy, Requirement, Review, SamplePlan
from tests.databases import around_tests
from tests.makers import (
    make_article,
    make_released,
    make_user,
)

pytestmark = pytest.mark.django_db

ROLES = {
    "nobody": [],
    "reviewer": ["Reviewers"],
    "editor": ["Editors"],
    "releaser": ["Releasers"],
    "auditor": ["Auditors"],
    "lead": ["Leads"],
}
STAFF = set(ROLES)
ALL = STAFF - {"nobody"}

# What each role may do with the rows of a model: look, add, change, delete. Articles, which have verbs, stand below.
EDITED = ("editor", "lead")
SET_BY_LEADS = ("lead",)
MODELS = {
    "articles_article": {"view": ALL, "add": EDITED, "change": EDITED},
    "articles_tag": {"view": EDITED, "add": EDITED, "change": EDITED, "merge": SET_BY_LEADS},
    "articles_entity": {"view": EDITED, "add": EDITED, "change": EDITED, "merge": SET_BY_LEADS},
    "articles_checklist": {"view": EDITED, "add": EDITED, "change": EDITED},
    "articles_redirect": {"view": EDITED, "add": EDITED, "change": EDITED, "delete": EDITED},
    "articles_person": {"view": ("auditor", "lead"), "change": SET_BY_LEADS},
    "articles_importrun": {"view": ("editor", "auditor", "lead"), "add": EDITED},
    "articles_release": {"view": ALL - {"reviewer"}},
    "articles_user": {},
    "auth_group": {},
    "editorial_jobrun": {},
    "reviews_review": {"view": ALL},
    "reviews_requirement": {"view": ("editor", "auditor", "lead")},
    "reviews_decision": {"view": ALL - {"reviewer"}},
    "reviews_ledgerentry": {"view": ("auditor", "lead")},
    "reviews_policy": {"view": ("auditor", "lead"), "add": SET_BY_LEADS, "change": SET_BY_LEADS},
    "reviews_criteria": {"view": ("auditor", "lead"), "add": SET_BY_LEADS, "change": SET_BY_LEADS},
    "reviews_sampleplan": {"view": ("auditor", "lead"), "add": SET_BY_LEADS, "change": SET_BY_LEADS},
}
NEEDS = {
    "changelist": "view",
    "history": "view",
    "change": "view",
    "add": "add",
    "delete": "delete",
    "merge": "merge",
}

VERBS = {
    "article-preview": ALL,
    "article-compare": ALL,
    "article-alike": ALL,
    "article-flag": EDITED,
    "article-archive": EDITED,
    "article-candidate": EDITED,
    "article-talk": EDITED,
    "article-release": ("releaser", "lead"),
    "article-rollback": ("releaser", "lead"),
    "article-withdraw": ("releaser", "lead"),
    "article-revoke": SET_BY_LEADS,
    "article-erase": SET_BY_LEADS,
}
RUNS = {
    "importrun-problems": ("editor", "auditor", "lead"),
    "importrun-stop": (),  # a link stops nothing: tests/seeds/test_import_run_admin.py presses the button
}
# The admin's own: they show nobody anything but what the pages above let them see.
OWN = {
    "index": STAFF,
    "password_change": STAFF,
    "password_change_done": STAFF,
    "jsi18n": STAFF,
    "app_list": ALL,
    "autocomplete": set(),
    "auth_user_password_change": set(),
}
LEFT_OUT = {
    "login": "leads to the site's own page",
    "logout": "for everybody",
    "view_on_site": "leads to the readers' page",
}


def patterns(urls):
    for one in urls:
        if hasattr(one, "url_patterns"):
            yield from patterns(one.url_patterns)
        else:
            yield one


NAMES = sorted({one.name for one in patterns(admin.site.get_urls()) if one.name})


def may_open(name):
    """Return the roles that may open an address, or None where this module does not know it."""
    if name in VERBS | RUNS | OWN:
        return set((VERBS | RUNS | OWN)[name])
    model, _, page = name.rpartition("_")
    if model in MODELS and page in NEEDS:
        return set(MODELS[model].get(NEEDS[page], ()))
    return None


def test_every_address_of_the_admin_is_classified():
    assert [name for name in NAMES if may_open(name) is None and name not in LEFT_OUT] == []


def client_of(role, groups):
    user = make_user(f"a-{role}", groups)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    with around_tests(django_db_blocker):
        everybody = {role: client_of(role, groups) for role, groups in ROLES.items()}
        yield everybody | {"signed out": Client()}, filled()


@pytest.fixture
def clients(made_once):
    return deepcopy(made_once[0])


@pytest.fixture
def newsroom(made_once):
    return Article.objects.get(pk=made_once[1].pk)


def filled():
    """One row at least of everything the admin shows; returns the article it is about."""
    article = make_released()
    make_article("another")
    Redirect.objects.create(path="/old/", article=article)
    ImportRun.objects.create(source="notes.jsonl")
    SamplePlan(name="One in ten", rate=10).settle(by=None)
    return article


def address(name, article):
    by_model = {f"{one._meta.app_label}_{one._meta.model_name}": one for one in admin.site._registry}
    model = by_model.get(name.rpartition("_")[0])
    page = name.rpartition("_")[2]
    if name in VERBS:
        query = {
            "article-compare": "?old=1&new=1",
            "article-alike": f"?with={Revision.objects.exclude(article=article).get().pk}",
            "article-revoke": f"?decision={Decision.objects.get().pk}",
            "article-erase": f"?revision={article.latest_revision_id}",
        }
        return reverse(f"admin:{name}", args=[article.pk]) + query.get(name, "")
    if name in RUNS:
        return reverse(f"admin:{name}", args=[ImportRun.objects.get().pk])
    if page == "merge":
        return f"{reverse(f'admin:{name}')}?ids={','.join(str(row.pk) for row in model.objects.all()[:2])}"
    if name == "app_list":
        return reverse("admin:app_list", args=["articles"])
    if name == "auth_user_password_change":
        return reverse(f"admin:{name}", args=[User.objects.first().pk])
    if model and page in ("history", "change", "delete"):
        row = model.objects.first() or ContentType.objects.first()
        return reverse(f"admin:{name}", args=[row.pk])
    return reverse(f"admin:{name}")


def footprint():
    rows = (Article, Decision, LedgerEntry, Policy, Redirect, Requirement, Review, User)
    return [model.objects.count() for model in rows] + [
        list(Article.objects.values_list("latest_revision", "current_release", "slug", "archived_at"))
    ]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LEFT_OUT])
def test_an_address_opens_for_whoever_may_and_does_nothing_for_others(name, clients, newsroom):
    where = address(name, newsroom)
    allowed = may_open(name)
    for role, client in clients.items():
        status = client.get(where).status_code
        assert (status == 200) == (role in allowed), f"{role} got {status} from {where}"
        if role in allowed:
            continue
        before = footprint()
        posted = {"title": "t", "body": "b", "name": "n", "reason": "r", "seen": "1", "post": "yes"}
        assert client.post(where, posted).status_code in (302, 401, 403, 404, 405), (
            f"{role} posted to {where}"
        )
        assert footprint() == before, f"{role} changed something at {where}"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_row_that_may_be_looked_at_is_not_thereby_changed(name, clients, newsroom):
    where = address(f"{name}_change", newsroom)
    rights = MODELS[name]
    for role in set(rights.get("view", ())) - set(rights.get("change", ())):
        before = footprint()
        posted = {"name": "other", "title": "other", "body": "other", "version": "9.9.9", "verdict": "reject"}
        assert clients[role].post(where, posted).status_code == 403
        assert footprint() == before


def test_taggits_own_pages_are_not_there(clients):
    assert clients["lead"].get("/admin/taggit/tag/merge-tags/").status_code == 404
