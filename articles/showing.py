"""On which pages readers see what: so a change clears these and no other (models.Purge).

What is named here is a page's address; its feeds or its source go with it (stored/rules.py).
"""

from django.urls import reverse

from articles.addresses import article_path
from articles.models.purge import EVERYTHING, Purge
from articles.models.similar import Similar
from articles.models.topics import ArticleTag, Checklist, ChecklistUse, Entity, Mention, Tag

# A change that shows on more pages than this clears all there are: to name them would cost more than to make them.
MOST_PAGES = 5_000


def of_articles(*articles):
    """Return the addresses of all pages that show one of these articles, or link to it, whatever their state."""
    ids = [article.pk for article in articles]
    tags = Tag.objects.filter(appearances__content_object__in=ids)
    entities = Entity.objects.filter(mentions__article__in=ids)
    checklists = Checklist.objects.filter(uses__article__in=ids)
    naming = Similar.objects.filter(other__article__in=ids).values_list("release__article__slug", flat=True)
    return {
        *(article.get_absolute_url() for article in articles),
        *_lists(),
        *(thing.get_absolute_url() for things in (tags, entities, checklists) for thing in things.distinct()),
        *map(article_path, naming),
    }


def of_thing(thing):
    """Return the addresses of all pages that show a tag or an entity: its own, those of its articles and beside it.

    None where there are too many to name; none where no article shows it.
    """
    appearance, field, owner = {
        Tag: (ArticleTag, "tag", "content_object"),
        Entity: (Mention, "entity", "article"),
    }[type(thing)]
    shown = appearance.objects.filter(**{field: thing}).shown()
    slugs = list(shown.values_list(f"{owner}__slug", flat=True)[: MOST_PAGES + 1])
    if len(slugs) > MOST_PAGES:
        return None
    if not slugs:
        return set()
    found = {thing.get_absolute_url(), *_lists(), *map(article_path, slugs)}
    if isinstance(thing, Entity):
        beside = Mention.objects.shown().filter(article__in=shown.values("article")).values("entity")
        found.update(other.get_absolute_url() for other in Entity.objects.filter(pk__in=beside))
    return found


def of_person(person):
    """Return the addresses of the pages that name a person as a reviewer, or None where there are too many to name."""
    from articles.models import Article

    slugs = list(
        Article.objects.public().reviewed_by(person).values_list("slug", flat=True)[: MOST_PAGES + 1]
    )
    return None if len(slugs) > MOST_PAGES else set(map(article_path, slugs))


def of_checklist(checklist):
    """Return the addresses of the pages that show what a checklist is called, or link to it."""
    used = ChecklistUse.objects.filter(checklist=checklist).shown()
    slugs = list(used.values_list("article__slug", flat=True)[: MOST_PAGES + 1])
    if len(slugs) > MOST_PAGES:
        return None
    return {checklist.get_absolute_url(), *map(article_path, slugs)} if slugs else set()


def changed(*paths, hard=False, make=()):
    """Have these sets of addresses cleared, once this transaction is in; one that is None stands for all pages."""
    named = [EVERYTHING] if None in paths else {path for some in paths for path in some}
    if named:
        Purge.objects.of(named, hard=hard, make=make)


def _lists():
    return reverse("articles:home"), reverse("articles:list")
