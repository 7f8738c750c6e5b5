"""Feeds: what they say of which articles, in both forms, and how they answer whoever has read them before."""

import time
import uuid
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import http_date

from articles import feeds, pages
from articles.models import Article, Entity, Tag
from reviews import intake, release
from reviews.models import Decision
from tests.makers import approve, make_article, make_document, make_person, make_release, make_released

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = [
    f"{of}feed.{form}"
    for of in ("/", "/tags/python/", "/entities/stack/python/")
    for form in ("atom", "json")
]


def get(path, **headers):
    return Client().get(path, headers=headers)


def entries(path):
    """Return [(id, title)] of a feed in either form."""
    answer = get(path)
    assert answer.status_code == 200
    if path.endswith(".json"):
        return [(item["id"], item["title"]) for item in answer.json()["items"]]
    found = ElementTree.fromstring(answer.content).iter(f"{ATOM}entry")
    return [(one.find(f"{ATOM}id").text, one.find(f"{ATOM}title").text) for one in found]


def titles(path):
    return [title for _, title in entries(path)]


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_has_what_is_reviewed_and_released_newest_first(path):
    make_released("a", title="First")
    make_released("b", title="Second")
    make_released("c", title="Nobody reviewed this", reviewed=False)
    make_article("d", title="A draft")
    make_released("e", title="About something else", meta={"stack": [], "entities": [], "tools": []})
    assert titles(path) == (["About something else"] if path.startswith("/feed") else []) + [
        "Second",
        "First",
    ]


@pytest.mark.parametrize("path", FEEDS)
def test_a_withdrawn_article_is_in_no_feed(path):
    article = make_released()
    assert len(entries(path)) == 1
    release.withdraw(article, by=make_person("edith"), reason="Wrong.", seen=1)
    # A tag that no released article carries is nothing that readers know of.
    assert get(path).status_code == 404 or entries(path) == []


@pytest.mark.parametrize("path", FEEDS)
def test_an_article_whose_review_ended_is_out_without_any_job_P4(path):
    article = make_released()
    Article.objects.filter(pk=article.pk).update(indexable_until=timezone.now() - timedelta(seconds=1))
    assert entries(path) == []


def test_a_review_that_was_taken_back_takes_the_entry_out_P4():
    make_released()
    Decision.objects.get().revoke(by=make_person("ada"), reason="No.")
    assert entries("/feed.atom") == []


def test_what_is_withdrawn_while_a_feed_is_made_is_not_in_it():
    article = make_released()
    feed = feeds.Feed(form="atom", title="x", page="/", articles=Article.objects.indexable().newest())
    assert feed.state
    release.withdraw(article, by=make_person("edith"), reason="Wrong.", seen=1)
    assert feed.entries == []


def test_an_entry_keeps_its_id_and_its_first_moment_through_another_address_and_another_release():
    article = make_released()
    before = get("/feed.json").json()["items"][0]
    assert before["id"] == f"urn:uuid:{article.uuid}"
    article.move("elsewhere")
    edith = make_person("edith")
    intake.edit(article, make_document(body="Other."), by=edith, seen=article.latest_revision.digest)
    approve(article, make_person("ada"))
    make_release(article, edith)
    after = get("/feed.json").json()["items"][0]
    assert (after["id"], after["date_published"]) == (before["id"], before["date_published"])
    assert after["date_modified"] > before["date_modified"]
    assert after["url"] == f"{settings.SITE_URL}/articles/elsewhere/"


def test_both_forms_say_the_whole_text_who_answers_for_it_how_it_was_made_and_what_it_is_about():
    article = make_released(
        tags=["extra"],
        body="Read [this](/articles/), [there](//example.org) and [that](#after).\n\n## After\n\nEnd.\n",
    )
    item = get("/feed.json").json()["items"][0]
    entry = ElementTree.fromstring(get("/feed.atom").content).find(f"{ATOM}entry")
    html = item["content_html"]
    assert entry.find(f"{ATOM}content").text == html
    assert entry.find(f"{ATOM}content").get("type") == "html"
    url = f"{settings.SITE_URL}{article.get_absolute_url()}"
    [(_, anchor, _)] = pages.rendered("", article.current_release.revision.document.body).headings
    for expected in (
        "End.",
        "<li>measure before</li>",
        "Drafted by a machine, field note writer. Reviewed by a person, ",
        "Version 1.0.0.",
        f'href="{settings.SITE_URL}/articles/"',
        'href="//example.org"',
        f'href="{url}#{anchor}"',
    ):
        assert expected in html, expected
    assert item["authors"] == [{"name": "the platform desk"}]
    assert entry.find(f"{ATOM}author/{ATOM}name").text == "the platform desk"
    terms = [one.get("term") for one in entry.iter(f"{ATOM}category")]
    assert item["tags"] == terms
    assert {"extra", "python", "taking changes back"} <= set(terms)
    assert parse_datetime(entry.find(f"{ATOM}published").text) == article.published_at
    assert parse_datetime(item["date_published"]) == article.published_at
    assert item["_release"]["digest"] == article.current_release.digest


