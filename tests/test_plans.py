"""Every index of ours is there for a query, and that query's plan names it (D11, D12)."""

import re
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from articles import sitemaps
from articles.models import (
    Article,
    ArticleTag,
    ChecklistUse,
    Entity,
    EntityAlias,
    LookAlike,
    Mention,
    Person,
    Purge,
    Revision,
    SignatureKey,
    SimilarList,
    Tag,
)
from editorial.models import JobRun
from reviews import figures
from reviews.models import Batch, Decision, Review, Sample, Skip
from reviews.models.review import first_place
from reviews.queue import Asked
from tests.databases import around_tests
from tests.makers import approve, make_article, make_person, make_released

NOW = timezone.now()
# Few rows of many, as a month is of years.
LONG_AGO = figures.Period(date(2020, 1, 1), date(2020, 1, 30))

# index: the query that asks for it, as the product asks
QUERIES = {
    "article_newest": lambda: Article.objects.public().newest().values("pk")[:21],
    "article_last_changed": lambda: Article.objects.order_by("-changed_at", "-pk").values("pk")[:50],
    "article_lapses": lambda: Article.objects.lapsed().order_by("indexable_until").values("pk")[:20],
    "article_feed": lambda: Article.objects.indexable().newest().values("pk")[:20],
    "article_sitemap": lambda: Article.objects.indexable().filter(pk__gte=1).order_by("pk").values("pk")[:1],
    "revision_by_article_digest": lambda: Revision.objects.filter(article=1, text="a" * 64).values("pk"),
    "public_by_tag": lambda: (
        ArticleTag.objects.filter(tag=1)
        .shown()
        .order_by("-published_at", "-content_object_id")
        .values("pk")[:21]
    ),
    "public_by_entity": lambda: (
        Mention.objects.filter(entity=1).shown().order_by("-published_at", "-article_id").values("pk")[:21]
    ),
    "public_by_checklist": lambda: (
        ChecklistUse.objects.filter(checklist=1)
        .shown()
        .order_by("-published_at", "-article_id")
        .values("pk")[:21]
    ),
    "entity_by_key": lambda: Entity.objects.filter(key__in=["a", "b"]).order_by().values("pk"),
    "entity_alias_by_key": lambda: EntityAlias.objects.filter(key__in=["a", "b"]).order_by().values("pk"),
    "look_alike_closest": lambda: LookAlike.objects.filter(revision=1).alike().closest().values("other")[:6],
    "similar_list_due": lambda: SimilarList.objects.due().order_by("pk").values("pk")[:20],
    "purge_by_transaction": lambda: Purge.objects.from_transaction(10**6).values("pk"),
    "purge_by_time": lambda: Purge.objects.old().order_by().values("pk"),
    "review_queue": lambda: Asked().seats(None).values("pk")[:50],
    "review_barred": lambda: (
        Review.objects.filter(barred=" 1 ").lying_ready(Person(pk=1)).in_order().values("rank")[:1]
    ),
    "facet_queue": lambda: Asked(narrowed={"tag": "python"}).seats(None).values("pk")[:50],
    "review_due": lambda: Asked(show="overdue", sort="due").seats(None).values("pk")[:50],
    "review_claimed": lambda: Review.objects.claimed().order_by().values("claimed_by"),
    "review_put_off": lambda: Review.objects.open().filter(deferred_until__gt=NOW).order_by().values("pk"),
    "review_reserved": lambda: Review.objects.kept_for(1).in_order().values("pk")[:1],
    "review_oldest": lambda: Asked(sort="oldest").seats(None).values("pk")[:50],
    "review_outcomes": lambda: Asked(state="superseded").seats(None).values("pk")[:50],
    "review_closed": lambda: figures.closed_since(figures.Period.latest()).values("pk"),
    "sample_by_batch": lambda: Sample.objects.of_batch(Batch("writer", "batch May")).values("pk"),
    "decision_by_article_digest": lambda: Decision.objects.on(1, "a" * 64).order_by().values("pk"),
    "job_run_latest": lambda: JobRun.objects.of("check").values("pk")[:1],
    "decision_by_time": lambda: figures.verdicts_in(LONG_AGO).values("pk"),
}


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    """Enough rows that both planners know the tables; PostgreSQL is told not to scan what it could look up."""
    with around_tests(django_db_blocker):
        make_released()
        for number in range(5):
            make_article(f"note-{number}", flagged=True)
            approve(make_article(f"decided-{number}"), make_person("ada"))
        make_many_seats()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            if connection.vendor == "postgresql":
                for kind in ("seqscan", "sort", "incremental_sort", "bitmapscan"):
                    cursor.execute(f"SET LOCAL enable_{kind} = off")
        yield


