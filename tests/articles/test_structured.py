"""What pages say of themselves to machines: the same as they show to people, and nothing that could run."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from articles.models import Article, Person
from reviews import release
from tests.articles.hostile import HOSTILE
from tests.makers import approve, make_article, make_document, make_person, make_release, make_released

pytestmark = pytest.mark.django_db

BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def page_of(article):
    return Client().get(article.get_absolute_url()).content.decode()


def said_of(article):
    """Return the page's JSON-LD; exactly one block stands in it."""
    [block] = BLOCK.findall(page_of(article))
    return json.loads(block)


def test_a_reviewed_page_says_who_reviewed_it_and_when_and_what_is_known_of_its_article():
    article = make_released()
    said = said_of(article)
    [approval] = article.standing
    address = settings.SITE_URL + article.get_absolute_url()
    assert said["@type"] == "WebPage"
    assert said["url"] == address
    assert said["reviewedBy"] == [
        {"@type": "Person", "name": str(Person.objects.get(uuid=approval["person"]))}
    ]
    assert said["lastReviewed"] == approval["at"][:10]
    about = said["mainEntity"]
    assert {
        name: about[name] for name in ("@type", "headline", "version", "proficiencyLevel", "timeRequired")
    } == {
        "@type": "TechArticle",
        "headline": "A change you can take back",
        "version": article.current_release.version,
        "proficiencyLevel": "Beginner",
        "timeRequired": "PT3M",
    }
    assert about["author"]["name"] == "the platform desk"
    assert about["digitalSourceType"] == "https://schema.org/TrainedAlgorithmicMediaDigitalSource"
    assert {
        "@type": "Thing",
        "name": "python",
        "url": f"{settings.SITE_URL}/entities/stack/python/",
    } in about["about"]
    assert about["dateModified"] == article.current_release.released_at.isoformat()


def test_the_last_of_two_reviews_is_when_it_was_last_reviewed():
    article = make_released()
    later = (timezone.now() + timedelta(days=3)).isoformat()
    Article.objects.filter(pk=article.pk).update(
        standing=[*article.standing, {**article.standing[0], "at": later}]
    )
    assert said_of(article)["lastReviewed"] == later[:10]


def test_a_page_that_nobody_reviewed_names_no_review_P4():
    said = said_of(make_released(reviewed=False))
    assert not {"reviewedBy", "lastReviewed"} & set(said)


def test_a_review_that_ended_is_said_no_more_without_any_job_P4():
    article = make_released()
    Article.objects.filter(pk=article.pk).update(indexable_until=timezone.now() - timedelta(seconds=1))
    assert not {"reviewedBy", "lastReviewed"} & set(said_of(article))
    html = page_of(article)
    assert 'content="ai-autonomous"' in html
    assert "<dt>last reviewed</dt>" not in html


def test_names_of_reviewers_are_said_only_where_the_site_gives_names(settings):
    settings.SHOW_REVIEWER_NAMES = False
    article = make_released()
    assert said_of(article)["reviewedBy"] == [{"@type": "Organization", "name": settings.SITE_NAME}]
    assert str(make_person("ada")) not in page_of(article)


def test_a_text_that_a_person_edited_is_said_to_be_of_both():
    article = make_article()
    article.revise(
        make_document(title="A change that goes back"),
        by=make_person("edith"),
        origin="edit",
        parent=article.latest_revision,
    )
    approve(article, make_person("ada"))
    make_release(article, make_person("edith"))
    article.refresh_from_db()
    source = said_of(article)["mainEntity"]["digitalSourceType"]
    assert source == "https://schema.org/CompositeWithTrainedAlgorithmicMediaDigitalSource"
    assert "edited by a person" in page_of(article)


def test_a_text_that_names_no_generator_is_not_said_to_be_a_machines():
    article = make_released(meta={"payload": {}})
    assert "digitalSourceType" not in said_of(article)["mainEntity"]
    assert "ai-disclosure" not in page_of(article)


def test_what_was_not_said_is_left_out():
    article = make_released(meta={"difficulty": "", "reading_time": None, "summary": ""})
    assert not {"proficiencyLevel", "timeRequired"} & set(said_of(article)["mainEntity"])


@pytest.mark.parametrize(
    ("body", "description"),
    [
        (
            "## A heading\n\nBegins with `code`\nand 1 < 2 &amp; *more*.\n\nGoes on.",
            "Begins with code and 1 < 2 & more.",
        ),
        ("word " * 200, f"{('word ' * 60)[:299]}…"),
        ("## Only a heading", ""),
    ],
)
def test_a_text_without_summary_is_described_by_how_it_begins(body, description):
    article = make_released(meta={"summary": ""}, body=body)
    html = page_of(article)
    shown = re.findall(r'<meta (?:name="|property="og:)description" content="([^"]*)">', html)
    assert [unescape(one) for one in shown] == ([description] * 2 if description else [])
    assert said_of(article)["mainEntity"].get("description", "") == description


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_ends_the_block_it_is_said_in_P10(text):
    text = text.replace("\x00", "").replace("\ud800", "")
    kinds = [{"name": text[:100], "type": "tool"}]
    article = make_article(
        title=f"T {text}",
        meta={"summary": text, "difficulty": text, "payload": {"generator": text}, "entities": kinds},
    )
    approve(article, make_person("ada"), why="It is text.")
    make_release(article, make_person("edith"))
    article.refresh_from_db()
    [block] = BLOCK.findall(page_of(article))
    assert not set("<>&") & set(block)
    assert json.loads(block)["mainEntity"]["headline"] == article.current_release.revision.title


def test_a_page_shows_how_it_was_made_and_leads_to_its_record():
    article = make_released()
    html = page_of(article)
    for shown in (
        "<dt>responsible</dt><dd><bdi>the platform desk</bdi>",
        "by a machine, <bdi>field note writer</bdi>; came in on",
        f"by <bdi>{make_person('ada')}</bdi>, <time",
        "<dt>last reviewed</dt>",
        "none since it was first released",
        f'href="{article.get_absolute_url()}record/"',
        f'href="{article.get_absolute_url()}record.json"',
    ):
        assert shown in html, shown


def test_a_page_counts_its_later_releases_and_says_why_the_last_was_made():
    article, edith = make_released(), make_person("edith")
    article.revise(
        make_document(title="A second word"), by=edith, origin="edit", parent=article.latest_revision
    )
    approve(article, make_person("ada"))
    make_release(article, edith)
    first = article.releases.order_by("n").first()
    release.rollback(
        Article.objects.get(pk=article.pk), by=edith, to=first, seen=2, reason="The second word was wrong."
    )
    html = page_of(Article.objects.get(pk=article.pk))
    assert "2 releases since the first" in html
    assert '<dt>what changed</dt><dd dir="auto">The second word was wrong.' in html


def test_cards_for_others_who_show_a_link_say_the_same_as_the_page():
    article = make_released()
    html = page_of(article)
    for name, content in (
        ("og:title", "A change you can take back"),
        ("og:description", "How to keep the way back short."),
        ("og:url", settings.SITE_URL + article.get_absolute_url()),
    ):
        assert f'<meta property="{name}" content="{content}">' in html
    assert f'<link rel="canonical" href="{settings.SITE_URL}{article.get_absolute_url()}">' in html
