"""One import run: documents in, in batches, each fully in or not at all, safe to stop anywhere and to run again."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import islice

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from articles.document import Document, Problem, Refused, from_data, parse
from articles.models import Article, ImportProblem, ImportRun
from reviews import checking, intake
from reviews.models import Decision
from seeds import formats, old_addresses
from seeds.compressed import Broken, Unpacked
from seeds.firsts import First, Firsts
from seeds.importers import Item
from seeds.sources import File, Prefix, Unreadable

# Large enough that commits do not dominate, small enough that a refused deadlock costs little.
BATCH = 200
# SQLite has one writer at a time: a batch is as large as fits in so many seconds, so that the desk stays usable. Less
# than the fewest would be commits and little else.
SQLITE_SECONDS = 0.05
FEWEST = 5
# What is refused beyond this is still counted and printed; a million rows would help nobody mend a file.
MOST_STORED_PROBLEMS = 10_000

MOST_TOUCHED = 100  # slugs that a run keeps of public articles with a new draft

MOST_ATTEMPTS = 5
CHUNK = 1024 * 1024
COUNTS = ("read", "created", "updated", "unchanged", "rejected", "flagged")


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
    touched_releases: Named = Named()
    touched_approvals: Named = Named()  # of a dry run only

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


def document_in(item):
    """Return the document that an item holds. Raises Refused."""
    site = {"lang": settings.ARTICLE_LANG, "dir": settings.ARTICLE_DIR}
    return parse(item.raw, **site) if item.value is None else from_data(item.value, **site)


class Interrupted(Exception):
    """Somebody stopped this run, or another process went on with it. What is in stays in."""


class _DryRun(Exception):
    """Undoes a batch whose outcome is known."""


class Importer:
    """One run over one source. `report(file, line, problem)` is told of each refusal once it is settled.

    `run` is an ImportRun that was made before, such as an upload's: the Importer goes on where it stands, and keeps its
    counts and problems in it, of a dry run too; what becomes of it if this fails is for its owner to say. With
    `check_later`, the checks of what came in are left to the job that runs them.

    Sources that go in together share `firsts`, which remembers where each source id stood first: of two different
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
        firsts: Firsts | None = None,
        report: Callable[[str, int, Problem], None],
    ):
        self.source = source
        self.dry_run = dry_run
        self.report = report
        self.tally = Tally()
        self.firsts = firsts or Firsts()
        self.prefix = Prefix(source)
        self.stored_problems = self.noted = 0
        self.formats: set[str] = set()
        self.batch = min(FEWEST, BATCH) if connection.vendor == "sqlite" else BATCH
        self.check_later, self.is_ours = check_later, run is None
        self.run = run or ImportRun(
            source=source.name, format=source.format, person=person, dry_run=dry_run, size=source.size
        )

    def go(self, *, resume=False, progress: Callable[[int, Tally], None] = lambda offset, tally: None):
        """Import everything and return the Tally. `progress` is told the offset and the tally after each batch.

        With `resume`, a run of this very source that did not come to its end goes on where it was. Raises Interrupted
        where the run was stopped or taken by another process.
        """
        with self.source.held() as is_alone:
            self._begin(resume and not self.dry_run, is_alone)
            began = time.monotonic() - self.tally.seconds
            try:
                self._go_through(began, progress)
            except Interrupted:
                raise
            except BaseException:
                if self.is_ours and not self.dry_run:
                    self.run.held().update(state=ImportRun.State.FAILED)
                raise
            if not self.tally.read:
                self.tally.rejected += 1
                self.report(
                    self.source.name, 1, Problem(path="", reason="There is no document in this file.")
                )
            if not self.dry_run and not self.check_later:
                checking.check_due(run=self.run)
                self.run.refresh_from_db(fields=["flagged"])
                self.tally.flagged = self.noted = self.run.flagged
            self.tally.seconds = time.monotonic() - began
            if self.run.pk:
                self._save(state=ImportRun.State.FINISHED, finished_at=timezone.now())
        return self.tally

    def _begin(self, resume, is_alone):
        if not self.is_ours:
            self._continue(self.run)
        elif resume and (
            unfinished := unfinished_run(self.source, is_alone=is_alone, person=self.run.person)
        ):
            self._continue(unfinished)
        elif not self.dry_run:
            self.run.save()

    def _continue(self, run):
        self.run = run
        for name in COUNTS:
            setattr(self.tally, name, getattr(run, name))
        self.tally.seconds, self.tally.touched_releases = run.seconds, Named.of(*run.touched)
        self.noted = run.flagged
        self.stored_problems = run.problems.count()

    def _go_through(self, began, progress):
        with self.prefix:
            items = self._ahead(self._prepared_items())
            while prepared := list(islice(items, self.batch)):
                self.tally.seconds = time.monotonic() - began
                self._take_again_after_a_deadlock(prepared)
                self.tally.seconds = time.monotonic() - began
                progress(prepared[-1].end, self.tally)

    def _ahead(self, prepared):
        """Pass on what is not in for good yet. What is was looked at as well, for the source ids in it."""
        return islice(prepared, self.run.read if self.source.is_file else 0, None)

    def _prepared_items(self):
        """Yield all items of all files, looked at outside the transactions, which are then shorter."""
        before = 0  # bytes of the files that are done
        for file in self.source.files():
            length = 0
            try:
                with file.open() as (stream, start):
                    for item in self._items(file, stream, start):
                        yield self._prepared(file, item, before + item.end)
                    length = _rest_of(stream)
            except Unreadable as unreadable:
                if not file.in_folder:
                    raise
                item = Item(line=1, end=0, problem=Problem(path="", reason=str(unreadable)))
                yield self._prepared(file, item, before)
            before += length

    def _items(self, file: File, stream, start) -> Iterator[Item]:
        format = formats.named(self.source.format) or formats.chosen(
            file.inside, start, in_folder=file.in_folder
        )
        self.formats.add(format.NAME)
        last = Item(line=0, end=0)
        try:
            for last in format.read(stream, name=file.inside):
                yield last
        except Broken as broken:
            yield Item(line=last.line + 1, end=last.end, problem=Problem(path="", reason=str(broken)))

    def _prepared(self, file, item, end):
        prepared = Prepared(file=file.name, item=item, end=end)
        if item.problem:
            prepared.problems = (item.problem,)
            return prepared
        try:
            prepared.document = document_in(item)
        except Refused as refused:
            prepared.problems = refused.problems
            return prepared
        here = First(file.name, item.line, prepared.document.source_digest)
        first = self.firsts.of(prepared.document.source_key, here)
        if first.digest != here.digest:
            name = "this file" if first.file == file.name else first.file
            reason = (
                f"Line {first.line} of {name} has another document with this source id; one of them must go."
            )
            prepared.problems = (Problem(path="source_id", reason=reason),)
        prepared.is_repeated = first[:2] != here[:2]
        return prepared

    def _take_again_after_a_deadlock(self, batch):
        """Take a batch. Two imports of one source at once can wait for each other; the database ends one of them."""
        for attempt in range(MOST_ATTEMPTS):
            before, stored, noted = replace(self.tally), self.stored_problems, self.noted
            try:
                return self._take(batch)
            except OperationalError:
                if attempt == MOST_ATTEMPTS - 1:
                    raise
                self.tally, self.stored_problems, self.noted = before, stored, noted

    def _take(self, batch):
        problems: list[ImportProblem] = []
        refused: list[tuple[str, int, Problem]] = []
        began = None
        try:
            with transaction.atomic():
                began = time.monotonic()  # SQLite has given the lock by now
                documents = [one.document for one in batch if not one.problems]
                received = intake.receive_many(documents, run=None if self.dry_run else self.run)
                addresses = self._keep_addresses(batch, received)
                if self.dry_run:
                    self._note_approvals(received)
                left = iter(received)
                for prepared in batch:
                    one = None if prepared.problems else next(left)
                    problems.extend(self._one(prepared, one, addresses, refused))
                if self.dry_run:
                    raise _DryRun
                self._keep(problems, batch)
        except _DryRun:
            if self.run.pk:
                with transaction.atomic():
                    self._keep(problems, batch)
        if connection.vendor == "sqlite":
            fitting = int(len(batch) * SQLITE_SECONDS / max(time.monotonic() - began, 0.001))
            # Growing slowly: the next documents may be longer ones.
            self.batch = max(min(fitting * 3 // 4, 2 * self.batch, BATCH), min(FEWEST, BATCH))
        for file, line, problem in refused:
            self.report(file, line, problem)

    def _keep_addresses(self, batch, received):
        """Keep the old addresses of what came in, and return {(source key, path): why it does not lead there}."""
        taken = [one for one in batch if not one.problems]
        wanted = {
            one.document.source_key: one.item.redirects
            for one, got in zip(taken, received, strict=True)
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

    def _note_approvals(self, received):
        """Note which articles with approvals these documents would change."""
        changed = [one.article for one in received if one.outcome in ("updated", "candidate")]
        approved = Decision.objects.standing().filter(article__in=changed, verdict=Decision.Verdict.APPROVE)
        slugs = approved.order_by().values_list("article__slug", flat=True).distinct()
        self.tally.touched_approvals += Named.of(*slugs)

    def _keep(self, problems, batch):
        """Keep what is known of a batch that is done."""
        room = max(0, MOST_STORED_PROBLEMS - self.stored_problems)
        self.stored_problems += len(ImportProblem.objects.bulk_create(problems[:room]))
        offset = batch[-1].end
        self._save(offset=offset, offset_digest=self.prefix.up_to(offset))

    def _one(self, prepared, received, addresses, refused):
        """Count what became of one item and yield the problems to keep of it."""
        self.tally.read += 1
        item, document = prepared.item, prepared.document
        found = prepared.problems
        if received and received.reason:
            found = (Problem(path="", reason=received.reason),)
        if found:
            self.tally.rejected += 1
            refused.extend((prepared.file, item.line, problem) for problem in found)
            reasons = [(problem.path, problem.reason) for problem in found]
            yield from self._problems(prepared, ImportProblem.Kind.REFUSED, reasons)
            return
        self._count(received, prepared)
        altered = [(one.path, one.what) for one in (*item.altered, *document.altered)]
        for path in item.redirects:
            if reason := addresses.get((document.source_key, path)):
                altered.append(("", f"The old address {path}: {reason}"))
        self.tally.altered += bool(altered)
        yield from self._problems(prepared, ImportProblem.Kind.ALTERED, altered)

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
            self.tally.touched_releases += Named.of(received.article.slug)

    def _problems(self, prepared, kind, reasons):
        """Yield the problems of one item; the first has the item itself."""
        document = prepared.document
        for number, (path, reason) in enumerate(reasons):
            yield ImportProblem(
                run=self.run,
                kind=kind,
                file=prepared.file,
                line=prepared.item.line,
                source_id=document.source_id if document else "",
                path=path,
                reason=reason,
                document="" if number else text_of(prepared.item),
            )

    def _save(self, **fields):
        for name in COUNTS:
            fields[name] = getattr(self.tally, name)
        fields |= {"seconds": self.tally.seconds, "touched": list(self.tally.touched_releases.slugs)}
        fields |= {"heard_at": timezone.now(), "tries": 0}
        if self.formats:
            fields["format"] = ", ".join(sorted(self.formats))
        for name, value in fields.items():
            setattr(self.run, name, value)
        # Checks count what they send to review there as well, maybe at this moment.
        flagged = F("flagged") + self.tally.flagged - self.noted
        if not self.run.held().update(**fields | {"flagged": flagged}):
            raise Interrupted
        self.noted = self.tally.flagged


def text_of(item):
    """Return an item as text that every database takes, to be mended and sent again; empty where it is too long."""
    if item.value is not None:
        return json.dumps(item.value, default=str)
    return item.raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00").strip()


def _rest_of(stream):
    """Return how long a stream is, unpacked, whatever of it was read; 0 where that cannot be told."""
    try:
        if not isinstance(getattr(stream, "raw", None), Unpacked):
            return stream.seek(0, 2)
        with suppress(Broken):
            while stream.read1(CHUNK):
                pass
        return stream.raw.given
    except OSError:
        return 0


def unfinished_run(source, *, is_alone, person=None):
    """Take the last run of `person` over this very source that did not come to its end, and return it, or None.

    Whose import it is says who may judge what it brings, so nobody goes on with another's. What is in may not have
    changed since. `is_alone`: no other process of this machine reads it now, so that a run that is running by its own
    word was killed. Uploads are their job's.
    """
    if not source.is_file:
        return None
    runs = ImportRun.objects.filter(source=source.name, dry_run=False, upload="", said="", person=person)
    last = runs.order_by("-pk").first()
    takes = (ImportRun.State.FAILED, ImportRun.State.RUNNING) if is_alone else (ImportRun.State.FAILED,)
    if last is None or last.state not in takes:
        return None
    with Prefix(source) as prefix:
        if last.offset and prefix.up_to(last.offset) != last.offset_digest:
            return None
    return last if last.take_again() else None
