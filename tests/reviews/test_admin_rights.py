"""Who may open what in the admin: every address its resolver knows, for every role (S1). An unknown address fails."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from articles.models import Article, ImportRun, Redirect, User
from reviews import intake
from reviews.models import Decision, LedgerEntry, Policy, Requirement, Review
from tests.makers import (
    approve,
    decide,
    make_article,
    make_document,
    make_person,
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
    "articles_tag": {"view": EDITED, "add": EDITED, "change": EDITED},
    "articles_entity": {"view": EDITED, "add": EDITED, "change": EDITED},
    "articles_checklist": {"view": EDITED, "add": EDITED, "change": EDITED},
    "articles_redirect": {"view": EDITED, "add": EDITED, "change": EDITED, "delete": EDITED},
    "articles_person": {"view": ("auditor", "lead"), "change": SET_BY_LEADS},
    "articles_importrun": {"view": ("editor", "auditor", "lead")},
    "articles_release": {"view": ALL - {"reviewer"}},
    "articles_user": {},
    "auth_group": {},
    "reviews_review": {"view": ALL},
    "reviews_requirement": {"view": ("editor", "auditor", "lead")},
    "reviews_decision": {"view": ALL - {"reviewer"}},
    "reviews_ledgerentry": {"view": ("auditor", "lead")},
    "reviews_policy": {"view": ("auditor", "lead"), "add": SET_BY_LEADS, "change": SET_BY_LEADS},
    "reviews_criteria": {"view": ("auditor", "lead"), "add": SET_BY_LEADS, "change": SET_BY_LEADS},
}
NEEDS = {"changelist": "view", "history": "view", "change": "view", "add": "add", "delete": "delete"}

VERBS = {
    "article-preview": ALL,
    "article-compare": ALL,
    "article-flag": EDITED,
    "article-archive": EDITED,
    "article-candidate": EDITED,
    "article-release": ("releaser", "lead"),
    "article-rollback": ("releaser", "lead"),
    "article-withdraw": ("releaser", "lead"),
    "article-revoke": SET_BY_LEADS,
    "article-erase": SET_BY_LEADS,
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
    if name in VERBS or name in OWN:
        return set((VERBS | OWN)[name])
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


@pytest.fixture
def clients():
    return {role: client_of(role, groups) for role, groups in ROLES.items()} | {"signed out": Client()}


@pytest.fixture
def newsroom():
    """One row at least of everything the admin shows."""
    article = make_released()
    Redirect.objects.create(path="/old/", article=article)
    ImportRun.objects.create(source="notes.jsonl")
    return article


def address(name, article):
    by_model = {f"{one._meta.app_label}_{one._meta.model_name}": one for one in admin.site._registry}
    model = by_model.get(name.rpartition("_")[0])
    page = name.rpartition("_")[2]
    if name in VERBS:
        query = {
            "article-compare": "?old=1&new=1",
            "article-revoke": f"?decision={Decision.objects.get().pk}",
            "article-erase": f"?revision={article.latest_revision_id}",
        }
        return reverse(f"admin:{name}", args=[article.pk]) + query.get(name, "")
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


# Blind seats ---------------------------------------------------------------------------------------------------


@pytest.fixture
def half_judged():
    """An article whose text needs two approvals and has Ada's; Ben may still give the other."""
    Policy.objects.filter(is_default=True).update(approvals=2)
    article = make_article(flagged=True)
    ada = make_person("ada")
    decide(Review.objects.free().for_judging_by(ada).first(), ada, note="Ada's secret note")
    return article


