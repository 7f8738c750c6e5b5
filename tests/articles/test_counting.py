"""Readers are counted in batches, without a trace of who they are, and apart from what documents claim."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from articles.models import ArticleReads, RuleCount
from articles.models.counts import LATELY
from articles.stored import counting
from tests.articles.test_stored import PAGE, site  # noqa: F401
from tests.makers import make_article, make_released, make_user

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def nothing_counted():
    counting._rules.clear()
    counting._readers.clear()


def read(site, times=1, path=PAGE, agent=FIREFOX, **headers):  # noqa: F811
    for _ in range(times):
        site.get(path, HTTP_USER_AGENT=agent, **headers)


def reads():
    return {(one.article.slug, one.people, one.machines) for one in ArticleReads.objects.all()}


def test_people_and_programs_are_counted_apart_and_added_up_by_day(site):  # noqa: F811
    make_released()
    for _ in range(2):
        read(site, 3)
        for agent in ("Googlebot/2.1", "curl/8", "python-requests/2", "", "FeedFetcher", "HeadlessChrome"):
            read(site, agent=agent)
        counting.flush()
    assert reads() == {("a-change-you-can-take-back", 6, 12)}


def test_who_does_not_read_is_not_counted(site):  # noqa: F811
    make_released()
    read(site, HTTP_SEC_PURPOSE="prefetch;prerender")
    read(site, HTTP_PURPOSE="prefetch")
    read(site, method="HEAD")
    read(site, path="/")
    read(site, path="/articles/nothing/")
    read(site, path=f"{PAGE[:-1]}.md")
    counting.flush()
    assert reads() == set()


def test_who_comes_back_and_has_the_page_already_reads_it_again(site):  # noqa: F811
    make_released()
    tag = site.get(PAGE).headers["etag"]
    read(site, HTTP_IF_NONE_MATCH=tag)
    counting.flush()
    assert reads() == {("a-change-you-can-take-back", 1, 1)}


def test_rules_count_what_was_answered_from_files_and_what_was_made(site):  # noqa: F811
    make_released()
    read(site, 4)
    read(site, 2, path="/")
    counting.flush()
    found = RuleCount.objects.since(datetime.now(UTC).date())
    assert {rule: (row["hits"], row["misses"]) for rule, row in found.items()} == {
        "article": (3, 1),
        "home": (1, 1),
    }


def test_counts_wait_for_a_database_that_is_away(site, monkeypatch):  # noqa: F811
    make_released()
    read(site, 2)

    def refuse(counts):
        raise OperationalError("could not connect")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(ArticleReads.objects, "add", refuse)
        with pytest.raises(OperationalError):
            counting.flush()
    read(site)
    counting.flush()
    assert reads() == {("a-change-you-can-take-back", 3, 0)}
    assert RuleCount.objects.get().hits == 2


def test_what_is_counted_while_the_database_is_away_is_bounded(site, monkeypatch):  # noqa: F811
    monkeypatch.setattr(counting, "MOST_KEPT", 2)
    for number in range(5):
        counting.read(f"/articles/n-{number}/", {"REQUEST_METHOD": "GET", "HTTP_USER_AGENT": FIREFOX})
    assert len(counting._readers) == 2


def test_many_articles_are_written_down_in_few_statements(db, django_assert_num_queries):
    articles = [make_article(f"n-{number}", title=f"Number {number}") for number in range(30)]
    with django_assert_num_queries(2):
        ArticleReads.objects.add({(one.slug, "people"): 1 for one in articles})
    assert ArticleReads.objects.count() == 30


def test_staff_see_what_was_read_beside_what_a_source_claims_and_never_added(site, admin_client):  # noqa: F811
    article = make_released(meta={"view_count": 5_000})
    read(site, 2)
    counting.flush()
    ArticleReads.objects.create(
        article=article, day=datetime.now(UTC).date() - timedelta(days=LATELY), people=90
    )
    page = admin_client.get(f"/admin/articles/article/{article.pk}/history/").content.decode()
    assert "was read 2 times by people and 0 times by programs" in page
    assert "viewed 5000 times elsewhere" in page


def test_staff_see_each_rule_with_its_hits_and_others_may_not(site, client, admin_client):  # noqa: F811
    make_released()
    read(site, 4)
    counting.flush()
    assert client.get("/health/pages").status_code == 302
    client.force_login(make_user("nobody", groups=[]))
    assert client.get("/health/pages").status_code != 200
    page = admin_client.get("/health/pages").content.decode()
    assert "<td>3</td><td>1</td><td>75.0%</td>" in page
    assert "not with <code>?after=</code>" in page
    assert "Proof is read from the database, never from a copy." in page


def test_the_page_of_rules_costs_one_query_besides_who_asks(admin_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        admin_client.get("/health/pages")
