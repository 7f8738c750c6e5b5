"""The sitemap: which parts there are, and what is in them."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from articles import sitemaps
from articles.models import Article
from reviews import release
from reviews.models import Decision
from tests.makers import make_article, make_person, make_released

pytestmark = pytest.mark.django_db

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def read(path):
    """Return [(address, lastmod or None)] of an index or a part."""
    answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/xml"
    return [
        (one.find(f"{MAP}loc").text, getattr(one.find(f"{MAP}lastmod"), "text", None))
        for one in ElementTree.fromstring(answer.content)
    ]


def everything():
    """Return the addresses that a search engine finds."""
    parts = [address.removeprefix(settings.SITE_URL) for address, _ in read("/sitemap.xml")]
    return [address.removeprefix(settings.SITE_URL) for part in parts for address, _ in read(part)]


def test_a_site_without_articles_has_an_empty_map():
    assert read("/sitemap.xml") == []


def test_only_what_may_be_indexed_is_in_the_map_with_the_moment_of_its_release_P4():
    article = make_released("a", title="Größe")
    make_released("b", title="Nobody reviewed this", reviewed=False)
    make_article("c", title="A draft")
    assert everything() == [article.get_absolute_url()]
    assert "%" in article.get_absolute_url()
    [(_, lastmod)] = read(f"/sitemap-{article.pk // sitemaps.PART}.xml")
    assert lastmod == article.current_release.released_at.isoformat(timespec="seconds")


def withdraw(article):
    release.withdraw(article, by=make_person("edith"), reason="Wrong.", seen=1)


def end(article):
    Article.objects.filter(pk=article.pk).update(indexable_until=timezone.now() - timedelta(seconds=1))


def take_back(article):
    Decision.objects.filter(review__article=article).get().revoke(by=make_person("ada"), reason="No.")


@pytest.mark.parametrize("go", [withdraw, end, take_back])
def test_what_was_withdrawn_or_has_lost_its_review_is_out_at_once_P4(go):
    article, other = make_released("a"), make_released("b", title="Other")
    go(article)
    assert everything() == [other.get_absolute_url()]
    go(other)
    assert read("/sitemap.xml") == []
    assert Client().get(f"/sitemap-{article.pk // sitemaps.PART}.xml").status_code == 404


def test_parts_together_hold_each_article_once_and_empty_ones_are_not_named(monkeypatch):
    monkeypatch.setattr(sitemaps, "PART", 3)
    articles = [make_released(f"n-{number}", title=f"Note {number}") for number in range(11)]
    gap = articles[3:9]
    for article in gap:
        withdraw(article)
    rest = [article for article in articles if article not in gap]
    assert sitemaps.parts() == sorted({article.pk // 3 for article in rest})
    assert everything() == [article.get_absolute_url() for article in rest]


@pytest.mark.parametrize("part", ["0" * 5, "99999", "9" * 12, "9" * 13, "9" * 30])
def test_a_part_that_holds_nothing_is_not_there(part):
    assert Client().get(f"/sitemap-{part}.xml").status_code == 404


def test_an_unchanged_part_answers_304_and_a_release_changes_its_own_part_alone(monkeypatch):
    monkeypatch.setattr(sitemaps, "PART", 1)
    article, other = make_released("a"), make_released("b", title="Other")
    client = Client()
    tags = {one: client.get(f"/sitemap-{one.pk}.xml")["ETag"] for one in (article, other)}
    for one, tag in tags.items():
        assert client.get(f"/sitemap-{one.pk}.xml", headers={"if-none-match": tag}).status_code == 304
    article.move("elsewhere")
    assert client.get(f"/sitemap-{article.pk}.xml")["ETag"] != tags[article]
    assert client.get(f"/sitemap-{other.pk}.xml")["ETag"] == tags[other]
    assert client.head("/sitemap.xml").content == b""