def make_many_seats():
    """Seats that are each barred to somebody else, and as many that closed one a day: of a few rows, PostgreSQL would
    as soon walk the whole of another index."""
    some = Revision.objects.select_related("text").first()
    numbers = range(1, 1_000)
    articles = Article.objects.bulk_create(
        Article(slug=f"n-{number}", source_id=f"n-{number}", source_key=f"n-{number}") for number in numbers
    )
    revisions = Revision.objects.bulk_create(
        Revision(article=one, number=1, text=some.text, origin="import", title=one.slug) for one in articles
    )
    closed = [state for state in Review.State.values if state != Review.State.OPEN]
    for number, one in zip(numbers, revisions, strict=True):
        seat = {"article": one.article, "revision": one, "digest": some.digest, "seat": 1, "rank": number}
        ended = {"state": closed[number % len(closed)], "closed_at": NOW - timedelta(days=number)}
        Review.objects.bulk_create([Review(**seat, barred=f" {number} "), Review(**seat, **ended)])


@pytest.fixture
def filled(made_once, db):
    return


# Beside these stands a unique index with the same first column, and on small tables PostgreSQL sees no difference.
ALIKE_WHEN_SMALL = {
    "revision_by_article_digest",
    "entity_by_key",
    "entity_alias_by_key",
    "decision_by_article_digest",
}


# Of the feed's index below, among releases that nobody reviewed.
@pytest.mark.parametrize("index", [index for index in QUERIES if index != "article_feed"])
def test_the_plan_names_the_index(filled, index):
    if connection.vendor == "postgresql" and index in ALIKE_WHEN_SMALL:
        pytest.skip("PostgreSQL sees no difference between two indexes of a small table")
    plan = QUERIES[index]().explain()
    assert index in plan, plan
    assert "TEMP B-TREE" not in plan, plan  # SQLite's word for sorting


def test_every_index_has_a_query():
    ours = {
        index.name
        for label in ("articles", "reviews", "editorial")
        for model in apps.get_app_config(label).get_models()
        for index in model._meta.indexes
    }
    assert ours == set(QUERIES)


def test_the_next_item_is_found_through_both_indexes_of_the_queue(filled):
    """What is kept for a person first, then what ranks highest, each in one statement and without sorting."""
    offered = Review.objects.offered_to(Person.objects.first()).in_order().values("pk")
    for seats, index in ((offered, "review_queue"), (offered.kept_for(1), "review_reserved")):
        plan = seats[:1].explain()
        assert index in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def test_next_leaps_by_the_orders_of_two_indexes_alone(filled):
    """The top of the queue first, then from group to group: no seat is looked at for whom it is not for."""
    person = Person.objects.first()
    plan = Person.objects.filter(pk=person.pk).order_by().values(place=first_place(person)).explain()
    assert plan.count("review_queue") == 2, plan
    assert plan.count("review_barred") >= 2, plan  # PostgreSQL keeps the step between groups to itself
    assert "TEMP B-TREE" not in plan, plan
    for asked in (Asked(), Asked(narrowed={"tag": "python"})):
        seats = asked.seats(person).offered_to(person).from_place(-1.0, asked.column)
        bounded = {"postgresql": "rank <= ", "sqlite": "rank<?"}[connection.vendor]
        plan = seats.values("pk")[:1].explain()
        assert bounded in plan, plan
        assert "TEMP B-TREE" not in plan, plan


