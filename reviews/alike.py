"""Find all like this: texts that hold a phrase, or in which a check found the very same, in a batch or everywhere.

Texts are stored deflated, so they are read, some thousand a page, and the page says how far it came.
"""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from articles.models import Article, Revision, Text
from articles.models.search import said
from reviews.models import Batch, Decision, Finding, Review
from reviews.models.sample import SOURCES, batch_of

PAGE_SIZE = 100
CHUNK = 200
# So many texts are read for one page: some seconds of a small machine.
MOST_READ = 5_000
LONGEST = {
    "phrase": 500,
    "code": 40,
    "message": 2_000,
    "place": 300,
    "generator": 2_000,
    "batch": 200,
    "run": 18,
    "exact": 1,
}


def folded(text):
    """Return a text as phrases are looked for: without case, each white space a space."""
    return " ".join(text.casefold().split())


def scope_of(batch):
    """Return the part of a query string that narrows a search to a batch, and to nothing beside it; empty for none."""
    kind, _, name = batch.name.partition(" ")
    said = {"generator": batch.generator, kind: name, "exact": "1"} if name else {}
    return urlencode({key: value for key, value in said.items() if value})


@dataclass(frozen=True, slots=True)
class Match:
    """A text that was found: what readers see, or what an article says last; and what stands in its way or for it."""

    revision: Revision
    is_shown: bool
    waits: bool = False
    approvals: list = field(default_factory=list)
    refusals: list = field(default_factory=list)

    @property
    def state(self):
        parts = [
            f"public, version {self.revision.article.current_release.version}" if self.is_shown else "draft"
        ]
        parts += ["waits for review"] if self.waits else []
        if n := len(self.approvals):
            parts.append(f"{n} approval{'s' if n > 1 else ''}")
        parts += ["sent back or rejected"] if self.refusals else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Page:
    """What was found, how many texts were read for it, and the article to go on after; 0 where all are read."""

    matches: list
    read: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What an address asks to find. Whatever a query string holds makes one.

    `exact` asks for one batch as its sample counts it, by the text that the source sent: a batch that names no
    generator is then none of another's, and a run none of the batches that came in with it.
    """

    phrase: str = ""
    code: str = ""
    message: str = ""
    place: str = ""
    generator: str = ""
    batch: str = ""
    run: str = ""
    exact: str = ""
    after: int = 0

    @classmethod
    def of(cls, query):
        """Read a query string's fields; what makes no sense is left out."""
        # PostgreSQL takes no NUL, and no text has one.
        given = {name: query.get(name, "").replace("\0", "").strip()[:most] for name, most in LONGEST.items()}
        given["run"] = given["run"] if given["run"].isascii() and given["run"].isdigit() else ""
        given["exact"] = "1" if given["exact"] == "1" else ""
        after = query.get("after", "")
        return cls(
            **given, after=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
        )

    @property
    def is_something(self):
        """A phrase, a finding, a batch or a run: everything there is, is not asked for."""
        return bool(folded(self.phrase) or self.message or self.batch or self.run)

    def address(self, **more):
        """Return the address of the page that finds this, from its top."""
        said = {name: getattr(self, name) for name in LONGEST} | more
        return (
            reverse("reviews:find") + "?" + urlencode({name: value for name, value in said.items() if value})
        )

    @property
    def only_batch(self):
        """The Batch that is asked for exactly, or None."""
        if not self.exact or not (self.batch or self.run):
            return None
        return Batch(self.generator, f"batch {self.batch}" if self.batch else f"run {self.run}")

    def articles(self):
        """Return the articles in which it is looked for, in the order of their ids."""
        articles = Article.objects.filter(archived_at=None, latest_revision__isnull=False, pk__gt=self.after)
        articles = articles.select_related("latest_revision", "current_release__revision").order_by("pk")
        if self.only_batch:
            sent = Revision.objects.filter(article=OuterRef("pk"), origin__in=SOURCES)
            named = {"facts__batch": self.batch} if self.batch else {"import_run": int(self.run)}
            return articles.filter(Exists(sent.filter(**named)))
        if self.run:
            came = Revision.objects.filter(import_run=int(self.run))
            articles = articles.filter(pk__in=came.order_by().values("article"))
        for name in ("generator", "batch"):
            if value := getattr(self, name):
                articles = articles.filter(
                    Q(**{f"latest_revision__facts__{name}__iexact": value})
                    | Q(**{f"current_release__revision__facts__{name}__iexact": value})
                )
        return articles

    def page(self, person):
        """Return one Page of what is found, as far as `person` may know how it was judged (P5)."""
        found, read, after = [], 0, self.after
        rest = self.articles()
        while read < MOST_READ:
            articles = list(rest.filter(pk__gt=after)[:CHUNK])
            if not articles:
                return Page(judged(found, person), read, 0)
            hits = self._in(articles)
            for article in articles:
                matches = [match for match in texts_of(article) if match.revision.pk in hits]
                if len(found) + len(matches) > PAGE_SIZE:
                    return Page(judged(found, person), read, after)
                found += matches
                read += len(texts_of(article))
                after = article.pk
        return Page(judged(found, person), read, after)

    def _in(self, articles):
        """Return the ids of those revisions of these articles that hold what is sought."""
        revisions = [match.revision for article in articles for match in texts_of(article)]
        only = self.only_batch
        hits = {revision.pk for revision in revisions if only is None or batch_of(revision) == only}
        if self.message:
            findings = Finding.objects.filter(run__revision__in=hits, message=self.message)
            for name in ("code", "place"):
                if value := getattr(self, name):
                    findings = findings.filter(**{name: value})
            hits = set(findings.values_list("run__revision", flat=True))
        if wanted := folded(self.phrase):
            texts = Text.objects.in_bulk([one.digest for one in revisions if one.pk in hits])
            hits = {
                one.pk
                for one in revisions
                if one.pk in hits
                and (text := texts[one.digest]).data is not None
                and any(wanted in folded(value) for value in said(text.document.data))
            }
        return hits


