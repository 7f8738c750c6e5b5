"""Similar articles: those that share the most tags and entities, rare ones counting more, and which they share.

None is nearly the same text: whoever has read one of two look-alikes gains nothing by the other.
"""

from collections import defaultdict

from django.db import connection

from articles.models import Article, LookAlike

MOST_SIMILAR = 5
# Among so many are they chosen. Copies share everything and so stand first, which this leaves room for.
MOST_LOOKED_AT = 20
# Bounded work whatever the size of the site: this many of an article's things, this many newest articles of each.
MOST_THINGS = 8
MOST_PER_THING = 20
MOST_NAMED = 3


def similar_to(article, tags, entities):
    """Return [{title, url, why}] of released articles that share tags or entities with this one. Three queries."""
    things = [("tag", tag) for tag in tags] + [("entity", entity) for entity in entities]
    things = things[:MOST_THINGS]
    if not things:
        return []
    shared, sizes = defaultdict(list), defaultdict(int)
    for number, pk in _newest_of(things, but=article.pk):
        shared[pk].append(number)
        sizes[number] += 1
    weight = {number: 1 / size for number, size in sizes.items()}
    best = sorted(shared, key=lambda pk: (-sum(weight[number] for number in shared[pk]), -pk))[
        :MOST_LOOKED_AT
    ]
    found = Article.objects.public().for_cards().in_bulk(best)
    copies = LookAlike.objects.alike().between(
        article.current_release.revision_id, [one.current_release.revision_id for one in found.values()]
    )
    copies = set(copies.values_list("other", flat=True))
    chosen = [pk for pk in best if pk in found and found[pk].current_release.revision_id not in copies]
    return [
        {
            "title": found[pk].current_release.revision.title,
            "url": found[pk].get_absolute_url(),
            "why": "shares " + ", ".join(dict.fromkeys(things[n][1].name for n in shared[pk][:MOST_NAMED])),
        }
        for pk in chosen[:MOST_SIMILAR]
    ]


def _newest_of(things, *, but):
    """Return [(number of the thing, article id)] of the newest released articles of each thing, by its keyset index."""
    parts, values = [], []
    for number, (kind, thing) in enumerate(things):
        table, owner, column = {
            "tag": ("articles_articletag", "content_object_id", "tag_id"),
            "entity": ("articles_mention", "article_id", "entity_id"),
        }[kind]
        # Django's unions cannot hold a limit in each part on SQLite, so this is written out. No value is from outside.
        parts.append(
            f"SELECT * FROM (SELECT {number} AS number, {owner} FROM {table} WHERE {column} = %s "
            f"AND published_at IS NOT NULL AND {owner} <> %s ORDER BY published_at DESC, {owner} DESC "
            f"LIMIT {MOST_PER_THING}) part{number}"
        )
        values += [thing.pk, but]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        return cursor.fetchall()
