"""Which address an article gets, whatever the order in which documents come in.

Of articles with one title, that with the lowest source key has the plain slug, and the others add a hash of their
source key. What was released, or was moved by a person, keeps the address it has.
"""

import hashlib
import uuid
from collections import defaultdict
from functools import cache

from django.urls import reverse
from django.utils import timezone

from articles.models.topics import slug_of

# Longer ones are tried where shorter ones are taken.
HASH_LENGTHS = (8, 16, 40)


def article_path(slug):
    """Return the address of the article with this slug."""
    if not slug.isascii():
        return reverse("articles:article", args=[slug])
    return f"{_place_of_articles()}{slug}/"


@cache
def _place_of_articles():
    """What comes before every slug. Asked once, since an import asks for thousands of addresses."""
    return reverse("articles:article", args=["x"]).removesuffix("x/")


def with_hash(slug, source_key, length=HASH_LENGTHS[0]):
    """Return the slug of an article whose plain slug is another's."""
    return f"{slug[:70]}-{hashlib.sha256(source_key.encode()).hexdigest()[:length]}"


def choose(articles, redirects, documents):
    """Return {source key: slug} for documents that have no article yet, and move aside what must make room.

    `articles` and `redirects` are QuerySets of all there are; the caller's transaction makes the articles.
    """
    wanted = defaultdict(list)
    for document in documents:
        wanted[slug_of(document.title)].append(document.source_key)
    holders = {one.slug: one for one in articles.filter(slug__any_of=wanted)}
    paths = {article_path(slug): slug for slug in wanted}
    led_away = {paths[path] for path in redirects.filter(path__any_of=paths).values_list("path", flat=True)}
    chosen, others = {}, []
    for slug, keys in wanted.items():
        first = min(keys)
        taken = {*wanted, *chosen.values()}
        if slug not in led_away and _makes_room(articles, holders.get(slug), first, taken):
            chosen[first] = slug
        others += [(slug, key) for key in keys if key not in chosen]
    if others:
        tried = [with_hash(slug, key, length) for slug, key in others for length in HASH_LENGTHS]
        taken = {*wanted, *articles.filter(slug__any_of=tried).values_list("slug", flat=True)}
        for slug, key in others:
            chosen[key] = _free(slug, key, taken)
            taken.add(chosen[key])
    return chosen


def _free(slug, source_key, taken):
    tries = [with_hash(slug, source_key, length) for length in HASH_LENGTHS]
    # Somebody may have moved an article to the very address that a hash would make, so there is always one more.
    return next(one for one in [*tries, f"{slug[:70]}-{uuid.uuid4()}"] if one not in taken)


def _makes_room(articles, holder, source_key, taken):
    """Say whether the article of `source_key` may have the slug of `holder`, which has moved aside then.

    It moves to none of those that are `taken` by what comes in with it.
    """
    if holder is None:
        return True
    if holder.source_key <= source_key:
        return False
    holder = articles.locked(holder.pk)
    first = holder.revisions.order_by("number").first()
    its_own = first is not None and slug_of(first.title) == holder.slug
    if not its_own or holder.current_release_id is not None or holder.redirects.exists():
        return False
    tried = [with_hash(holder.slug, holder.source_key, length) for length in HASH_LENGTHS]
    there = articles.filter(slug__any_of=tried).values_list("slug", flat=True)
    slug = _free(holder.slug, holder.source_key, {*taken, *there})
    articles.filter(pk=holder.pk).update(slug=slug, changed_at=timezone.now())
    return True