def staff(username):
    """A client of one of the cast. Ben may look at everything, so that only the rule keeps it from him."""
    user = User.objects.filter(username=username).first() or make_user(username)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    if username == "ben":
        user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def test_whoever_may_still_judge_a_text_reads_nowhere_in_the_admin_how_others_did_P5(half_judged):
    ben = staff("ben")
    seats = Review.objects.order_by("pk")
    decision = Decision.objects.get()
    pages = [
        *(f"/admin/articles/article/{half_judged.pk}/{page}/" for page in ("change", "history")),
        "/admin/articles/article/",
        "/admin/reviews/decision/",
        "/admin/reviews/review/",
    ]
    for page in pages:
        said = ben.get(page).content.decode()
        assert "Ada's secret note" not in said
        assert not re.search(r"\bada\b", said), page
        assert "1 more approval" not in said, page
    for state in ("approved", "sent_back"):
        listed = ben.get(f"/admin/articles/article/?state={state}").content.decode()
        assert f"article/{half_judged.pk}/change" not in listed
    assert ben.get(f"/admin/reviews/decision/{decision.pk}/change/").status_code in (302, 404)
    assert ben.get(f"/admin/reviews/review/{seats.first().pk}/change/").status_code in (302, 404)


def test_an_editor_who_may_not_judge_reads_it(half_judged):
    edith = staff("edith")
    history = edith.get(f"/admin/articles/article/{half_judged.pk}/history/").content.decode()
    assert re.search(r"\bada\b", history)
    change = edith.get(f"/admin/articles/article/{half_judged.pk}/change/").content.decode()
    assert "1 more approval" in change


# What an act may reach -----------------------------------------------------------------------------------------


def test_an_earlier_approved_revision_is_offered_in_the_history_and_can_be_released():
    article = make_article()
    approved = approve(article, make_person("ada"))
    edith = staff("edith")
    intake.edit(article, make_document(body="Newer."), by=make_person("edith"), seen=approved.digest)
    history = edith.get(f"/admin/articles/article/{article.pk}/history/").content.decode()
    where = f"/admin/articles/article/{article.pk}/release/?revision={approved.pk}"
    assert where in history
    page = edith.get(where)
    posted = {field.html_name: field.value() or "" for field in page.context["form"]}
    posted |= {"owner": "desk", "expected_result": "less", "rollback_note": "back"}
    assert edith.post(where, posted).status_code == 302
    article.refresh_from_db()
    assert article.current_release.revision == approved


def test_a_candidate_is_not_released_past_the_review_it_would_need_P1():
    article = make_article()
    edith = make_person("edith")
    seen = article.latest_revision.digest
    intake.edit(article, make_document(title="By hand"), by=edith, seen=seen)
    make_article(body="From the source.", flagged=True)
    article.refresh_from_db()
    client = staff("lea")
    where = f"/admin/articles/article/{article.pk}/release/?revision={article.candidate.pk}"
    assert "Take it over first" in client.get(where).content.decode()
    posted = {"revision": article.candidate.pk, "seen": article.candidate.digest, "version": "1.0.0"}
    posted |= {"owner": "desk", "expected_result": "less", "rollback_note": "back"}
    assert client.post(where, posted).status_code == 409
    assert not Article.objects.public().exists()


def test_a_release_of_another_article_cannot_be_rolled_back_to_or_released_S3():
    article, other = make_released("a"), make_released("b", title="Another")
    client = staff("lea")
    foreign = other.current_release
    answer = client.post(
        f"/admin/articles/article/{article.pk}/rollback/", {"to": foreign.pk, "seen": 1, "reason": "r"}
    )
    assert answer.status_code == 422
    assert (
        client.get(
            f"/admin/articles/article/{article.pk}/release/?revision={foreign.revision_id}"
        ).status_code
        == 404
    )
    decision = Decision.objects.get(article=other)
    where = f"/admin/articles/article/{article.pk}/revoke/"
    assert client.post(where, {"decision": decision.pk, "reason": "r"}).status_code == 404
    assert article.releases.count() == 1


@pytest.mark.parametrize("number", ["²", "٣", "-1", "9" * 30, "x", ""])
def test_a_number_that_is_none_is_not_found(number):
    article = make_released()
    lea = staff("lea")
    for page in (f"preview/?revision={number}", f"compare/?old={number}&new=1", f"revoke/?decision={number}"):
        where = f"/admin/articles/article/{article.pk}/{page}"
        assert lea.get(where).status_code == 404
