"""Which released articles are similar, found ahead: those that share the most tags and entities, rare ones above all.

Candidates of an article are, for each thing it names, those that were published next before and next after it under
that thing: however many articles a tag has, it costs the same, and no few newest ones stand on every page. Of those
are taken: of one language, reviewed ones first, then by what they share; none that is nearly the text of the page or
of one taken already, and none that MOST_SHOWING pages name. What is like in all of that goes by its id, the newest
first, so the same articles always give the same lists.
"""

import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import islice
from math import log2

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q

from articles import bulk, showing
from articles.addresses import article_path
from articles.models import (
    Article,
    ArticleTag,
    Entity,
    LookAlike,
    Mention,
    Release,
    Signature,
    Similar,
    SimilarList,
    Tag,
)
from articles.models.search import lock
from articles.models.similar import MOST_SHOWING, MOST_SIMILAR
from articles.models.topics import fold
from articles.signatures import FORMAT, in_common, unpacked

# Bounded work whatever the size of the site: so many entities and so many tags of an article, so many articles next
# to it on either side under each, and so many of all these looked at closely.
MOST_THINGS = 10
MOST_BESIDE = 10
MOST_LOOKED_AT = 24
# What more articles than this have is as common as it gets; what half as many have weighs as much more.
MOST_COUNTED = 512
COMMON = 100
# Two texts that are 80% alike have about 18 of 32 numbers in common (articles/models/signature.py). Counted look-alikes
# are left out by themselves; this leaves out copies of which nobody counted how alike they are.
NEARLY_THE_SAME = 16
MOST_NAMED = 3  # of what two share
# Few queries, and SQLite's write lock held for some hundredths of a second.
BATCH = 20
MISSING_BATCH = 1_000
LISTS = 0x51A  # any number of ours: the advisory lock of those who make lists

# table, its column of the article, and that of the thing
TABLES = {
    "entity": ("articles_mention", "article_id", "entity_id"),
    "tag": ("articles_articletag", "content_object_id", "tag_id"),
}

# How an entity is related to others: counted in so many of its newest articles, so many shown.
MOST_RELATED_IN = 200
MOST_RELATED = 8


@dataclass(slots=True)
class Page:
    """A released article whose list is made, with what it prints of the things it names."""

    article: int
    release: int
    revision: int
    lang: str
    names: dict  # (kind, id): name as the released text has it
    rows: dict = field(default_factory=dict)  # (kind, id): id of the row that says it appears in the article


@dataclass(frozen=True, slots=True)
class Candidate:
    """A released article that may be named."""

    article: int
    release: int
    revision: int
    lang: str
    is_reviewed: bool
    score: int
    shares: tuple


def catch_up():
    """Make all lists that are due, a batch at a time; yield how many each was.

    Safe to stop, to run again, and beside everything else.
    """
    ended = None
    while batch := list(SimilarList.objects.due().order_by("pk").values_list("pk", flat=True)[:BATCH]):
        bulk.let_others_write(ended)
        make(batch)
        ended = time.monotonic()
        yield len(batch)


def make(ids):
    """Make the lists of the articles with these ids, where they are due. As many queries for any number of them.

    Those that a release concerns besides are due afterwards: at most MOST_SHOWING that named it and MOST_SIMILAR that
    may name it now.
    """
    with transaction.atomic():
        lock(Article, ids)
        _hold_lists()
        due = dict(SimilarList.objects.due().filter(pk__in=ids).values_list("pk", "spreads"))
        pages = _pages(due)
        lists = _lists(pages)
        _write(lists)
        SimilarList.objects.filter(pk__in=due.keys() - {page.article for page in pages}).delete()
        SimilarList.objects.made({page.article: page.release for page in pages})
        spreading = {article for article, spreads in due.items() if spreads}
        _spread(spreading, due, lists)
        slugs = dict(
            Article.objects.filter(pk__in=[page.article for page in pages]).values_list("pk", "slug")
        )
        released = [article_path(slug) for pk, slug in slugs.items() if pk in spreading]
        showing.changed(map(article_path, slugs.values()), make=released)


def make_soon(article):
    """Make the list of an article behind the commit of its release. Where that fails, the job does it."""
    transaction.on_commit(lambda: make([article.pk]), robust=True)


def want_missing():
    """Want the lists that are missing, or were made of an earlier release; yield how many at a time.

    A release wants its own, so this is for what was there before there were lists, and for what was brought back.
    """
    after = 0
    while batch := list(
        missing().filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:MISSING_BATCH]
    ):
        after = batch[-1]
        SimilarList.objects.want(batch)
        yield len(batch)


def missing():
    """Return the public articles without a list of their current release, due ones apart."""
    there = SimilarList.objects.filter(Q(is_due=True) | Q(release=OuterRef("current_release")))
    return Article.objects.public().filter(~Exists(there.filter(article=OuterRef("pk"))))


