"""A batch of an import: looked at first, then taken, fully in or not at all; in this process or in one beside it."""

import json
import time
from dataclasses import asdict, dataclass, field, fields

from django.conf import settings
from django.db import OperationalError, transaction

from articles.document import Document, Problem, Refused, from_data, parse
from articles.models import Article, ImportProblem
from articles.models.intake import MOST_TOUCHED
from reviews import intake
from reviews.models import Decision
from seeds import old_addresses
from seeds.crew import Interrupted
from seeds.importers import Item

# Two batches at once can wait for each other, and the database then ends one of them.
MOST_ATTEMPTS = 5
COUNTS = ("read", "created", "updated", "unchanged", "rejected", "flagged")


class _DryRun(Exception):
    """Undoes a batch whose outcome is known."""


@dataclass(frozen=True, slots=True)
class Named:
    """How many articles, and the slugs of the first of them: a million names would help nobody."""

    count: int = 0
    slugs: tuple[str, ...] = ()

    def __add__(self, other):
        return Named(self.count + other.count, (self.slugs + other.slugs)[:MOST_TOUCHED])

    @classmethod
    def of(cls, *slugs):
        return cls(len(slugs), slugs[:MOST_TOUCHED])


@dataclass(slots=True)
class Tally:
    """What a run, or a batch of it, did so far."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    flagged: int = 0
    candidates: int = 0
    altered: int = 0
    seconds: float = 0.0
    touched_releases: Named = Named()
    touched_approvals: Named = Named()  # of a dry run only

    def add(self, other):
        """Count what `other` counted as well."""
        for name in (one.name for one in fields(self)):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def counts(self):
        """The numbers of the machine-readable summary."""
        counts = asdict(self)
        del counts["touched_releases"], counts["touched_approvals"]
        return counts | {"seconds": round(self.seconds, 3)}


@dataclass(slots=True)
class Prepared:
    """An item and the document in it, or why there is none that is taken. `end` counts over all files of a source."""

    file: str
    item: Item
    end: int
    document: Document | None = None
    problems: tuple[Problem, ...] = ()
    is_repeated: bool = False


@dataclass(slots=True, kw_only=True)
class Ruling:
    """What only who sees all batches can say of one: it is theirs to ask for, in the order of the batches.

    `again` holds, by their places in the batch, the items whose source ids came before: with the problem of those that
    come with another document, or None. `room` is how many problems may be stored yet.
    """

    again: dict[int, Problem | None]
    room: int
    seconds: float
    formats: str


@dataclass(slots=True)
class Taken:
    """What became of a batch."""

    end: int
    tally: Tally = field(default_factory=Tally)
    refused: list[tuple[str, int, Problem]] = field(default_factory=list)  # (file, line, problem)
    stored: int = 0  # problems
    seconds: float = 0.0  # of its transaction


@dataclass(slots=True, kw_only=True)
class Batch:
    """Items that stand next to each other in a source, behind `start` others.

    `digest` is that of the source up to their end. What `is_in` since an earlier run is only looked at.
    """

    prepared: list[Prepared]
    start: int
    digest: str
    is_in: bool

    @property
    def end(self):
        return self.prepared[-1].end

    def look(self):
        """Read the documents, and return (source key, digest) of each item; None for one that is refused.

        Asks no database.
        """
        for one in self.prepared:
            try:
                one.problems = (one.item.problem,) if one.item.problem else ()
                one.document = None if one.problems else document_in(one.item)
            except Refused as refused:
                one.problems = refused.problems
        return [
            None if one.problems else (one.document.source_key, one.document.source_digest)
            for one in self.prepared
        ]

    def take(self, run, ruling, *, dry_run):
        """Take in what was looked at, keep in `run` that it is in, and return what became of it as a Taken.

        Raises Interrupted where `run` is somebody else's by now, and OperationalError.
        """
        for place, problem in ruling.again.items():
            self.prepared[place].is_repeated = True
            self.prepared[place].problems = (problem,) if problem else ()
        if self.is_in:
            return Taken(self.end)
        for attempt in range(MOST_ATTEMPTS):
            try:
                return self._taken(run, ruling, dry_run)
            except OperationalError:
                if attempt == MOST_ATTEMPTS - 1:
                    raise

    def _taken(self, run, ruling, dry_run):
        taken, problems = Taken(self.end), []
        try:
            with transaction.atomic():
                began = time.monotonic()  # SQLite has given the lock by now
                received = intake.receive_many(
                    [one.document for one in self.prepared if not one.problems],
                    run=None if dry_run else run,
                )
                addresses = self._keep_addresses(received)
                if dry_run:
                    taken.tally.touched_approvals = Named.of(*_with_approvals(received))
                left = iter(received)
                for prepared in self.prepared:
                    one = None if prepared.problems else next(left)
                    problems.extend(_outcome(prepared, one, addresses, taken, run, dry_run))
                if dry_run:
                    raise _DryRun
                self._keep(run, ruling, problems, taken)
        except _DryRun:
            if run.pk:
                with transaction.atomic():
                    self._keep(run, ruling, problems, taken)
        taken.seconds = time.monotonic() - began
        return taken

    def _keep(self, run, ruling, problems, taken):
        """Keep what is known of a batch that is done."""
        taken.stored = len(ImportProblem.objects.bulk_create(problems[: ruling.room]))
        is_ours = run.advance(
            start=self.start,
            offset=self.end,
            digest=self.digest,
            counts={name: getattr(taken.tally, name) for name in COUNTS},
            touched=taken.tally.touched_releases.slugs,
            seconds=ruling.seconds,
            format=ruling.formats,
        )
        if not is_ours:
            raise Interrupted

    def _keep_addresses(self, received):
        """Keep the old addresses of what came in, and return {(source key, path): why it does not lead there}."""
        documents = [one for one in self.prepared if not one.problems]
        wanted = {
            one.document.source_key: one.item.redirects
            for one, got in zip(documents, received, strict=True)
            if one.item.redirects and not got.reason
        }
        if not wanted:
            return {}
        articles = {article.pk: article for article in Article.objects.filter(source_key__in=wanted)}
        pairs = [
            (article, path)
            for article in sorted(articles.values(), key=lambda article: article.source_key)
            for path in wanted[article.source_key]
        ]
        refused = old_addresses.keep(pairs)
        return {(articles[pk].source_key, path): reason for (pk, path), reason in refused.items()}


def document_in(item):
    """Return the document that an item holds. Raises Refused."""
    site = {"lang": settings.ARTICLE_LANG, "dir": settings.ARTICLE_DIR}
    return parse(item.raw, **site) if item.value is None else from_data(item.value, **site)


def text_of(item):
    """Return an item as text that every database takes, to be mended and sent again; empty where it is too long."""
    if item.value is not None:
        return json.dumps(item.value, default=str)
    return item.raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00").strip()


def _with_approvals(received):
    """Return the slugs of articles with approvals that these documents would change."""
    changed = [one.article for one in received if one.outcome in ("updated", "candidate")]
    approved = Decision.objects.standing().filter(article__in=changed, verdict=Decision.Verdict.APPROVE)
    return list(approved.order_by().values_list("article__slug", flat=True).distinct())


def _outcome(prepared, received, addresses, taken, run, dry_run):
    """Count in `taken` what became of one item, and yield the problems to keep of it."""
    taken.tally.read += 1
    item, document = prepared.item, prepared.document
    found = prepared.problems
    if received and received.reason:
        found = (Problem(path="", reason=received.reason),)
    if found:
        taken.tally.rejected += 1
        taken.refused.extend((prepared.file, item.line, problem) for problem in found)
        reasons = [(problem.path, problem.reason) for problem in found]
        yield from _problems(prepared, ImportProblem.Kind.REFUSED, reasons, run)
        return
    _count(received, prepared, taken.tally, dry_run)
    altered = [(one.path, one.what) for one in (*item.altered, *document.altered)]
    for path in item.redirects:
        if reason := addresses.get((document.source_key, path)):
            altered.append(("", f"The old address {path}: {reason}"))
    taken.tally.altered += bool(altered)
    yield from _problems(prepared, ImportProblem.Kind.ALTERED, altered, run)


def _count(received, prepared, tally, dry_run):
    # A dry run forgets each batch, so that what comes twice would be new twice.
    outcome = "unchanged" if dry_run and prepared.is_repeated else received.outcome
    tally.candidates += outcome == "candidate"
    name = {"candidate": "updated"}.get(outcome, outcome)
    setattr(tally, name, getattr(tally, name) + 1)
    if outcome == "unchanged":
        return
    tally.flagged += received.is_flagged
    if received.article.is_public:
        tally.touched_releases += Named.of(received.article.slug)


def _problems(prepared, kind, reasons, run):
    """Yield the problems of one item; the first has the item itself."""
    document = prepared.document
    for number, (path, reason) in enumerate(reasons):
        yield ImportProblem(
            run=run,
            kind=kind,
            file=prepared.file,
            line=prepared.item.line,
            source_id=document.source_id if document else "",
            path=path,
            reason=reason,
            document="" if number else text_of(prepared.item),
        )
