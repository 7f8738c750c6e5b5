"""Two names for one thing become one thing: a tag or an entity is merged into another.

No article's text changes, released or not: pages print the names a revision has (P3). What changes is under which thing
an article is found. The name that goes stays as an alias, so that documents with it lead to what is left.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery

from articles import showing
from articles.models.topics import ArticleTag, Entity, EntityAlias, Mention, Tag, TagAlias, hold_names

# thing: where it appears, the fields of article and thing there, its aliases
KINDS = {
    Tag: (ArticleTag, "content_object", "tag", TagAlias),
    Entity: (Mention, "article", "entity", EntityAlias),
}


class MergeRefused(Exception):
    """Says in a sentence for people why nothing was merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What merging one thing changes: in how many articles it appears, and its address, if readers have it."""

    thing: Tag | Entity
    staff: int
    public: int
    both: int  # of those, articles that have the other, too
    address: str
    aliases: list


def changes(things, into):
    """Return a Change for each of `things`, as merging it into `into` would make it. Changes nothing."""
    return [_change(thing, into) for thing in things]


def _change(thing, into):
    appearance, owner, field, _ = KINDS[type(thing)]
    rows = appearance.objects.filter(**{field: thing})
    public = rows.shown().count()
    twin = appearance.objects.filter(**{field: into, owner: OuterRef(owner)})
    return Change(
        thing=thing,
        staff=rows.filter(in_latest=True).count(),
        public=public,
        both=rows.filter(Exists(twin)).count(),
        address=thing.get_absolute_url() if public else "",
        aliases=[thing.name, *thing.aliases.order_by("name").values_list("name", flat=True)],
    )


@transaction.atomic
def merge(thing, into, *, by):
    """Merge `thing` into `into` and return the alias that is left of it. As many queries for any number of articles.

    Raises MergeRefused where they are one, or one of them is gone, as after another merge at the same moment.
    """
    if thing.pk == into.pk:
        raise MergeRefused(f"“{thing}” cannot be merged into itself.")
    hold_names(alone=True)
    there = type(thing).objects.select_for_update().order_by("pk").in_bulk([thing.pk, into.pk])
    for one in (thing, into):
        if one.pk not in there:
            raise MergeRefused(f"“{one}” is not here any more: it was merged meanwhile.")
    thing, into = there[thing.pk], there[into.pk]
    before = showing.of_thing(thing)
    was_public = _move(thing, into)
    alias = _leave_aliases(thing, into, slug=thing.slug if was_public else "", by=by)
    thing.delete()
    showing.changed(before, showing.of_thing(into))
    return alias


def _move(thing, into):
    """Let articles that appear under `thing` appear under `into`; return whether readers saw any there."""
    appearance, owner, field, _ = KINDS[type(thing)]
    rows, kept = appearance.objects.filter(**{field: thing}), appearance.objects.filter(**{field: into})
    was_public = rows.shown().exists()
    # An article that has both keeps one row, which says what either said.
    twin = rows.filter(**{owner: OuterRef(owner)})
    kept.filter(Exists(twin.filter(in_latest=True))).update(in_latest=True)
    kept.filter(Exists(twin.shown()), published_at=None).update(
        published_at=Subquery(twin.values("published_at")[:1])
    )
    rows.filter(Exists(kept.filter(**{owner: OuterRef(owner)}))).delete()
    rows.update(**{field: into})
    return was_public


def _leave_aliases(thing, into, *, slug, by):
    """Let `into` have the aliases of both and the name that goes, and return the alias that this name leads on by.

    Of two that mean the same, one with an old address stays. Raises MergeRefused where the name is an alias of a third
    thing as well, as after a change by hand.
    """
    *_, field, alias = KINDS[type(thing)]
    left = alias(name=thing.name, key=thing.key, slug=slug, merged_by=by)
    if field == "entity":
        left.type, left.type_slug = thing.type, thing.type_slug
    for other in alias.objects.of([thing.key]):
        third = getattr(other, field)
        if other.meaning == left.meaning and third not in (thing, into):
            raise MergeRefused(f"“{thing}” is an alias of “{third}” as well. Take that alias away first.")
    stay, gone = {}, []
    for one in (*into.aliases.all(), *thing.aliases.all(), left):
        twin = stay.get(one.meaning)
        goes, stay[one.meaning] = (one, twin) if twin and twin.slug and not one.slug else (twin, one)
        gone += [goes.pk] if goes and goes.pk else []
    alias.objects.filter(pk__in=gone).delete()
    for one in stay.values():
        one.lead_to(into)
    there = [one for one in stay.values() if one.pk]
    alias.objects.bulk_update(there, [field, "type"] if field == "entity" else [field])
    kept = stay[left.meaning]
    if kept is left:
        left.save()
    return kept
