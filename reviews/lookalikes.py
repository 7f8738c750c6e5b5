"""Look-alikes: found when a text is checked, shown where somebody judges it, and given as the reason of a rejection."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse

from articles.models import Article, LookAlike, Revision, Signature, Text
from articles.signatures import Written
from reviews.errors import Incomplete
from reviews.models import Decision, Facet, Review

MOST_SHOWN = 3
# As checks: few queries, and SQLite's write lock held for some hundredths of a second.
BATCH = 50


def keep(written):
    """Keep the signatures of these revisions, {revision: Written}, and return the revisions that look like another.

    The caller holds the locks of the articles. Again changes nothing.
    """
    found = Signature.objects.keep(written)
    alike = {revision.pk for revision, pairs in found.items() if any(pair.is_alike for pair in pairs)}
    return alike | {pair.other_id for pairs in found.values() for pair in pairs if pair.is_alike}


def file(alike):
    """Let the open seats of these revisions be found in the queue as looking like another text.

    In a transaction of its own behind that which found them: these are seats of other articles, too, whose decisions
    wait for the ledger that it holds.
    """
    if alike:
        Facet.objects.file_alike(Review.objects.open().filter(revision__in=alike).order_by("pk"))


def show(revision):
    """Let a text that readers see again be found by what looks like it, though newer ones of its article came since.

    The caller holds the article's lock.
    """
    if not Signature.objects.filter(revision=revision, is_listed=False).exists():
        return
    alike = keep({revision: Written.of(revision.document.body)})
    # Seats of articles nobody has locked here: behind the commit, when the ledger is free again.
    transaction.on_commit(lambda: file(alike))


def rebuild():
    """Yield how many revisions have got a signature of today's format, a batch at a time. Safe to stop and run again.

    Only what is latest, public or a candidate is looked for, so only that gets one.
    """
    after = 0
    while True:
        revisions = list(_without_signature().filter(pk__gt=after).order_by("pk")[:BATCH])
        if not revisions:
            return
        after = revisions[-1].pk
        written = {revision: Written.of(revision.document.body) for revision in revisions}
        with transaction.atomic():
            articles = {revision.article_id for revision in revisions}
            list(Article.objects.filter(pk__in=articles).order_by("pk").select_for_update().values("pk"))
            gone = Text.objects.filter(pk__in={one.text_id for one in written}, data=None).values_list(
                "pk", flat=True
            )
            gone = set(gone)
            alike = keep({one: text for one, text in written.items() if one.text_id not in gone})
        file(alike)
        yield len(revisions)


def _without_signature():
    article = Article.objects.filter(pk=OuterRef("article"))
    looked_for = [
        Exists(article.filter(**{name: OuterRef("pk")}))
        for name in ("latest_revision", "candidate", "current_release__revision")
    ]
    there = Signature.objects.listed().filter(revision=OuterRef("pk"))
    revisions = Revision.objects.exclude(text__data=None).with_text()
    return revisions.filter(looked_for[0] | looked_for[1] | looked_for[2], ~Exists(there))


def look_alikes(revision):
    """Return up to MOST_SHOWN look-alikes of a revision for a page, the most alike first. One query."""
    if revision.text.data is None:
        return []
    seats = Review.objects.open().filter(article=OuterRef("other__article"))
    last = (
        Decision.objects.standing()
        .filter(article=OuterRef("other__article"), digest=OuterRef("other__text"))
        .order_by("-pk")
        .values("verdict")[:1]
    )
    pairs = (
        LookAlike.objects.filter(revision=revision)
        .alike()
        .now()
        .exclude(other__title="")
        .select_related("other__article__current_release")
        .annotate(waits=Exists(seats), verdict=Subquery(last))
        .closest()[: 2 * MOST_SHOWN]  # an article may stand here with its latest and with its public text
    )
    articles = {}
    for pair in pairs:
        articles.setdefault(pair.other.article_id, pair)
    return [_told(pair) for pair in list(articles.values())[:MOST_SHOWN]]


def _told(pair):
    return {
        "revision": pair.other_id,
        "article": pair.other.article_id,
        "percent": pair.percent,
        "title": pair.other.title,
        "number": pair.other.number,
        "lang": pair.other.facts.get("lang", ""),
        "state": _state(pair),
        "compare_url": compare_url(pair.other_id, pair.revision_id),
    }


def _state(pair):
    """Return where the other text stands, in words.

    While a seat is open nobody learns here how another was decided (blind seats, P5).
    """
    article = pair.other.article
    if article.archived_at:
        return "archived"
    if article.is_public:
        version = article.current_release.version
        if article.current_release.revision_id == pair.other_id:
            return f"released, version {version}"
        return f"newer draft of what is released, version {version}"
    if pair.waits:
        return "in review"
    if pair.verdict:
        return Decision.Verdict(pair.verdict).label
    return "withdrawn" if article.current_release_id else "draft"


def compare_url(old, new):
    """Return where the desk shows the difference between two revisions, by their ids."""
    return reverse("reviews:compare-any", args=[old, new])


def shown(pairs):
    """Return what a sealed page keeps of the look-alikes on it."""
    return [[pair["revision"], pair["percent"]] for pair in pairs]


def original_of(chosen, shown):
    """Return what a decision keeps of the look-alike a text is a duplicate of, one of those its page showed.

    Raises Incomplete where the page showed no such look-alike.
    """
    percent = next((percent for pk, percent in shown or [] if str(pk) == str(chosen)), None)
    other = percent and Revision.objects.filter(pk=chosen).select_related("article").first()
    if not other:
        raise Incomplete("This page showed no such look-alike. Nothing was decided: choose again.")
    return {
        "id": other.pk,
        "article": str(other.article.uuid),
        "revision": other.number,
        "digest": other.digest,
        "percent": percent,
    }
