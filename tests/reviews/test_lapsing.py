"""Public articles whose review has grown old go back to review, each once, and readers keep their page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from articles.models import Article
from reviews import lapsing, release, standing
from reviews.models import Requirement, Review
from tests.makers import decide, make_article, make_person, make_released

pytestmark = pytest.mark.django_db


class Later:
    """The clock of whoever reckons how long a review stands."""

    def __init__(self, days):
        self.days = days

    def now(self):
        return timezone.now() + timedelta(days=self.days)


@pytest.fixture
def grown_old(monkeypatch):
    """A public article whose review has ended: by the clock of the rules it is years later."""
    article = make_released("old")
    end(article)
    monkeypatch.setattr(standing, "timezone", Later(days=1000))
    return article


def end(article):
    Article.objects.filter(pk=article.pk).update(indexable_until=timezone.now() - timedelta(days=1))


def stale():
    return Requirement.objects.filter(reason="stale")


def test_a_text_whose_review_ended_goes_back_to_review_once(grown_old):
    assert lapsing.ask_again() == 1
    assert stale().get().revision == grown_old.latest_revision
    assert stale().get().detail.startswith("Its review ended on ")
    assert "stale" in Review.objects.open().get().reasons
    assert lapsing.ask_again() == 0
    assert stale().count() == 1


def test_readers_keep_the_page_and_it_asks_for_no_index(grown_old):
    lapsing.ask_again()
    answer = Client().get(grown_old.get_absolute_url())
    assert answer.status_code == 200
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_another_approval_of_the_same_text_makes_it_stand_again(grown_old, monkeypatch):
    lapsing.ask_again()
    monkeypatch.undo()
    decide(Review.objects.open().get(), make_person("ada"))
    grown_old.refresh_from_db()
    assert grown_old.indexable_until > timezone.now()
    assert lapsing.ask_again() == 0


def test_what_stands_was_never_reviewed_or_is_not_public_is_left_alone(grown_old):
    make_released("fresh")
    make_released("unreviewed", reviewed=False)
    make_article("draft")
    withdrawn = make_released("withdrawn")
    release.withdraw(withdrawn, by=make_person("edith"), reason="Wrong.", seen=1)
    assert lapsing.ask_again() == 1
    assert stale().get().revision.article == grown_old


def test_many_are_asked_for_a_few_at_a_time(grown_old):
    for name in ("b", "c"):
        end(make_released(name))
    assert [lapsing.ask_again(most=2), lapsing.ask_again(most=2), lapsing.ask_again(most=2)] == [2, 1, 0]
    assert stale().count() == 3
