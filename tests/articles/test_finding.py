"""The readers' search page: what it finds and offers, and how it answers whatever stands in its address."""

from datetime import timedelta
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from articles import finding
from articles.models import Article, Tag
from reviews import release
from tests.databases import around_tests
from tests.makers import make_article, make_person, make_released


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    with around_tests(django_db_blocker):
        make_article("draft", title="Rolling an unreleased draft", tags=["unreleased tag"])
        plain = {"summary": "", "stack": [], "tools": [], "entities": [], "checklist": [], "difficulty": ""}
        make_released(
            "text", title="A note", body="Some **rolling** text.", meta=plain | {"tools": ["Redis"]}
        )
        make_released(
            "title",
            title="Rolling back",
            body="Other.",
            reviewed=False,
            meta=plain | {"tools": ["redis", "pgbouncer"], "difficulty": "advanced", "stack": ["Go"]},
        )
        make_released(
            "lead",
            title="A way",
            body="Other.",
            meta=plain
            | {
                "summary": "Rolling on.",
                "difficulty": "beginner",
                "entities": [{"name": "Go", "type": "stack"}, {"name": "Redis", "type": "problem"}],
            },
        )
        yield


@pytest.fixture
def site(made_once, db):
    """A draft and three released articles: found in the title, in the lead, in the text."""


def ask(query):
    return Client().get(f"/search/?{query}")


def found(query):
    names = dict(Article.objects.values_list("slug", "source_id"))
    return [names[card["url"].split("/")[2]] for card in ask(query).context["articles"]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=rolling", ["title", "lead", "text"]),
        ("q=rolling&tool=redis", ["title", "text"]),
        ("q=rolling&tool=REDIS.", ["title", "text"]),
        ("tool=redis", ["title", "text"]),
        ("tool=redis&tool=pgbouncer", ["title"]),
        ("entity=redis", ["lead", "title", "text"]),
        ("stack=go", ["lead"]),
        ("tag=go", ["title"]),
        ("difficulty=beginner", ["lead"]),
        ("difficulty=Advanced&q=back", ["title"]),
        ("q=rolling&reviewed=1", ["lead", "text"]),
        ("tool=redis&reviewed=1", ["text"]),
        ("tool=nothing", []),
        ("q=unreleased", []),
        ("tag=unreleased+tag", []),
    ],
)
def test_articles_are_found_by_words_and_by_what_they_are_filed_under(site, query, names):
    assert found(query) == names


def test_what_was_merged_is_found_by_either_name_in_what_was_released_before(site):
    go = Tag.objects.get(key="go")
    go.merge_into(Tag.objects.create(name="Golang"), by=make_person("lea"))
    assert found("tag=golang") == found("tag=go") == ["title"]
    assert found("stack=golang") == []  # the entity of that name was not merged


def test_a_review_that_has_ended_is_none_without_any_job_P4(site):
    Article.objects.filter(source_id="lead").update(indexable_until=timezone.now() - timedelta(seconds=1))
    assert found("q=rolling&reviewed=1") == ["text"]


def test_what_is_withdrawn_is_found_no_more_S10(site):
    release.withdraw(Article.objects.get(source_id="title"), by=make_person("edith"), reason="Wrong.", seen=1)
    assert found("q=rolling") == ["lead", "text"]
    assert found("tool=pgbouncer") == []


def test_what_was_found_is_marked_where_it_stands(site):
    said = ask("q=rolling").content.decode()
    for shown in ("<mark>Rolling</mark> back", "Some <mark>rolling</mark> text.", "<mark>Rolling</mark> on."):
        assert shown in said


def offered(query):
    return {
        label: [(one["name"], one["count"]) for one in some] for label, some in ask(query).context["offered"]
    }


def test_what_leaves_some_of_what_was_found_is_offered_with_how_many_and_nothing_else(site):
    assert offered("q=rolling") == {
        "Stack": [("Go", 1)],
        "Tool": [("Redis", 2), ("pgbouncer", 1)],
        "Tag": [("Go", 1)],
        "Difficulty": [("advanced", 1), ("beginner", 1)],
        "Review": [("Reviewed by a person", 2)],
    }
    assert "Redis" not in str(offered("q=rolling&tool=redis"))
    assert offered("q=pgbouncer") == {}


def test_each_offer_leads_to_as_many_articles_as_it_says(site):
    for _, some in ask("q=rolling").context["offered"]:
        for one in some:
            assert Client().get(one["url"]).context["count"] == one["count"], one


def test_each_thing_a_search_is_narrowed_to_can_be_taken_away(site):
    answer = ask("q=rolling&tool=redis&reviewed=1")
    assert [(one["kind"], one["name"]) for one in answer.context["narrowed"]] == [
        ("Tool", "redis"),
        ("", "Reviewed"),
    ]
    assert [one["url"] for one in answer.context["narrowed"]] == [
        "/search/?q=rolling&reviewed=1",
        "/search/?q=rolling&tool=redis",
    ]
    assert '<input type="hidden" name="tool" value="redis">' in answer.content.decode()


