"""What lists of similar articles are made of and read by is found by indexes, among thousands of released articles."""

import pytest
from django.db import connection

from articles import similar
from articles.models import (
    Article,
    ArticleTag,
    Entity,
    LookAlike,
    Mention,
    Release,
    Revision,
    Signature,
    Similar,
    SimilarList,
    Tag,
    Text,
)
from articles.models.similar import MOST_SIMILAR
from benchmarks.released import release_all
from tests.databases import around_tests

COUNT = 3_000
THINGS = 10


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    """Thousands of articles, each under two of ten entities and tags, with their lists."""
    with around_tests(django_db_blocker):
        numbers = range(COUNT)
        text = Text.objects.create(digest="a" * 64, data=b"", size=0)
        articles = Article.objects.bulk_create(
            Article(slug=f"n-{n}", source_id=f"n-{n}", source_key=f"n-{n}") for n in numbers
        )
        revisions = Revision.objects.bulk_create(
            Revision(article=one, number=1, text=text, origin="import", title=one.slug) for one in articles
        )
        for article, revision in zip(articles, revisions, strict=True):
            article.latest_revision = revision
        Article.objects.bulk_update(articles, ["latest_revision"])
        for n in range(THINGS):
            Entity(name=f"entity {n}", type="area").save()
            Tag(name=f"tag {n}").save()
        for model, owner, thing, things in (
            (Mention, "article", "entity", list(Entity.objects.all())),
            (ArticleTag, "content_object", "tag", list(Tag.objects.all())),
        ):
            model.objects.bulk_create(
                model(**{owner: one, thing: things[(n + more) % THINGS]})
                for n, one in enumerate(articles)
                for more in (0, 3)
            )
        release_all()
        releases = list(Release.objects.order_by("pk").values_list("pk", flat=True))
        Similar.objects.bulk_create(
            Similar(release_id=one, rank=rank, other_id=releases[n - rank], shares=["entity"])
            for n, one in enumerate(releases)
            for rank in range(1, MOST_SIMILAR + 1)
        )
        SimilarList.objects.bulk_create(
            SimilarList(article=one, release_id=release, is_due=False)
            for one, release in zip(articles, releases, strict=True)
        )
        Signature.objects.bulk_create(Signature(revision=one, format=1, sketch=b"") for one in revisions)
        LookAlike.objects.bulk_create(
            LookAlike(revision=revisions[n], other=revisions[n - 1], percent=90) for n in numbers
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            if connection.vendor == "postgresql":  # among few pages it would as soon read them all
                for kind in ("seqscan", "bitmapscan"):
                    cursor.execute(f"SET LOCAL enable_{kind} = off")
        yield


@pytest.fixture
def filled(made_once, db):
    return


def plan_of(sql):
    """What Django's `explain` says, of a query that is written out."""
    how = {"postgresql": "EXPLAIN ", "sqlite": "EXPLAIN QUERY PLAN "}[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(how + sql)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def some(model, count=20):
    return list(model.objects.order_by("pk").values_list("pk", flat=True)[1000 : 1000 + count])


@pytest.mark.parametrize("kind", ["entity", "tag"])
def test_what_stands_next_to_an_article_is_found_from_its_place_in_both_directions(filled, kind):
    """From there on, and in order: however many articles a thing has, only those that are taken are read."""
    model = {"entity": Mention, "tag": ArticleTag}[kind]
    plan = plan_of(similar._beside_sql(kind, some(model)))
    own, *sides = {
        "postgresql": (f"{model._meta.db_table}_pkey", "< ROW", "> ROW"),
        "sqlite": ("own USING INTEGER PRIMARY KEY", "published_at<?", "published_at>?"),
    }[connection.vendor]
    assert own in plan, plan
    for side in sides:
        assert any(side in line for line in plan.splitlines()), plan
    assert plan.count(f"public_by_{kind}") == 2, plan
    assert "TEMP B-TREE" not in plan, plan
    assert "Sort" not in plan, plan


@pytest.mark.parametrize("kind", ["entity", "tag"])
def test_how_many_articles_a_thing_has_is_counted_in_its_index_and_no_further_than_asked(filled, kind):
    plan = plan_of(similar._counted_sql(kind, {1, 2, 3}))
    assert f"public_by_{kind}" in plan, plan
    if connection.vendor == "postgresql":
        assert "Limit" in plan, plan


def on_page():
    release = Release.objects.order_by("pk")[2_000]
    return Similar.objects.on_page(release).select_related("other__article", "other__revision")


# what is asked, and the index that finds it on PostgreSQL and on SQLite
QUERIES = {
    "what a page names": (on_page, "articles_similar_pkey", "sqlite_autoindex_articles_similar_2"),
    "whether a page is nearly the same": (
        on_page,
        "articles_lookalike",
        "sqlite_autoindex_articles_lookalike_1",
    ),
    "which pages name some": (
        lambda: Similar.objects.naming(some(Release)).values("release"),
        "similar_once_on_a_page",
        "sqlite_autoindex_articles_similar_1",
    ),
    "what some pages name": (
        lambda: Similar.objects.filter(release__in=some(Release)).values("other"),
        "articles_similar_pkey",
        "sqlite_autoindex_articles_similar_2",
    ),
    "what some articles name": (
        lambda: Similar.objects.of_articles(some(Article, 1)).values("other"),
        "articles_similar_pkey",
        "sqlite_autoindex_articles_similar_2",
    ),
    "what some articles are about": (
        lambda: Mention.objects.shown().filter(article__any_of=some(Article)).values("entity"),
        "entity_once_per_article",
        "sqlite_autoindex_articles_mention_1",
    ),
    "what is found with an entity": (
        lambda: similar.related(Entity.objects.first()),
        "entity_once_per_article",
        "sqlite_autoindex_articles_mention_1",
    ),
    "what is newest about an entity": (
        lambda: similar.related(Entity.objects.first()),
        "public_by_entity",
        "public_by_entity",
    ),
}
WHOLE = ("Seq Scan", "SCAN articles", "SCAN U0")


@pytest.mark.parametrize("what", QUERIES)
def test_what_lists_are_made_of_and_read_by_is_found_by_an_index(filled, what):
    query, postgres, sqlite = QUERIES[what]
    plan = query().explain()
    assert {"postgresql": postgres, "sqlite": sqlite}[connection.vendor] in plan, plan
    assert not any(one in plan for one in WHOLE), plan
