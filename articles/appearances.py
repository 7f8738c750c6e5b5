"""Which tags, entities and checklists show which article: to staff by its latest revision, to readers by its release.

These rows can be rebuilt from revisions and releases. Only a release writes those that readers see.
"""

from articles import bulk
from articles.models.topics import ArticleTag, ChecklistUse, Entity, Mention, Tag, fold, hold_names

FIELDS = {
    ArticleTag: ("content_object", "tag"),
    Mention: ("article", "entity"),
    ChecklistUse: ("article", "checklist"),
}


def things_of(document, checklist):
    """Return [(model, article field, thing field, ids)] for all that a document names."""
    hold_names()
    tags = Tag.objects.named(document.tags).values() if document.tags else []
    entities = Entity.objects.named(document.entities).values() if document.entities else []
    return [
        (ArticleTag, "content_object", "tag", {tag.pk for tag in tags}),
        (Mention, "article", "entity", {entity.pk for entity in entities}),
        (ChecklistUse, "article", "checklist", {checklist.checklist_id} if checklist else set()),
    ]


def mark_latest(latest):
    """Let staff find articles under what their latest revisions name.

    `latest` holds (article, document, checklist, whether it is the article's first) for each.
    """
    latest = list(latest)
    hold_names()
    tags = Tag.objects.named(list({tag: 1 for _, document, *_ in latest for tag in document.tags}))
    pairs = {pair: 1 for _, document, *_ in latest for pair in document.entities}
    entities = Entity.objects.named(list(pairs))
    things = {ArticleTag: [], Mention: [], ChecklistUse: []}
    for article, document, checklist, is_first in latest:
        things[ArticleTag].append((article, {tags[fold(name)].pk for name in document.tags}, is_first))
        named = {entities[fold(kind), fold(name)].pk for name, kind in document.entities}
        things[Mention].append((article, named, is_first))
        pinned = {checklist.checklist_id} if checklist else set()
        things[ChecklistUse].append((article, pinned, is_first))
    for model, named in things.items():
        owner, thing = FIELDS[model]
        for article, ids, is_first in named:
            if not is_first:
                _mark(model, owner, thing, ids, article, on={"in_latest": True}, off={"in_latest": False})
        bulk.insert_values(
            model,
            (owner, thing, "in_latest"),
            ((article.pk, pk, True) for article, ids, is_first in named if is_first for pk in sorted(ids)),
        )


def mark_public(article, release):
    """Let readers find the article under what its current release names, and under nothing else."""
    if release.is_public:
        things = things_of(release.revision.document, release.revision.checklist)
    else:
        things = [(ArticleTag, "content_object", "tag", set()), (Mention, "article", "entity", set())]
        things.append((ChecklistUse, "article", "checklist", set()))
    for model, owner, thing, ids in things:
        on = {"published_at": article.published_at}
        _mark(model, owner, thing, ids, article, on=on, off={"published_at": None})


def _mark(model, owner, thing, ids, article, *, on, off):
    rows = dict(model.objects.filter(**{owner: article}).values_list(f"{thing}_id", "pk"))
    stay = [pk for thing_id, pk in rows.items() if thing_id in ids]
    gone = [pk for thing_id, pk in rows.items() if thing_id not in ids]
    if stay:
        model.objects.filter(pk__in=stay).update(**on)
    if gone:
        model.objects.filter(pk__in=gone).update(**off)
        model.objects.filter(pk__in=gone, in_latest=False, published_at=None).delete()
    new = ids - rows.keys()
    if new:
        model.objects.bulk_create(model(**{owner: article, f"{thing}_id": pk}, **on) for pk in sorted(new))