def texts_of(article):
    """Return what an article has to be judged: what readers see, and what it says last."""
    latest, shown = article.latest_revision, article.current_release if article.is_public else None
    found = [Match(shown.revision, is_shown=True)] if shown else []
    if not shown or shown.revision_id != latest.pk:
        found.append(Match(latest, is_shown=False))
    for match in found:
        match.revision.article = article
    return found


def judged(matches, person):
    """Return these matches with how they stand: two queries for all."""
    digests = {match.revision.digest for match in matches}
    waiting = set(Review.objects.open().filter(digest__in=digests).values_list("article", "digest"))
    standing = {}
    verdicts = Decision.objects.standing().filter(digest__in=digests).visible_to(person)
    for decision in verdicts.select_related("person").order_by("pk"):
        standing.setdefault((decision.article_id, decision.digest), []).append(decision)
    found = []
    for match in matches:
        key = (match.revision.article_id, match.revision.digest)
        decisions = standing.get(key, [])
        found.append(
            Match(
                match.revision,
                match.is_shown,
                waits=key in waiting,
                approvals=[one for one in decisions if one.verdict == Decision.Verdict.APPROVE],
                refusals=[one for one in decisions if one.verdict != Decision.Verdict.APPROVE],
            )
        )
    return found


def chosen(ids, person):
    """Return the matches with these revisions' ids, as they stand now; what moved on meanwhile is left out."""
    revisions = Revision.objects.filter(pk__in=ids).values("article")
    articles = Article.objects.filter(pk__in=revisions, archived_at=None)
    articles = articles.select_related("latest_revision", "current_release__revision").order_by("pk")
    found = [match for article in articles for match in texts_of(article) if match.revision.pk in set(ids)]
    return judged(found, person)