def _hold_lists():
    """Keep others from making lists until this transaction ends, behind the locks of the articles.

    So nobody names an article too often, or by a release that another knows to be gone. SQLite has one writer anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LISTS])


def _pages(ids):
    """Return a Page for each public article of these ids, in their order."""
    articles = list(
        Article.objects.public()
        .filter(pk__in=ids)
        .order_by("pk")
        .select_related("current_release__revision__text")
    )
    documents = [article.current_release.revision.document for article in articles]
    tags = Tag.objects.called({fold(name) for document in documents for name in document.tags})
    entities = Entity.objects.called(
        {(fold(kind), fold(name)) for document in documents for name, kind in document.entities}
    )
    pages = []
    for article, document in zip(articles, documents, strict=True):
        named = (
            ("entity", ((entities.get((fold(kind), fold(name))), name) for name, kind in document.entities)),
            ("tag", ((tags.get(fold(name)), name) for name in document.tags)),
        )
        names = {
            (kind, thing.pk): name
            for kind, some in named
            for thing, name in islice(((thing, name) for thing, name in some if thing), MOST_THINGS)
        }
        revision = article.current_release.revision
        pages.append(Page(article.pk, article.current_release_id, revision.pk, document.lang, names))
    by_article = {page.article: page for page in pages}
    for kind, article, thing, row in _appearances(by_article):
        if (kind, thing) in by_article[article].names:
            by_article[article].rows[kind, thing] = row
    return pages


def _appearances(articles):
    """Yield (kind, article, thing, row), all ids, of what readers find these articles under."""
    for row, article, thing in (
        Mention.objects.shown().filter(article__any_of=articles).values_list("pk", "article", "entity")
    ):
        yield "entity", article, thing, row
    for row, article, thing in (
        ArticleTag.objects.shown()
        .filter(content_object__any_of=articles)
        .values_list("pk", "content_object", "tag")
    ):
        yield "tag", article, thing, row


def _lists(pages):
    """Return {page's release: [(rank, Candidate)]}."""
    found = _candidates(pages)
    candidates = [one for some in found.values() for one in some]
    revisions = {one.revision for one in candidates} | {page.revision for page in pages}
    alike = LookAlike.objects.alike().filter(
        revision__any_of=[page.revision for page in pages], other__any_of=revisions
    )
    alike = set(alike.values_list("revision", "other"))
    sketches = dict(
        Signature.objects.filter(format=FORMAT, revision__any_of=revisions).values_list("revision", "sketch")
    )
    sketches = {revision: unpacked(sketch) for revision, sketch in sketches.items()}
    # Those of these pages are made anew: they count for nothing before.
    showing = Similar.objects.naming({one.release for one in candidates}).exclude(
        release__in=[page.release for page in pages]
    )
    showing = defaultdict(int, showing.values_list("other").annotate(n=Count("release")).order_by())
    lists = {}
    for page in pages:
        chosen, texts = [], [sketches.get(page.revision, ())]
        for one in found[page.article]:
            sketch = sketches.get(one.revision, ())
            if (
                len(chosen) < MOST_SIMILAR
                and one.lang == page.lang
                and showing[one.release] < MOST_SHOWING
                and (page.revision, one.revision) not in alike
                and all(in_common(sketch, other) < NEARLY_THE_SAME for other in texts)
            ):
                chosen.append(one)
                texts.append(sketch)
                showing[one.release] += 1
        lists[page.release] = list(enumerate(chosen, start=1))
    return lists


def _candidates(pages):
    """Return {article's id: its Candidates, best first}."""
    beside = defaultdict(lambda: defaultdict(set))  # article: candidate: what they share
    for kind in TABLES:
        for article, thing, other in _beside(kind, [row for page in pages for row in _rows(page, kind)]):
            beside[article][other].add((kind, thing))
    weights = defaultdict(lambda: COMMON)  # merged away at this moment
    for kind in TABLES:
        for thing, count in _counted(kind, {one for page in pages for one in _things(page, kind)}):
            weights[kind, thing] = round(COMMON * log2(2 * MOST_COUNTED / max(1, count)))
    looked_at = {
        page.article: sorted(
            beside[page.article],
            key=lambda other, page=page: (-_score(page, beside[page.article][other], weights), -other),
        )[:MOST_LOOKED_AT]
        for page in pages
    }
    # Under some of what they share an article may stand further away.
    ids = {other for some in looked_at.values() for other in some}
    things = defaultdict(set)
    for kind, article, thing, _ in _appearances(ids):
        things[article].add((kind, thing))
    reviewed = set(Article.objects.indexable().filter(pk__any_of=ids).values_list("pk", flat=True))
    articles = {
        pk: rest
        for pk, *rest in Article.objects.public()
        .filter(pk__any_of=ids)
        .values_list(
            "pk", "current_release", "current_release__revision", "current_release__revision__facts__lang"
        )
    }
    found = {}
    for page in pages:
        some = []
        for other in looked_at[page.article]:
            if other in articles:
                release, revision, lang = articles[other]
                shared = things[other] & page.names.keys()
                score, shares = _score(page, shared, weights), _shares(page, shared, weights)
                some.append(Candidate(other, release, revision, lang or "", other in reviewed, score, shares))
        found[page.article] = sorted(some, key=lambda one: (not one.is_reviewed, -one.score, -one.article))
    return found


def _rows(page, kind):
    return [row for (one, _), row in page.rows.items() if one == kind]


def _things(page, kind):
    return [thing for one, thing in page.names if one == kind]


def _by_name(page, shared, weights):
    """Return {name: its weight} of shared things, rarest first. A tag and an entity of one name are one thing."""
    names = {}
    for one in sorted(shared, key=lambda one: (-weights[one], page.names[one])):
        names.setdefault(fold(page.names[one]), (page.names[one], weights[one]))
    return dict(names.values())


def _score(page, shared, weights):
    return sum(_by_name(page, shared, weights).values())


def _shares(page, shared, weights):
    return tuple(_by_name(page, shared, weights))[:MOST_NAMED]


def _beside(kind, rows):
    """Yield (article, thing, other article): those next to it under each thing, before and after, by its index.

    `rows` are ids of appearances. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_beside_sql(kind, rows))
        for article, thing, *sides in cursor.fetchall():
            for side in sides:
                for other in side if isinstance(side, list) else json.loads(side):
                    yield article, thing, other


def _beside_sql(kind, rows):
    table, owner, thing = TABLES[kind]
    asked = ", ".join(str(int(row)) for row in rows) or "NULL"
    # A list in one column: SQLite has no LATERAL.
    listed = {
        "postgresql": "ARRAY({side})",
        "sqlite": f"(SELECT json_group_array({owner}) FROM ({{side}}))",
    }[connection.vendor]
    before, after = (
        listed.format(
            side=f"SELECT near.{owner} FROM {table} near WHERE near.{thing} = own.{thing} "
            f"AND near.published_at IS NOT NULL "
            f"AND (near.published_at, near.{owner}) {than} (own.published_at, own.{owner}) "
            f"ORDER BY near.published_at {order}, near.{owner} {order} LIMIT {MOST_BESIDE}"
        )
        for than, order in (("<", "DESC"), (">", "ASC"))
    )
    return f"SELECT own.{owner}, own.{thing}, {before}, {after} FROM {table} own WHERE own.id IN ({asked})"


def _counted(kind, things):
    """Return [(thing, how many articles readers find under it, counted up to MOST_COUNTED)]. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_counted_sql(kind, things))
        return cursor.fetchall()


