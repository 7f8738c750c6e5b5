"""The map of the site for search engines, of any size: an index of parts, each a range of article ids.

An article never changes its part, so a release changes one of them, and each is one range of one index.
"""

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import OuterRef, Subquery
from django.db.models.expressions import RawSQL

from articles.addresses import article_path
from articles.models import Article, Release

# Ids in a part. The protocol takes 50,000 addresses; fewer keep a part quick to make and small to send.
PART = 2_500
# That an index may name (sitemaps.org).
MOST_PARTS = 50_000

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def parts():
    """Return the numbers of the parts that hold something: one walk, which leaps from part to part."""
    places = Article.objects.indexable().order_by("pk").values("pk")
    first, first_params = _sql(places[:1])
    following, params = _sql(places.filter(pk__gte=RawSQL(f"(walk.part + 1) * {PART}", []))[:1])
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE walk(part) AS (SELECT ({first}) / {PART} UNION ALL "
            f"SELECT ({following}) / {PART} FROM walk WHERE walk.part IS NOT NULL) "
            f"SELECT part FROM walk WHERE part IS NOT NULL LIMIT {MOST_PARTS}",
            [*first_params, *params],
        )
        return [part for (part,) in cursor.fetchall()]


def articles_in(part):
    """Return the slug and the moment of the current release of each article that a part holds."""
    ids = {"pk__gte": part * PART, "pk__lt": (part + 1) * PART}
    # One look-up a row: joined, PostgreSQL would read every release there is.
    released_at = Release.objects.filter(pk=OuterRef("current_release")).values("released_at")
    rows = Article.objects.indexable().filter(**ids).order_by("pk")
    return rows.values_list("slug", Subquery(released_at))


def index(paths):
    """Return the sitemap that names the parts at these paths."""
    named = "".join(f"<sitemap><loc>{settings.SITE_URL}{path}</loc></sitemap>\n" for path in paths)
    return f"{HEAD}<sitemapindex {NAMESPACE}>\n{named}</sitemapindex>\n"


def part(rows):
    """Return the sitemap of these articles (see `articles_in`). Neither slugs nor moments need escaping."""
    named = "".join(
        f"<url><loc>{settings.SITE_URL}{article_path(slug)}</loc>"
        f"<lastmod>{released_at.isoformat(timespec='seconds')}</lastmod></url>\n"
        for slug, released_at in rows
    )
    return f"{HEAD}<urlset {NAMESPACE}>\n{named}</urlset>\n"


def _sql(rows):
    return rows.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
