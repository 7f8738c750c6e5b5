"""The readers' pages: what they show, how they answer, and what they cost."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Checklist, Entity, Redirect, Tag
from articles.sitemaps import PART
from reviews import intake, release
from reviews.models import Decision
from tests.databases import around_tests
from tests.makers import DATA, make_article, make_document, make_person, make_release, make_released

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader():
    return Client()


def page(client, path):
    return client.get(path).content.decode()


def test_the_page_shows_text_lead_checklist_panel_topics_release_and_history(reader, settings):
    settings.SHOW_DESK_META = True
    article = make_released(
        meta={"view_count": 4711, "ai_brief": "A careful brief.", "notes": ["keep short"]}
    )
    said = page(reader, article.get_absolute_url())
    for expected in (
        "A change you can take back",
        "How to keep the way back short.",
        "Keep the way back as short",
        "ready",
        "measure before",
        "the platform desk",
        "fewer questions",
        "1.0.0",
        "Reviewed by",
        "field note writer",
        "A careful brief.",
        "keep short",
        "4711",
        "taking changes back",
        article.current_release.digest,
    ):
        assert expected in said, expected


def test_what_is_for_the_desk_only_is_not_for_readers_unless_the_site_says_so(reader, settings):
    settings.SHOW_DESK_META = False
    article = make_released(meta={"ai_brief": "A careful brief.", "view_count": 4711, "shown": "to all"})
    said = page(reader, article.get_absolute_url())
    for hidden in ("A careful brief.", "4711", "<meter"):
        assert hidden not in said
    assert "to all" in said


NESTED = {"maps": {"in": [{"lists": {"in": [None, True, 0, 1.5, "", [], {}, "<b>bold</b>"]}}]}}


def test_any_nesting_of_maps_and_lists_is_nested_lists_and_inert(reader, settings):
    settings.SHOW_DESK_META = True
    article = make_released(meta={"deep": NESTED}, shelf=[[[[["five down"]]]]])
    said = page(reader, article.get_absolute_url())
    assert "&lt;b&gt;bold&lt;/b&gt;" in said
    assert "<b>bold</b>" not in said
    assert "five down" in said
    assert said.count('<ul class="tree') >= 9


def test_a_page_nobody_reviewed_says_so_and_is_not_indexed_P4(reader):
    article = make_released(reviewed=False)
    answer = reader.get(article.get_absolute_url())
    said = answer.content.decode()
    assert "No person has reviewed this text yet." in said
    assert '<meta name="robots" content="noindex">' in said
    assert answer["X-Robots-Tag"] == "noindex"


def test_a_page_lapses_by_itself_without_any_job_P4(reader):
    article = make_released()
    assert "X-Robots-Tag" not in reader.get(article.get_absolute_url())
    Article.objects.filter(pk=article.pk).update(indexable_until=timezone.now() - timedelta(seconds=1))
    answer = reader.get(article.get_absolute_url())
    assert answer["X-Robots-Tag"] == "noindex"
    assert "Its review has ended" in answer.content.decode()
    for path in (article.get_absolute_url(), article.get_absolute_url() + "record/", "/"):
        said = page(reader, path)
        assert '<span class="open">Review ended</span>' in said, path
        assert '<span class="yes">Reviewed</span>' not in said, path


def test_a_review_that_was_taken_back_is_nowhere_shown_as_one_that_stands_P4(reader):
    article = make_released()
    Decision.objects.get().revoke(by=make_person("ada"), reason="I overlooked the flag.")
    paths = ["/", article.get_absolute_url(), article.get_absolute_url() + "record/"]
    for path in paths:
        said = page(reader, path)
        assert '<span class="open">Review taken back</span>' in said, path
        assert "Reviewed</span>" not in said, path
        assert "I overlooked the flag." not in said, "reasons stay at the desk"
    assert "Its review was taken back" in page(reader, paths[1])


def test_a_release_that_went_keeps_the_review_it_had(reader):
    from tests.makers import approve

    article = make_released()
    intake.edit(
        article, make_document(body="Other."), by=make_person("edith"), seen=article.latest_revision.digest
    )
    approve(article, make_person("ada"))
    make_release(article, make_person("edith"))
    Decision.objects.latest("pk").revoke(by=make_person("ada"), reason="No.")
    said = page(reader, article.get_absolute_url())
    assert said.count("Review taken back</span>") == 1
    assert said.count('<span class="yes">Reviewed</span>') == 1


def test_the_record_says_who_took_a_decision_back_and_when_but_not_why(reader, settings):
    article = make_released()
    lea = make_person("lea")
    revocation = Decision.objects.get().revoke(by=lea, reason="Internal.")
    path = article.get_absolute_url() + "record"
    said = page(reader, f"{path}/")
    assert "Taken back by <b><bdi>lea</bdi></b>" in said
    assert f"Taken back in ledger entry {revocation.ledger_seq_id}" in said
    assert "Internal." not in said
    [decision] = reader.get(f"{path}.json").json()["decisions"]
    assert decision["revocation"]["who"] == "lea"
    assert decision["revocation"]["at"] > decision["at"]
    settings.SHOW_REVIEWER_NAMES = False
    assert "<bdi>lea</bdi>" not in page(reader, f"{path}/")
    [decision] = reader.get(f"{path}.json").json()["decisions"]
    assert decision["revocation"]["who"] == f"Person {str(lea.uuid)[:8]}"


def test_a_tag_and_its_entity_are_one_chip_with_the_type_and_the_entitys_address(reader):
    article = make_released(tags=["PYTHON", "plain"])
    filed = page(reader, article.get_absolute_url()).split('id="filed"')[1].split("</section>")[0]
    assert filed.casefold().count("<bdi>python</bdi>") == 1
    assert (
        '<a class="chip" href="/entities/stack/python/" rel="tag"><bdi>python</bdi> <small>stack</small></a>'
        in filed
    )
    assert '<a class="chip" href="/tags/plain/" rel="tag"><bdi>plain</bdi></a>' in filed
    assert "<bdi>taking changes back</bdi> <small>problem</small>" in filed


def test_tags_at_home_are_ordered_without_regard_to_case_and_name_their_number_in_the_link(reader):
    make_released(meta={"stack": ["Go", "atom", "backups", "Zig"]})
    said = page(reader, "/")
    assert [tag["name"] for tag in reader.get("/").context["tags"]] == ["atom", "backups", "Go", "Zig"]
    assert '<bdi>Go</bdi><span class="unseen">, 1 article</span></a>' in said


def test_only_pages_of_what_was_released_say_that_a_person_released_it(reader):
    article = make_released()
    for path in ("/", "/articles/", "/tags/python/", article.get_absolute_url()):
        assert "released by a person" in page(reader, path), path
    release.withdraw(article, by=make_person("edith"), reason="Wrong.", seen=1)
    for path in ("/nothing/", "/sign-in/", article.get_absolute_url()):
        assert "released by a person" not in page(reader, path), path


def test_every_list_describes_itself(reader):
    make_released()
    for path, words in (
        ("/", "owner"),
        ("/articles/", "All technical notes"),
        ("/tags/python/", "tagged “python”"),
        ("/entities/stack/python/", "about “python” (stack)"),
        (Checklist.objects.get().get_absolute_url(), "measure before; measure after"),
    ):
        described = page(reader, path).split('<meta name="description" content="')[1].split('"')[0]
        assert words in described, path


def test_an_approval_given_later_lets_the_page_be_indexed_and_a_revoked_one_does_not(reader):
    from tests.makers import approve

    article = make_released(reviewed=False)
    approve(article, make_person("ada"))
    answer = reader.get(article.get_absolute_url())
    assert "X-Robots-Tag" not in answer
    assert "Reviewed by" in answer.content.decode()
    Decision.objects.get().revoke(by=make_person("ada"), reason="No.")
    assert reader.get(article.get_absolute_url())["X-Robots-Tag"] == "noindex"


def test_what_a_document_claims_about_itself_feeds_no_predicate(reader):
    claims = {"revision": {"status": "reviewed", "version": "9.9.9", "last_reviewed": "2026-01-01"}}
    article = make_released(reviewed=False, meta=claims)
    assert reader.get(article.get_absolute_url())["X-Robots-Tag"] == "noindex"
    assert article.current_release.version == "1.0.0"


def test_a_withdrawn_article_is_gone_and_says_nothing_of_its_text(reader):
    article = make_released()
    release.withdraw(article, by=make_person("edith"), reason="Wrong.", seen=1)
    for path in (article.get_absolute_url(), article.get_absolute_url() + "record/"):
        answer = reader.get(path)
        assert answer.status_code == 410
        assert "take back" not in answer.content.decode()


def test_pages_are_the_same_bytes_for_everybody_and_set_no_cookie_C1_C2(reader):
    article = make_released()
    staff = Client()
    staff.force_login(make_person("edith").account)
    for path in ("/", "/articles/", article.get_absolute_url(), "/tags/python/"):
        anonymous, signed_in = reader.get(path), staff.get(path)
        assert anonymous.content == signed_in.content, path
        assert not anonymous.cookies
        assert "Cookie" not in anonymous.get("Vary", "")
        assert "csrfmiddlewaretoken" not in anonymous.content.decode()


def test_an_unchanged_page_answers_304_and_a_new_release_another_tag_C15(reader):
    article = make_released()
    first = reader.get(article.get_absolute_url())
    again = reader.get(article.get_absolute_url(), headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert reader.head(article.get_absolute_url())["ETag"] == first["ETag"]
    intake.edit(
        article, make_document(body="Other."), by=make_person("edith"), seen=article.latest_revision.digest
    )
    assert reader.get(article.get_absolute_url())["ETag"] == first["ETag"]  # a draft changes nothing


def test_names_on_a_released_page_are_the_revisions_own_P3(reader):
    article = make_released()
    Tag.objects.filter(key="python").update(name="Renamed elsewhere")
    said = page(reader, article.get_absolute_url())
    assert ">python<" in said.replace("<bdi>", "").replace("</bdi>", "")
    assert "Renamed elsewhere" not in said


def test_a_title_in_another_script_has_an_address_and_its_direction(reader):
    article = make_released(title="النسخ الاحتياطي", lang="ar", dir="rtl")
    answer = reader.get(article.get_absolute_url())
    assert answer.status_code == 200
    assert 'lang="ar" dir="rtl"' in answer.content.decode()


def fill(numbers):
    for number in numbers:
        make_released(f"note-{number}", title=f"Note {number}")


PAGES = {
    "home": (lambda: "/", 2),
    "list": (lambda: "/articles/", 1),
    "article": (lambda: Article.objects.public().first().get_absolute_url(), 8),
    "search": (lambda: "/search/?q=note", 8),
    "search, narrowed": (lambda: "/search/?q=note&tag=python&tool=pytest&reviewed=1", 12),
    "record": (lambda: Article.objects.public().first().get_absolute_url() + "record/", 4),
    "tag": (lambda: Tag.objects.public().first().get_absolute_url(), 2),
    "entity": (lambda: Entity.objects.public().first().get_absolute_url(), 3),
    "checklist": (lambda: Checklist.objects.public().first().get_absolute_url(), 2),
    "feed": (lambda: "/feed.atom", 2),
    "feed of a tag": (lambda: Tag.objects.public().first().get_absolute_url() + "feed.json", 3),
    "feed of an entity": (lambda: Entity.objects.public().first().get_absolute_url() + "feed.atom", 3),
    "sitemap": (lambda: "/sitemap.xml", 1),
    "part of the sitemap": (lambda: f"/sitemap-{Article.objects.public().first().pk // PART}.xml", 1),
    "source": (lambda: Article.objects.public().first().get_absolute_url()[:-1] + ".json", 1),
}


class TestManyArticles:
    """One scene for all: 45 articles, and what each page cost when there were three."""

    @pytest.fixture(scope="class")
    @classmethod
    def costs(cls, django_db_setup, django_db_blocker):
        def cost(path):
            cache.clear()
            with CaptureQueriesContext(connection) as asked:
                assert Client().get(path).status_code == 200
            return len(asked)

        with around_tests(django_db_blocker):
            fill(range(3))
            few = {name: cost(path()) for name, (path, _) in PAGES.items()}
            fill(range(3, 45))
            yield {name: (few[name], cost(path())) for name, (path, _) in PAGES.items()}

    @pytest.mark.parametrize("name", PAGES)
    def test_a_page_costs_the_same_queries_whatever_the_number_of_articles(self, costs, name):
        few, many = costs[name]
        assert few == many <= PAGES[name][1]

    def test_lists_are_paged_by_place_and_lose_and_repeat_nothing(self, costs, reader):
        seen, path = [], "/articles/"
        while path:
            answer = reader.get(path)
            seen += [card["title"] for card in answer.context["articles"]]
            path = f"/articles/{answer.context['older']}" if answer.context["older"] else ""
        assert seen == [f"Note {number}" for number in reversed(range(45))]
        tagged, path = [], "/tags/python/"
        while path:
            answer = reader.get(path)
            tagged += [card["title"] for card in answer.context["articles"]]
            path = f"/tags/python/{answer.context['older']}" if answer.context["older"] else ""
        assert tagged == seen


@pytest.mark.parametrize("after", ["", "x", "1-", "-1", "9" * 30 + "-1", "1-1-1", "١-١", "%00"])
def test_a_cursor_that_is_none_gives_the_first_page(reader, after):
    make_released()
    assert reader.get(f"/articles/?after={after}").status_code == 200


def test_the_record_says_who_decided_what_on_which_bytes_and_where_the_ledger_says_so(reader, settings):
    article = make_released()
    said = page(reader, article.get_absolute_url() + "record/")
    decision = Decision.objects.get()
    for expected in ("ada", "approved", decision.digest, decision.ledger_seq.hash):
        assert expected in said
    record = reader.get(article.get_absolute_url() + "record.json").json()
    assert record["decisions"][0]["digest"] == decision.digest
    assert record["release"]["version"] == "1.0.0"
    settings.SHOW_REVIEWER_NAMES = False
    assert ">ada<" not in page(reader, article.get_absolute_url() + "record/")
    assert '"ada"' not in reader.get(article.get_absolute_url() + "record.json").content.decode()


@pytest.mark.parametrize("slug", ["old", "größe", "回滚"])
@pytest.mark.parametrize("part", ["", "record/", "record.json"])
def test_whatever_belongs_to_an_article_moves_with_it(reader, slug, part):
    article = make_released()
    article.move(slug)
    old = article.get_absolute_url()
    article.move("new")
    for method in (reader.get, reader.head):
        answer = method(f"{old}{part}")
        assert (answer.status_code, answer["Location"]) == (301, f"/articles/new/{part}")
    assert reader.get(f"/articles/new/{part}").status_code == 200
    assert reader.get(f"{old}nothing/").status_code == 404


@pytest.mark.parametrize("path", ["/articles/größe/", "/2019/01/größe"])
def test_an_old_address_leads_on_however_it_was_written(reader, path):
    article = make_released()
    Redirect.objects.create(path=path, article=article)
    answer = reader.get(path)
    assert (answer.status_code, answer["Location"]) == (301, article.get_absolute_url())


@pytest.mark.parametrize("part", ["", "record/", "record.json"])
def test_an_old_address_tells_nothing_of_what_readers_may_not_see_P1(reader, part):
    article = make_released()
    old = article.get_absolute_url()
    article.move("new")
    assert reader.get(f"{old}{part}").status_code == 301
    release.withdraw(Article.objects.get(), by=make_person("edith"), reason="Wrong.", seen=1)
    answer, now = reader.get(f"{old}{part}"), reader.get(f"/articles/new/{part}")
    assert (answer.status_code, answer.content) == (410, now.content)
    assert "/articles/new" not in answer.content.decode()
    assert "Location" not in answer


def test_an_old_address_from_elsewhere_says_that_its_article_was_withdrawn(reader):
    article = make_released()
    Redirect.objects.create(path="/2019/01/note", article=article)
    release.withdraw(article, by=make_person("edith"), reason="Wrong.", seen=1)
    answer = reader.get("/2019/01/note")
    assert (answer.status_code, answer["X-Robots-Tag"]) == (410, "noindex")
    assert reader.head("/2019/01/note").status_code == 410


def test_an_old_address_of_what_was_never_released_is_none_P1(reader):
    article = make_article()
    old = article.get_absolute_url()
    article.move("new")
    for path in (old, f"{old}record/", "/articles/new/"):
        assert reader.get(path).status_code == 404


def test_notes_of_reviewers_stay_at_the_desk(reader):
    article = make_article(flagged=True)
    from reviews.models import Review
    from tests.makers import decide

    decide(Review.objects.open().get(), make_person("ada"), note="An internal remark.")
    make_release(article, make_person("edith"))
    path = Article.objects.get().get_absolute_url()
    for address in (path, f"{path}record/", f"{path}record.json"):
        assert "An internal remark." not in page(reader, address)


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[x](javascript:alert(1))",
    "<svg/onload=alert(1)>",
    "{{ 7|add:7 }}{% debug %}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert_in_every_field_P10_S11(reader, settings, text):
    settings.SHOW_DESK_META = True
    make_released(
        title=f"T {text}",
        body=f"{text}\n\n# {text}\n\n```{text}\n{text}\n```\n",
        tags=[text],
        meta=DATA["meta"]
        | {
            "summary": text,
            "entities": [{"name": text, "type": text}],
            "checklist": [text],
            "notes": [text],
            text: text,
        },
    )
    article = Article.objects.get()
    paths = ["/", "/articles/", article.get_absolute_url(), article.get_absolute_url() + "record/"]
    paths += [
        Tag.objects.get(key=text.casefold()).get_absolute_url(),
        Checklist.objects.get().get_absolute_url(),
    ]
    for path in paths:
        answer = reader.get(path)
        said = answer.content.decode()
        assert answer.status_code == 200
        for running in ("<script>alert", "<img src=x", "<svg/onload", 'href="javascript:'):
            assert running not in said, (path, running)
