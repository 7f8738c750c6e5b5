"""What lists of similar articles cost: to make from nothing, behind a release, and on the pages that show them."""

import tempfile
from pathlib import Path

from django.db.models import Count
from django.test import Client
from django.test.utils import override_settings

from articles import pages, similar
from articles.models import Article, Entity, Similar, SimilarList
from benchmarks.desk import analyse
from benchmarks.landing import bring, rate, timed, write
from benchmarks.released import release_all
from benchmarks.timing import database_ms, median_ms, tell
from reviews import lookalikes

MADE = 5_000  # of the lists, to tell how fast that is


def measure(sizes):
    """Release so many short drafts, and then so many in all; make lists of some, and show pages."""
    there, rates = 0, []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "drafts.jsonl")
            write(path, size - there, seed=1 + there)
            bring(path)
        sum(lookalikes.rebuild())
        release_all()
        analyse()  # PostgreSQL does so by itself where autovacuum is on
        there = Article.objects.count()
        rates.append(_making(there))
        _pages(there)
    tell("making lists, the many beside the few", f"{rates[-1] / rates[0]:.2f}", "bar: 0.5 or more")


def _making(count):
    SimilarList.objects.all().delete()
    Similar.objects.all().delete()
    spent = timed(lambda: sum(similar.want_missing()))
    tell(f"wanting {count:,} lists that are missing", f"{spent:.1f} s")
    # All others are as if they stood, so that those in the middle are made among as many.
    ids = list(SimilarList.objects.order_by("pk").values_list("pk", flat=True))
    middle = ids[max(0, len(ids) // 2 - MADE // 2) :][:MADE]
    SimilarList.objects.exclude(pk__any_of=middle).update(is_due=False)
    made = timed(lambda: sum(similar.catch_up()))
    tell(f"making {len(middle):,} of {count:,} lists", rate(len(middle), made))
    (some,) = Article.objects.filter(pk=middle[-1])
    ids = middle[: similar.BATCH]

    def batch():
        SimilarList.objects.filter(pk__any_of=ids).update(is_due=True)
        similar.make(ids)

    spent, queries = database_ms(batch)
    tell(f"a batch of {len(ids)}", f"{spent:.1f} ms", f"database, {queries - 1} queries")

    def release():
        SimilarList.objects.changed(some)
        similar.make([some.pk])

    spent, queries = database_ms(release)
    tell("the list of what was released, made at once", f"{spent:.1f} ms", f"database, {queries} queries")
    named = Similar.objects.values("release").annotate(n=Count("rank")).values_list("n", flat=True)
    counts = [named.filter(n=number).count() for number in range(1, 7)]
    tell("pages that name 1, 2, 3, 4, 5, 6", ", ".join(f"{number:,}" for number in counts))
    return len(middle) / made


def _pages(count):
    article = Article.objects.public().filter(similar_list__release__isnull=False).order_by("-pk").first()
    loaded = pages.articles_for_pages().get(pk=article.pk)
    most = Entity.objects.alias(uses=Count("mentions")).order_by("-uses").first()
    client = Client()
    with override_settings(ALLOWED_HOSTS=["*"]):
        for what, work in {
            "similar articles of a page": lambda: pages.similar_to(loaded),
            "the page of an article": lambda: client.get(article.get_absolute_url()),
            "entities related to the most frequent one": lambda: similar.related_to(most),
            "the page of that entity": lambda: client.get(most.get_absolute_url()),
        }.items():
            spent, queries = database_ms(work)
            tell(
                f"{what}, {count:,} released",
                f"{spent:.1f} ms",
                f"database, {queries} queries; {median_ms(work):.1f} ms in all; bar: 20 ms",
            )
