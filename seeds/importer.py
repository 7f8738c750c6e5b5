"""One import run: documents in, in batches, each fully in or not at all, safe to stop anywhere and to run again."""

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import batched

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from articles.document import Document, Problem, Refused, from_data, parse
from articles.models import ImportProblem, ImportRun
from reviews import checking, intake
from seeds.importers import Item, jsonl

# Small enough that a batch holds SQLite's write lock briefly, large enough that commits do not dominate.
BATCH = 100
# What is refused beyond this is still counted and printed; a million rows would help nobody mend a file.
MOST_STORED_PROBLEMS = 10_000

MOST_TOUCHED = 100  # slugs that a run keeps of public articles with a new draft

MOST_ATTEMPTS = 5
CHUNK = 1024 * 1024

COUNTS = ("read", "created", "updated", "unchanged", "rejected", "flagged")


@dataclass(slots=True)
class Tally:
    """What a run did so far."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    flagged: int = 0
    candidates: int = 0
    altered: int = 0
    seconds: float = 0.0
    touched_releases: list[str] = field(default_factory=list)

    def counts(self):
        """The numbers of the machine-readable summary."""
        counts = asdict(self)
        counts.pop("touched_releases")
        return counts | {"seconds": round(self.seconds, 3)}


@dataclass(slots=True)
class Prepared:
    """An item and the document in it, or why there is none that is taken."""

    item: Item
    document: Document | None = None
    problems: tuple[Problem, ...] = ()
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class First:
    """Where a source id stood first in what goes in together, and with which document."""

    file: str
    line: int
    digest: str


class Prefix:
    """The digest of what a file holds up to an offset, read once however often it is asked for."""

    def __init__(self, source):
        self.source = source
        self.digest, self.done, self.stream = hashlib.sha256(), 0, None

    def __enter__(self):
        if self.source.is_file:
            self.stream = self.source.path.open("rb")
        return self

    def __exit__(self, *error):
        if self.stream:
            self.stream.close()

    def up_to(self, offset):
        """Return the digest of the first `offset` bytes; empty for what is no file. Offsets only rise."""
        if self.stream is None:
            return ""
        while left := offset - self.done:
            piece = self.stream.read(min(left, CHUNK))
            if not piece:
                break  # the file has become shorter: then this is the digest of another file
            self.digest.update(piece)
            self.done += len(piece)
        return self.digest.hexdigest()


def document_in(item):
    """Return the document that an item holds. Raises Refused."""
    site = {"lang": settings.ARTICLE_LANG, "dir": settings.ARTICLE_DIR}
    return parse(item.raw, **site) if item.value is None else from_data(item.value, **site)


class Interrupted(Exception):
    """Somebody stopped this run, or another process went on with it. What is in stays in."""


class _DryRun(Exception):
    """Undoes a batch whose outcome is known."""


class Importer:
    """One run over one source. `report(line, problem)` is told of each refusal once it is settled.

    `run` is an ImportRun that was made before, such as an upload's: the Importer goes on where it stands, and keeps its
    counts and problems in it, of a dry run too; what becomes of it if this fails is for its owner to say. With
    `check_later`, the checks of what came in are left to the job that runs them.

    Sources that go in together share `first`, which remembers where each source id stood first: of two different
    documents with one source id, the second is refused, whichever file it is in.
    """

    def __init__(
        self,
        source,
        *,
        person=None,
        dry_run=False,
        run: ImportRun | None = None,
        check_later=False,
        first: dict[str, First] | None = None,
        report: Callable[[int, Problem], None],
    ):
        self.source = source
        self.dry_run = dry_run
        self.report = report
        self.tally = Tally()
        self.first = {} if first is None else first
        self.prefix = Prefix(source)
        self.stored_problems = 0
        self.check_later, self.is_ours = check_later, run is None
        self.run = run or ImportRun(
            source=source.name, format="jsonl", person=person, dry_run=dry_run, size=source.size
        )

    def go(self, *, resume=False, progress: Callable[[int, Tally], None] = lambda offset, tally: None):
        """Import everything and return the Tally. `progress` is told the offset and the tally after each batch.

        Raises Interrupted where the run was stopped or taken by another process.
        """
        if not self.is_ours:
            self._continue(self.run)
        elif resume and (unfinished := unfinished_run(self.source)):
            self._continue(unfinished)
        elif not self.dry_run:
            self.run.save()
        began = time.monotonic() - self.tally.seconds
        try:
            with self.source.open() as stream, self.prefix:
                for items in batched(self._ahead(jsonl.read(stream)), BATCH):
                    prepared = [self._prepared(item) for item in items]
                    self.tally.seconds = time.monotonic() - began
                    self._take_again_after_a_deadlock(prepared)
                    self.tally.seconds = time.monotonic() - began
                    progress(items[-1].end, self.tally)
        except BaseException:
            if self.is_ours and not self.dry_run:
                ImportRun.objects.filter(pk=self.run.pk).update(state=ImportRun.State.FAILED)
            raise
        if not self.tally.read:
            self.tally.rejected += 1
            self.report(1, Problem(path="", reason="There is no document in this file."))
        if not self.dry_run and not self.check_later:
            self.tally.flagged += checking.check_due(run=self.run)["flagged"]
        self.tally.seconds = time.monotonic() - began
        if self.run.pk:
            self._save(state=ImportRun.State.FINISHED, finished_at=timezone.now())
        return self.tally

    def _continue(self, run):
        self.run = run
        for name in COUNTS:
            setattr(self.tally, name, getattr(run, name))
        self.tally.seconds, self.tally.touched_releases = run.seconds, list(run.touched)

    def _ahead(self, items):
        """Pass on the items that are not in for good yet; of the others, remember which source ids they had."""
        for item in items:
            if item.end > self.run.offset:
                yield item
            elif not item.problem:
                with suppress(Refused):
                    self._first_of(document_in(item), item.line)

    def _first_of(self, document, line):
        """Return where this document's source id stood first."""
        here = First(self.source.name, line, document.source_digest)
        return self.first.setdefault(document.source_key, here)

    def _prepared(self, item):
        """Parse an item outside the transaction, which is then shorter: others wait for it on SQLite."""
        prepared = Prepared(item=item)
        if item.problem:
            prepared.problems = (item.problem,)
            return prepared
        try:
            prepared.document = document_in(item)
        except Refused as refused:
            prepared.problems = refused.problems
            return prepared
        first = self._first_of(prepared.document, item.line)
        if first.digest != prepared.document.source_digest:
            file = "this file" if first.file == self.source.name else first.file
            reason = (
                f"Line {first.line} of {file} has another document with this source id; one of them must go."
            )
            prepared.problems = (Problem(path="source_id", reason=reason),)
        prepared.is_repeated = (first.file, first.line) != (self.source.name, item.line)
        return prepared

    def _take_again_after_a_deadlock(self, batch):
        """Take a batch. Two imports of one source at once can wait for each other; the database ends one of them."""
        for attempt in range(MOST_ATTEMPTS):
            before, stored = replace(self.tally), self.stored_problems
            before.touched_releases = list(self.tally.touched_releases)
            try:
                return self._take(batch)
            except OperationalError:
                if attempt == MOST_ATTEMPTS - 1:
                    raise
                self.tally, self.stored_problems = before, stored

    def _take(self, batch):
        problems: list[ImportProblem] = []
        refused: list[tuple[int, Problem]] = []
        try:
            with transaction.atomic():
                documents = [one.document for one in batch if not one.problems]
                received = iter(intake.receive_many(documents, run=None if self.dry_run else self.run))
                for prepared in batch:
                    problems.extend(
                        self._one(prepared, None if prepared.problems else next(received), refused)
                    )
                if self.dry_run:
                    raise _DryRun
                self._keep(problems, batch)
        except _DryRun:
            if self.run.pk:
                with transaction.atomic():
                    self._keep(problems, batch)
        for line, problem in refused:
            self.report(line, problem)

    def _keep(self, problems, batch):
        """Keep what is known of a batch that is done."""
        room = max(0, MOST_STORED_PROBLEMS - self.stored_problems)
        self.stored_problems += len(ImportProblem.objects.bulk_create(problems[:room]))
        offset = batch[-1].item.end
        self._save(offset=offset, offset_digest=self.prefix.up_to(offset))

    def _one(self, prepared, received, refused):
        """Count what became of one item and yield the problems to keep of it."""
        self.tally.read += 1
        item, document = prepared.item, prepared.document
        found, source_id = prepared.problems, document.source_id if document else ""
        if received and received.reason:
            found = (Problem(path="", reason=received.reason),)
        if found:
            self.tally.rejected += 1
            for problem in found:
                refused.append((item.line, problem))
                yield self._problem(
                    item.line, ImportProblem.Kind.REFUSED, problem.path, problem.reason, source_id
                )
            return
        self._count(received, prepared)
        altered = (*item.altered, *document.altered)
        self.tally.altered += bool(altered)
        for alteration in altered:
            yield self._problem(
                item.line, ImportProblem.Kind.ALTERED, alteration.path, alteration.what, source_id
            )

    def _count(self, received, prepared):
        # A dry run forgets each batch, so that what comes twice would be new twice.
        outcome = "unchanged" if self.dry_run and prepared.is_repeated else received.outcome
        self.tally.candidates += outcome == "candidate"
        name = {"candidate": "updated"}.get(outcome, outcome)
        setattr(self.tally, name, getattr(self.tally, name) + 1)
        if outcome == "unchanged":
            return
        self.tally.flagged += received.is_flagged
        if received.article.is_public:
            self.tally.touched_releases.append(received.article.slug)

    def _problem(self, line, kind, path, reason, source_id=""):
        return ImportProblem(
            run=self.run,
            kind=kind,
            file=self.source.name,
            line=line,
            source_id=source_id,
            path=path,
            reason=reason,
        )

    def _save(self, **fields):
        for name in COUNTS:
            fields[name] = getattr(self.tally, name)
        fields |= {"seconds": self.tally.seconds, "touched": self.tally.touched_releases[:MOST_TOUCHED]}
        for name, value in fields.items():
            setattr(self.run, name, value)
        if not self.run.held().update(**fields):
            raise Interrupted


def unfinished_run(source):
    """Return the last run over this very file that did not finish, or None. What is in may not have changed since."""
    if not source.is_file:
        return None
    last = ImportRun.objects.filter(source=source.name, dry_run=False).order_by("-pk").first()
    if last is None or last.state == ImportRun.State.FINISHED:
        return None
    with Prefix(source) as prefix:
        return last if prefix.up_to(last.offset) == last.offset_digest else None