def test_nothing_that_is_for_the_desk_is_in_a_feed(settings):
    settings.SHOW_DESK_META = False
    make_released(meta={"ai_brief": "A careful brief.", "notes": ["keep short"]})
    for path in FEEDS:
        said = get(path).content.decode()
        assert "A careful brief." not in said
        assert "keep short" not in said


HOSTILE = [
    "<b>&amp;</b> ]]> \"'",
    "a\ufffeb",
    "x</title><entry/>",
    "{{ 7|add:7 }}",
    "回滚 & النسخ",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_is_text_in_both_forms_P10(title):
    make_released(title=title, tags=[title], meta={"summary": title})
    assert titles("/feed.json") == [title]
    assert titles("/feed.atom") == [title.replace("\ufffe", "")]
    assert titles(f"{Tag.objects.get(name=title).get_absolute_url()}feed.atom") == [
        title.replace("\ufffe", "")
    ]


@pytest.mark.parametrize("character", ["\x08", "\x0b", "\x1f", "\uffff"])
def test_no_character_that_xml_has_no_place_for_comes_through(character):
    make_released()
    Tag.objects.filter(key="python").update(name=f"py{character}thon")
    feed = ElementTree.fromstring(get("/tags/python/feed.atom").content)
    assert feed.find(f"{ATOM}title").text == f"python · {settings.SITE_NAME}"


def test_a_feed_is_capped(monkeypatch):
    monkeypatch.setattr(feeds, "MOST_ENTRIES", 2)
    for number in range(3):
        make_released(f"n-{number}", title=f"Note {number}")
    assert titles("/feed.atom") == ["Note 2", "Note 1"]


@pytest.mark.parametrize("path", FEEDS)
def test_who_has_read_a_feed_is_told_that_nothing_changed_before_any_text_is_read(path):
    make_released()
    first = get(path)
    with CaptureQueriesContext(connection) as asked:
        again = get(path, **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert not any("articles_text" in query["sql"] for query in asked), asked
    head = Client().head(path)
    assert (head.status_code, head["ETag"], head.content) == (200, first["ETag"], b"")


def change_nothing(article):
    edith = make_person("edith")
    intake.edit(article, make_document(body="A draft."), by=edith, seen=article.latest_revision.digest)


def withdraw(article):
    release.withdraw(article, by=make_person("edith"), reason="Wrong.", seen=1)


def take_back(article):
    Decision.objects.filter(review__article=article).get().revoke(by=make_person("ada"), reason="No.")


def end(article):
    Article.objects.filter(pk=article.pk).update(indexable_until=timezone.now() - timedelta(seconds=5))


@pytest.mark.parametrize("change", [withdraw, take_back, end, lambda article: article.move("elsewhere")])
def test_whatever_changes_a_feed_is_sent_to_who_has_read_it_before_C15(change):
    """An entry that goes leaves no later one behind, so no moment says it: whoever asks by one alone gets it all."""
    article = make_released("a")
    make_released("b", title="Later")
    first = get("/feed.atom")
    assert "Last-Modified" not in first
    change(Article.objects.get(pk=article.pk))
    for headers in ({"if-none-match": first["ETag"]}, {"if-modified-since": http_date(time.time())}):
        assert get("/feed.atom", **headers).status_code == 200


def test_a_draft_gives_a_feed_no_new_tag_C15():
    article = make_released()
    first = get("/feed.atom")
    change_nothing(article)
    assert get("/feed.atom", **{"if-none-match": first["ETag"]}).status_code == 304


def test_pages_name_their_feeds():
    make_released()
    for path, of in (("/", "/"), ("/tags/python/", "/tags/python/"), ("/entities/stack/python/",) * 2):
        said = get(path).content.decode()
        assert 'type="application/atom+xml" title="' in said
        for form in ("atom", "json"):
            assert f'href="{of}feed.{form}"' in said, path


@pytest.mark.parametrize("form", ["atom", "json"])
def test_the_feed_of_what_was_merged_leads_on_and_of_what_nobody_may_see_there_is_none(form):
    make_released()
    make_article("draft", tags=["secret"], meta={"entities": [{"name": "hidden", "type": "stack"}]})
    lea = make_person("lea")
    Tag.objects.get(key="python").merge_into(Tag.objects.create(name="Snakes"), by=lea)
    answer = get(f"/tags/python/feed.{form}")
    assert (answer.status_code, answer["Location"]) == (301, f"/tags/snakes/feed.{form}")
    assert Entity.objects.filter(slug="hidden").exists()
    for path in ("/tags/secret/", "/tags/nothing/", "/entities/stack/hidden/"):
        assert get(f"{path}feed.{form}").status_code == 404


def test_ids_are_unlike_for_each_article():
    for number in range(3):
        make_released(f"n-{number}", title="The same title")
    ids = [one for one, _ in entries("/feed.atom")]
    assert len({uuid.UUID(one) for one in ids}) == 3
