"""What an act of the admin may reach, and what whoever may still judge a text does not read there (blind seats, P5)."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from articles.models import Article, User
from reviews import intake
from reviews.models import Decision, Policy, Review
from tests.makers import approve, decide, make_article, make_document, make_person, make_released, make_user

pytestmark = pytest.mark.django_db


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


def test_it_stays_blind_where_the_seat_is_of_the_same_text_under_another_number_P5():
    """Readers see the first number, whose second seat waits for Ben; the same text is the latest again."""
    article = make_released(reviewed=False)
    Policy.objects.filter(is_default=True).update(approvals=2)
    edith, ada = make_person("edith"), make_person("ada")
    first = article.current_release.revision
    intake.flag(first, by=edith)
    decide(Review.objects.free().for_judging_by(ada).first(), ada, note="Ada's secret note")
    for changes in ({"body": "Other words."}, {}):
        seen = Article.objects.get(pk=article.pk).latest_revision.digest
        intake.edit(article, make_document(article.source_id, **changes), by=edith, seen=seen)
    assert Review.objects.open().filter(digest=first.digest, revision=first).exists()
    change = staff("ben").get(f"/admin/articles/article/{article.pk}/change/").content.decode()
    assert "1 more approval" not in change
    assert "you may be the one who judges it" in change


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
    for page in (
        f"preview/?revision={number}",
        f"compare/?old={number}&new=1",
        f"revoke/?decision={number}",
        f"alike/?with={number}",
    ):
        where = f"/admin/articles/article/{article.pk}/{page}"
        assert lea.get(where).status_code == 404
