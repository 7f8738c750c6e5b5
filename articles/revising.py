"""How articles get revisions: one, or a batch of them with a few queries for all."""

from dataclasses import dataclass

from django.db.models import Max, Model, OuterRef, Q, Subquery
from django.utils import timezone

from articles import appearances, bulk
from articles.document import Document
from articles.models.intake import ImportRun
from articles.models.people import Person
from articles.models.revision import Contributor, Revision, Text, TextErased, text_bytes
from articles.models.topics import ChecklistVersion

SUMMARY_LENGTH = 500
# Facts that revisions from before they were known do not hold.
LATER_FACTS = ("model", "prompt", "batch")
# Revisions that are what a source says; a person's edit has no source digest.
SOURCED = (Revision.Origin.IMPORT, Revision.Origin.CANDIDATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an article is to say next, and whose work that is: `by` in `role`.

    `also` is a revision whose text this takes over.
    """

    article: Model
    document: Document
    origin: str
    by: Person | None = None
    role: str = ""
    parent: Revision | None = None
    import_run: ImportRun | None = None
    also: Revision | None = None

    @property
    def is_first(self):
        """The article says something for the first time."""
        return self.article.begins_with is not None or self.article.latest_revision_id is None


def revise(changes):
    """Add a revision for each change, of as many articles, and return them in order.

    Where a text was erased before, its place holds the TextErased that says so. Each revision becomes its article's
    latest, unless it is a candidate beside a person's edit. Contributors are those of the parent, unless readers see
    that now and somebody else stands behind it; those of `also` and of earlier revisions with the very same text; and
    `by` in `role`. The caller holds the articles' locks.
    """
    checklists = ChecklistVersion.objects.pinned(change.document.checklist for change in changes)
    pinned = [checklists.get(change.document.checklist) for change in changes]
    contents = [
        text_bytes(change.article.uuid, change.document, checklist.digest if checklist else None)
        for change, checklist in zip(changes, pinned, strict=True)
    ]
    texts = Text.objects.stored(contents)
    numbers = _last_numbers(change.article for change in changes if not change.is_first)
    made = []
    for change, checklist, content in zip(changes, pinned, contents, strict=True):
        text = texts[content]
        if isinstance(text, TextErased):
            made.append(text)
            _begin_with_nothing(change.article)
            continue
        made.append(
            Revision(
                pk=change.article.begins_with,
                article=change.article,
                number=numbers.get(change.article.pk, 0) + 1,
                text=text,
                parent=change.parent,
                origin=change.origin,
                source_digest=change.document.source_digest if change.origin in SOURCED else "",
                import_run=change.import_run,
                checklist=checklist,
                person=change.by,
                title=change.document.title,
                summary=change.document.summary[:SUMMARY_LENGTH],
                facts=facts_of(change.document),
            )
        )
    pairs = [pair for pair in zip(changes, made, strict=True) if isinstance(pair[1], Revision)]
    bulk.insert(revision for _, revision in pairs)
    _add_hands(pairs)
    _point_to([(change, revision) for change, revision in pairs if change.article.begins_with is None])
    appearances.mark_latest(
        (change.article, change.document, revision.checklist, change.is_first)
        for change, revision in pairs
        if revision.origin != Revision.Origin.CANDIDATE
    )
    for change, revision in pairs:
        if revision.origin == Revision.Origin.CANDIDATE:
            change.article.candidate = revision
        else:
            change.article.latest_revision, change.article.begins_with = revision, None
    return made


def _begin_with_nothing(article):
    """Let a new article stand without the revision it was to begin with."""
    if article.begins_with is not None:
        type(article).objects.filter(pk=article.pk).update(latest_revision=None)
        article.begins_with = None


def _last_numbers(articles):
    """Return {article's id: number of its last revision}."""
    known = [article.pk for article in articles]
    if not known:
        return {}
    return dict(Revision.objects.filter(article__in=known).values_list("article").annotate(Max("number")))


def _add_hands(pairs):
    rows = []
    for change, revision in pairs:
        hands = set() if change.is_first else _hands_before(change, revision)
        if change.by and change.role:
            hands.add((change.by.pk, change.role))
        rows += [(revision.pk, person, role) for person, role in sorted(hands)]
    bulk.insert_values(Contributor, ("revision", "person", "role"), rows)


def _hands_before(change, revision):
    before = Q(revision__article=change.article, revision__text=revision.text_id)
    # A release that nobody else stands behind ends nothing: its authors would judge their own words later.
    if change.parent and not _others_stand_behind(change.article, change.parent):
        before |= Q(revision=change.parent)
    if change.also:
        before |= Q(revision=change.also)
    return set(Contributor.objects.filter(before).values_list("person_id", "role"))


def _others_stand_behind(article, revision):
    """Say whether readers see this revision now, as reviewed, by somebody who had no hand in it."""
    if not article.is_public or article.indexable_until is None:
        return False
    if article.current_release.revision_id != revision.pk:
        return False
    hands = {uuid for uuid, _ in revision.hands()}
    return any(approval["person"] not in hands for approval in article.standing)


def _point_to(pairs):
    """Let articles that were there point to their new revisions: those made last, since the articles are locked."""
    for field, revisions in (
        ("latest_revision", [one for _, one in pairs if one.origin != Revision.Origin.CANDIDATE]),
        ("candidate", [one for _, one in pairs if one.origin == Revision.Origin.CANDIDATE]),
    ):
        if not revisions:
            continue
        articles = type(pairs[0][0].article).objects.filter(pk__in=[one.article_id for one in revisions])
        last = Revision.objects.filter(article=OuterRef("pk")).order_by("-number").values("pk")[:1]
        articles.update(**{field: Subquery(last), "changed_at": timezone.now()})


def facts_of(document):
    """What lists and the queue print or match without reading the text."""
    facts = {
        "words": document.words,
        "flags": sorted(name for name, on in document.flags.items() if on),
        "tags": list(document.tags),
        "generator": document.generator,
        **{name: getattr(document, name) for name in LATER_FACTS},
        "difficulty": document.difficulty,
        "reading_time": document.reading_time,
        "lang": document.lang,
        "dir": document.dir,
        "entity_types": sorted({kind for _, kind in document.entities}),
    }
    return {name: value for name, value in facts.items() if value not in ("", None, [])}