def test_tags_and_things_that_begin_so_are_one_click_away_if_readers_may_see_them(site):
    begun = [(one["name"], one["type"]) for one in ask("q=rolling+re").context["begun"]]
    assert begun == [("Redis", "problem"), ("Redis", "tool")]
    assert [one["url"] for one in ask("q=pgb").context["begun"]] == ["/entities/tool/pgbouncer/"]
    assert ask("q=unrel").context["begun"] == []
    assert ask("q=r").context["begun"] == []
    assert ask("q=%25").context.get("begun") is None  # a sign is no word


def test_where_nothing_is_found_less_is_offered(site):
    less = ask("q=rolling+nonsense&tool=redis").context["fewer"]
    assert [one["url"] for one in less] == [
        "/search/?q=rolling+nonsense",
        "/search/?q=nonsense&tool=redis",
        "/search/?q=rolling&tool=redis",
    ]


def test_the_empty_page_says_how_to_ask(site):
    said = ask("").content.decode()
    assert "by all of the words" in said
    assert 'class="notice"' not in said


@pytest.mark.parametrize("query", ["q=!!!", "q=%22", "q=***&tool=redis", "q=%C3%28%C2%A0"])
def test_a_question_without_a_word_gets_one_clear_answer(site, query):
    answer = ask(query)
    assert answer.status_code == 200
    assert answer.content.decode().count("There is no word in") == 1
    assert "articles" not in answer.context


HOSTILE = [
    "q=" + quote('"><script>alert(1)</script> rolling'),
    "q=" + quote("' OR 1=1 -- rolling"),
    "q=" + quote('f/0123456789abcdef AND "t/rolling" NEAR('),
    "q=" + "rolling+" * 2_000,
    "q=rolling&page=99999999999999999999",
    "q=rolling&page=-1",
    "q=rolling&page=%D9%A3",
    "q=rolling&page=0",
    "q=rolling&q=rolling",
    "q=rolling&reviewed=maybe",
    "&".join(f"tag={number}" for number in range(500)),
    "tag=" + "x" * 5_000,
    "tag=%00&tool=%FF%FE&stack=" + quote('"><img src=x>'),
    "unknown=1&q=rolling",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_whatever_stands_in_the_address_is_harmless_P10(site, query):
    answer = ask(query)
    assert answer.status_code == 200
    said = answer.content.decode()
    for running in ("<script>alert", "<img src", "\0"):
        assert running not in said


def test_no_answer_is_for_a_search_engine_or_of_one_reader(site):
    for query in ("", "q=rolling", "q=!!!"):
        answer = ask(query)
        assert answer["X-Robots-Tag"] == "noindex"
        assert '<meta name="robots" content="noindex">' in answer.content.decode()
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")


def test_only_get_and_head_are_answered(site):
    assert Client().head("/search/?q=rolling").status_code == 200
    refused = Client().post("/search/", {"q": "rolling"})
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD")


def test_search_says_that_it_is_away_while_the_database_is_P9(site, monkeypatch):
    def away(*_):
        raise OperationalError("the server is gone")

    monkeypatch.setattr(finding, "answer", away)
    answer = ask("q=rolling")
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "Search is away" in answer.content.decode()
    assert "the server is gone" not in answer.content.decode()


def test_pages_lose_and_repeat_nothing_and_end(site, monkeypatch):
    monkeypatch.setattr(finding, "PAGE_SIZE", 1)
    seen, url = [], "/search/?q=rolling"
    while url:
        answer = Client().get(url)
        seen += [card["url"] for card in answer.context["articles"]]
        url = answer.context["older"]
    assert len(seen) == len(set(seen)) == 3
    assert ask("q=rolling&page=9").context["page"] == 3
    assert ask("q=rolling&page=3").context["newest"] == "/search/?q=rolling&page=2"


def test_the_newest_of_too_many_are_shown_and_it_says_so(site, monkeypatch):
    monkeypatch.setattr(finding, "MOST_FOUND", 2)
    assert "More than 2 articles" in ask("q=rolling").content.decode()
    assert "More than" not in ask("q=rolling+some").content.decode()


def test_every_page_for_readers_has_a_box_to_search_in(site):
    article = Article.objects.public().first()
    for path in ("/", "/articles/", article.get_absolute_url(), "/nothing/"):
        assert 'role="search" action="/search/"' in Client().get(path).content.decode(), path


def test_browsers_are_told_how_the_site_is_searched(site, settings):
    settings.SITE_NAME, settings.SITE_URL = (
        "Notes & more, from the platform desk",
        "https://notes.example.org",
    )
    assert 'rel="search" href="/opensearch.xml"' in Client().get("/").content.decode()
    answer = Client().get("/opensearch.xml")
    assert answer["Content-Type"] == "application/opensearchdescription+xml"
    described = ElementTree.fromstring(answer.content)
    names = {"": "http://a9.com/-/spec/opensearch/1.1/"}
    assert (
        described.findtext("ShortName", namespaces=names) == "Notes & more, fr"
    )  # 16 characters by the standard
    template = described.find("Url", names).get("template")
    assert template == "https://notes.example.org/search/?q={searchTerms}"
    path = template.removeprefix(settings.SITE_URL).replace("{searchTerms}", "rolling")
    assert Client().get(path).context["count"] == 3
