"""What it costs to tell machines what there is: feeds, and the parts of the sitemap."""

import tempfile
from pathlib import Path

from django.core.cache import cache
from django.db.models import Count
from django.test import Client

from articles import sitemaps
from articles.models import Article, Entity, Tag
from benchmarks.desk import analyse
from benchmarks.landing import bring, write
from benchmarks.released import release_all
from benchmarks.timing import database_ms, median_ms, tell


def measure(count):
    """Import `count` short drafts, release all as reviewed, and ask as machines do: cold, then for what changed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "drafts.jsonl")
        write(path, count, seed=2)
        bring(path)
    release_all()
    analyse()  # PostgreSQL does so by itself where autovacuum is on
    ask_all()


def ask_all():
    uses = Count("appearances"), Count("mentions")
    tag = Tag.objects.alias(uses=uses[0]).order_by("-uses").first()
    entity = Entity.objects.alias(uses=uses[1]).order_by("-uses").first()
    middle = sitemaps.parts()[len(sitemaps.parts()) // 2]
    asked = {
        "the feed of the site": "/feed.atom",
        f"the feed of {tag.appearances.shown().count():,} articles with a tag": f"{tag.get_absolute_url()}feed.atom",
        f"the feed of {entity.mentions.shown().count():,} articles about a thing": (
            f"{entity.get_absolute_url()}feed.json"
        ),
        "the index of the sitemap": "/sitemap.xml",
        f"a part of the sitemap, {sitemaps.articles_in(middle).count():,} addresses": f"/sitemap-{middle}.xml",
        "the source of an article": f"/articles/{Article.objects.public().newest().first().slug}.json",
    }
    client = Client()
    for what, path in asked.items():
        cost(what, lambda path=path: cold(client, path))
    for what, path in list(asked.items())[:3]:
        headers = {"if-none-match": client.get(path)["ETag"]}
        cost(f"{what}, unchanged", lambda path=path, headers=headers: client.get(path, headers=headers))
    tell("articles", f"{Article.objects.indexable().count():,}")


def cold(client, path):
    cache.clear()
    return client.get(path)


def cost(what, ask):
    spent, queries = database_ms(ask)
    tell(
        what,
        f"{spent:.1f} ms",
        f"database, {queries} queries; {median_ms(ask):.1f} ms in all; {len(ask().content):,} bytes; bar: 20 ms",
    )