def _counted_sql(kind, things):
    table, owner, column = TABLES[kind]
    asked = ", ".join(str(int(thing)) for thing in sorted(things)) or "NULL"
    # In the order of the index of what readers see: there are others, with all drafts in them.
    return (
        f"SELECT t.id, (SELECT count(*) FROM (SELECT 1 FROM {table} a WHERE a.{column} = t.id "
        f"AND a.published_at IS NOT NULL ORDER BY a.published_at DESC, a.{owner} DESC LIMIT {MOST_COUNTED}) counted) "
        f"FROM articles_{kind} t WHERE t.id IN ({asked})"
    )


def _write(lists):
    """Let these be the lists of their releases, {release: [(rank, Candidate)]}; what stands already is left alone."""
    there = defaultdict(list)
    rows = Similar.objects.filter(release__in=lists).order_by("release", "rank")
    for release, rank, other, shares in rows.values_list("release", "rank", "other", "shares"):
        there[release].append((rank, other, shares))
    new = {
        release: [(rank, one.release, list(one.shares)) for rank, one in some]
        for release, some in lists.items()
    }
    changed = [release for release in new if new[release] != there[release]]
    if changed:
        Similar.objects.filter(release__in=changed).delete()
        bulk.insert_values(
            Similar,
            ("release", "rank", "other", "shares"),
            ((release, *row) for release in changed for row in new[release]),
        )


def _spread(changed, made, lists):
    """Want the lists that the releases of these articles concern, but for those `made` at this moment."""
    if not changed:
        return
    releases = Release.objects.filter(article__in=changed)
    named = Similar.objects.filter(other__in=releases.values("pk"))
    gone = named.exclude(other__in=Article.objects.filter(pk__in=changed).public().values("current_release"))
    concerned = set(gone.values_list("release__article", flat=True))
    owners = dict(releases.values_list("pk", "article"))
    concerned |= {one.article for release in lists if release in owners for _, one in lists[release]}
    SimilarList.objects.filter(pk__in=concerned.difference(made)).update(is_due=True)


def related_to(entity):
    """Return [{name, type, url, count}] of the entities that stand in the most of an entity's newest articles with it.

    One query, bounded: however many articles it has, MOST_RELATED_IN are looked at.
    """
    rows = related(entity).values_list(
        "entity__name", "entity__type", "entity__type_slug", "entity__slug", "n"
    )
    return [
        {
            "name": name,
            "type": kind,
            "url": Entity(type_slug=type_slug, slug=slug).get_absolute_url(),
            "count": n,
        }
        for name, kind, type_slug, slug, n in rows
    ]


def related(entity):
    newest = entity.mentions.shown().order_by("-published_at", "-article").values("article")
    together = Mention.objects.shown().filter(article__in=newest[:MOST_RELATED_IN]).exclude(entity=entity)
    return together.values("entity").annotate(n=Count("pk")).order_by("-n", "entity_id")[:MOST_RELATED]