@pytest.mark.parametrize("show", ["put_off", "skipped"])
def test_few_seats_of_a_long_queue_are_looked_up_and_not_met_on_the_way(filled, show):
    """Their order is of those few: no index that orders the whole queue is walked, in the hope to meet some soon."""
    ada = Person.objects.first()
    many = Review.objects.open()[:500]
    Review.objects.filter(pk__in=[seat.pk for seat in many]).update(deferred_until=NOW + timedelta(days=1))
    Skip.objects.bulk_create(Skip(person=ada, review=seat, reason="Not my field.") for seat in many)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            for kind in ("sort", "bitmapscan"):
                cursor.execute(f"SET LOCAL enable_{kind} = on")
    plan = Asked(show=show).seats(ada).values("pk")[:51].explain()
    assert "review_queue" not in plan, plan


def test_who_holds_no_other_seat_of_a_text_costs_no_walk_through_all_that_are_open(filled):
    plan = Review.objects.beside_those_of(Person.objects.first()).order_by().values("pk").explain()
    assert "review_claimed" in plan, plan


def test_a_feed_reads_no_release_that_nobody_reviewed_however_many_there_are(filled):
    for number in range(40):
        make_released(f"unreviewed-{number}", reviewed=False)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE articles_article")
    plan = QUERIES["article_feed"]().explain()
    assert "article_feed" in plan, plan


@pytest.mark.parametrize(
    ("articles", "index"),
    [
        (lambda: Article.objects.tagged(Tag.objects.get(key="python")), "public_by_tag"),
        (lambda: Article.objects.about(Entity.objects.get(key="python")), "public_by_entity"),
    ],
)
def test_the_feed_of_a_thing_walks_its_own_list_and_never_all_articles(filled, articles, index):
    plan = articles().indexable().values("slug")[:20].explain()
    assert index in plan, plan
    assert "TEMP B-TREE" not in plan, plan


def test_a_part_of_the_sitemap_is_one_range_of_ids(filled):
    plan = sitemaps.articles_in(0).explain()
    assert re.search("article_sitemap|articles_article_pkey|INTEGER PRIMARY KEY", plan), plan
    assert "TEMP B-TREE" not in plan, plan
    assert "Join" not in plan, plan  # each release is looked up


@pytest.mark.parametrize(("model", "index"), [(Entity, "entity_by_key"), (Tag, "articles_tag")])
def test_a_name_is_looked_up_by_its_beginning(filled, model, index):
    plan = model.objects.beginning("pyth").order_by().values("pk").explain()
    assert "SCAN" not in plan, plan
    assert index in plan, plan


def test_whether_two_texts_are_alike_is_read_from_an_index_alone(filled):
    """A text that a thousand others repeat costs its page a range of one index, and no row of the table."""
    plan = LookAlike.objects.alike().between(1, [2, 3, 4]).order_by().values("other").explain()
    alone = {"postgresql": "Index Only Scan", "sqlite": "USING COVERING INDEX"}
    assert alone[connection.vendor] in plan, plan


def test_a_look_alike_is_looked_up_in_the_primary_key_alone(filled):
    """The list of each number is one place of one index: no table is read beside it, however many texts there are."""
    plan = SignatureKey.objects.filter(key__in=[1, 2, 3]).order_by().values_list("key", "revision").explain()
    wanted = (
        "articles_signaturekey_pkey"
        if connection.vendor == "postgresql"
        else "sqlite_autoindex_articles_signaturekey_1"
    )
    assert wanted in plan, plan
    if connection.vendor == "sqlite":
        assert "COVERING INDEX" in plan, plan
    else:
        assert "Index Only Scan" in plan, plan
