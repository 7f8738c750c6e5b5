"""One import run: documents in, in batches, each fully in or not at all, safe to stop anywhere and to run again."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import batched

from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from articles.document import Problem, Refused, parse
from articles.models import Article, ImportProblem, ImportRun
from reviews import intake
from reviews.errors import NotDone
from seeds.importers import jsonl

# Small enough that a batch holds SQLite's write lock briefly, large enough that commits do not dominate.
BATCH = 100
# What is refused beyond this is still counted and printed; a million rows would help nobody mend a file.
MOST_STORED_PROBLEMS = 10_000

MOST_ATTEMPTS = 5

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


class _DryRun(Exception):
    """Undoes a batch whose outcome is known."""


class Importer:
    """One run over one source. `report(line, problem)` is told of each refusal as it happens."""

    def __init__(self, source, *, person=None, dry_run=False, report: Callable[[int, Problem], None]):
        self.source = source
        self.dry_run = dry_run
        self.report = report
        self.tally = Tally()
        self.first_lines: dict[str, tuple[int, str]] = {}
        self.stored_problems = 0
        self.run = ImportRun(source=source.name, format="jsonl", person=person, dry_run=dry_run)

    def go(self, *, resume=False, progress: Callable[[int, Tally], None] = lambda offset, tally: None):
        """Import everything and return the Tally. `progress` is told the offset and the tally after each batch."""
        began = time.monotonic()
        if resume and (unfinished := unfinished_run(self.source)):
            self._continue(unfinished)
        elif not self.dry_run:
            self.run.save()
        try:
            with self.source.open() as stream:
                for items in batched(self._ahead(jsonl.read(stream)), BATCH):
                    self._take_again_after_a_deadlock(items)
                    self.tally.seconds = time.monotonic() - began
                    progress(items[-1].end, self.tally)
        except BaseException:
            if not self.dry_run:
                ImportRun.objects.filter(pk=self.run.pk).update(state=ImportRun.State.FAILED)
            raise
        if not self.tally.read:
            self._refuse(1, Problem(path="", reason="There is no document in this file."))
        self.tally.seconds = time.monotonic() - began
        if not self.dry_run:
            self._save(state=ImportRun.State.FINISHED, finished_at=timezone.now())
        return self.tally

    def _continue(self, run):
        self.run = run
        for name in COUNTS:
            setattr(self.tally, name, getattr(run, name))

    def _ahead(self, items):
        """Pass on the items that are not in for good yet; of the others, remember which source ids they had."""
        for item in items:
            if item.end > self.run.offset:
                yield item
            elif not item.problem:
                with suppress(Refused):
                    self._first_of(parse(item.raw), item.line)

    def _first_of(self, document, line):
        """Return (line, source digest) of the first document of this run with this document's source id."""
        return self.first_lines.setdefault(document.source_key, (line, document.source_digest))

    def _take_again_after_a_deadlock(self, items):
        """Take a batch. Two imports of one source at once can wait for each other; the database ends one of them."""
        for attempt in range(MOST_ATTEMPTS):
            before, known, stored = replace(self.tally), dict(self.first_lines), self.stored_problems
            try:
                return self._take(items)
            except OperationalError:
                if attempt == MOST_ATTEMPTS - 1:
                    raise
                self.tally, self.first_lines, self.stored_problems = before, known, stored

    def _take(self, items):
        problems = []
        try:
            with transaction.atomic():
                for item in items:
                    problems.extend(self._one(item))
                if self.dry_run:
                    raise _DryRun
                room = max(0, MOST_STORED_PROBLEMS - self.stored_problems)
                self.stored_problems += len(ImportProblem.objects.bulk_create(problems[:room]))
                self._save(offset=items[-1].end)
        except _DryRun:
            pass

    def _one(self, item):
        """Take one item in and yield the problems to keep of it."""
        self.tally.read += 1
        if item.problem:
            yield self._refuse(item.line, item.problem)
            return
        try:
            document = parse(item.raw, lang=settings.ARTICLE_LANG, dir=settings.ARTICLE_DIR)
        except Refused as refused:
            self.tally.rejected += 1
            for problem in refused.problems:
                self.report(item.line, problem)
                yield self._problem(item.line, ImportProblem.Kind.REFUSED, problem.path, problem.reason)
            return
        line, digest = self._first_of(document, item.line)
        if digest != document.source_digest:
            reason = (
                f"Line {line} of this file has another document with this source id; one of them must go."
            )
            yield self._refuse(item.line, Problem(path="source_id", reason=reason), document.source_id)
            return
        try:
            outcome, article = intake.receive(document, run=None if self.dry_run else self.run)
        except NotDone as refused:
            yield self._refuse(item.line, Problem(path="", reason=str(refused)), document.source_id)
            return
        self._count(outcome, article)
        self.tally.altered += bool(document.altered)
        for alteration in document.altered:
            yield self._problem(
                item.line, ImportProblem.Kind.ALTERED, alteration.path, alteration.what, document.source_id
            )

    def _count(self, outcome: str, article: Article):
        if outcome == "candidate":
            self.tally.candidates += 1
        name = {"candidate": "updated"}.get(outcome, outcome)
        setattr(self.tally, name, getattr(self.tally, name) + 1)
        if outcome == "unchanged":
            return
        revision = article.candidate if outcome == "candidate" else article.latest_revision
        self.tally.flagged += revision is not None and revision.requirements.exists()
        if article.is_public:
            self.tally.touched_releases.append(article.slug)

    def _refuse(self, line, problem, source_id=""):
        self.tally.rejected += 1
        self.report(line, problem)
        return self._problem(line, ImportProblem.Kind.REFUSED, problem.path, problem.reason, source_id)

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
        for name, value in fields.items():
            setattr(self.run, name, value)
        self.run.save(update_fields=list(fields))


def unfinished_run(source):
    """Return the last run over this very file that did not finish, or None."""
    if source.path is None:
        return None
    last = ImportRun.objects.filter(source=source.name, dry_run=False).order_by("-pk").first()
    if last is None or last.state == ImportRun.State.FINISHED or last.offset > source.size:
        return None
    return last
