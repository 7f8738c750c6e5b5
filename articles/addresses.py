"""Which address an article gets, whatever the order in which documents come in.

Of articles with one title, that with the lowest source key has the plain slug, and the others add a hash of their
source key. What was released, or was moved by a person, keeps the address it has.
"""

import hashlib
import uuid
from collections import defaultdict
from functools import cache

from django.urls import reverse

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

    `articles` and `redirects` are QuerySets of all there are; the caller's transaction makes the articles. A few
    queries, for any number of documents.
    """
    wanted = defaultdict(list)
    for document in documents:
        wanted[slug_of(document.title)].append(document.source_key)
    holders = {one.slug: one for one in articles.filter(slug__any_of=wanted)}
    paths = {article_path(slug): slug for slug in wanted}
    led_away = {paths[path] for path in redirects.filter(path__any_of=paths).values_list("path", flat=True)}
    first = {slug: min(keys) for slug, keys in wanted.items() if slug not in led_away}
    behind = [one for slug, one in holders.items() if slug in first and first[slug] < one.source_key]
    free, moving = _making_room(articles, redirects, behind)
    free |= first.keys() - holders.keys()
    chosen = {key: slug for slug, key in first.items() if slug in free}
    others = [(slug, key) for slug, keys in wanted.items() for key in keys if key not in chosen]
    leaving = [(one.slug, one.source_key) for one in moving]
    if others or leaving:
        tried = [with_hash(slug, key, length) for slug, key in others + leaving for length in HASH_LENGTHS]
        taken = {*wanted, *articles.filter(slug__any_of=tried).values_list("slug", flat=True)}
        for slug, key in others:
            chosen[key] = _free(slug, key, taken)
        for one in moving:
            one.slug = _free(one.slug, one.source_key, taken)
    articles.save_fields(moving, "slug")
    return chosen


def _free(slug, source_key, taken):
    """Return the best slug with a hash that is not `taken`, and count it as such."""
    tries = [with_hash(slug, source_key, length) for length in HASH_LENGTHS]
    # Somebody may have moved an article to the very address that a hash would make, so there is always one more.
    free = next(one for one in [*tries, f"{slug[:70]}-{uuid.uuid4()}"] if one not in taken)
    taken.add(free)
    return free


def _making_room(articles, redirects, holders):
    """Return the slugs among those of `holders` that they leave, and those of them, locked, that are still to move.

    One that was released, or that somebody gave its address, stays where it is.
    """
    if not holders:
        return set(), []
    held = {one.pk: one.slug for one in holders}
    locked = articles.filter(pk__any_of=held).order_by("pk").select_for_update()
    moving = [one for one in locked if one.slug == held[one.pk] and one.current_release_id is None]
    # What moved aside meanwhile left its slug to another, whom the caller meets.
    free = set(held.values()) - {one.slug for one in locked}
    ids = [one.pk for one in moving]
    left = set(redirects.filter(article__any_of=ids).values_list("article", flat=True))
    titles = dict(articles.filter(pk__any_of=ids, revisions__number=1).values_list("pk", "revisions__title"))
    moving = [one for one in moving if one.pk not in left and slug_of(titles.get(one.pk, "")) == one.slug]
    return free | {one.slug for one in moving}, moving
