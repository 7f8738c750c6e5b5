"""One import run: documents in, in batches, each fully in or not at all, safe to stop anywhere and to run again."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import chain, islice

from django.conf import settings
from django.db import connection
from django.utils import timezone

from articles import bulk
from articles.document import Problem
from articles.models import ImportRun
from reviews import checking
from seeds import crew, formats
from seeds.batches import COUNTS, Batch, Named, Prepared, Ruling, Tally
from seeds.compressed import Broken, Unpacked
from seeds.crew import Interrupted
from seeds.firsts import First, Firsts
from seeds.importers import Item
from seeds.sources import File, Prefix, Unreadable

# Large enough that commits do not dominate, small enough that a refused deadlock costs little: so many, or fewer where
# they are this long.
BATCH = 200
BATCH_BYTES = 4 * 1024 * 1024
# So many are taken before other processes help: they take half a second to start.
BATCHES_ALONE = 5
# SQLite has one writer at a time: a batch is as large as fits in so many seconds, so that the desk stays usable. Less
# than the fewest would be commits and little else.
SQLITE_SECONDS = 0.05
FEWEST = 5
# What is refused beyond this is still counted and printed; a million rows would help nobody mend a file.
MOST_STORED_PROBLEMS = 10_000
CHUNK = 1024 * 1024


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
        self.stored_problems = 0
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
        with self.source.held() as hold:
            self._begin(resume and not self.dry_run, hold.is_alone)
            hold.let_in()
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
                self.tally.flagged = self.run.flagged
            self.tally.seconds = time.monotonic() - began
            if self.run.pk:
                self._end()
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
        self.stored_problems = run.problems.count()

    def _go_through(self, began, progress):
        with (
            self.prefix,
            closing(self._batches()) as batches,
            closing(self._taken(batches, began)) as all_taken,
        ):
            for taken in all_taken:
                self.tally.add(taken.tally)
                self.stored_problems += taken.stored
                self.tally.seconds = time.monotonic() - began
                for file, line, problem in taken.refused:
                    self.report(file, line, problem)
                if taken.tally.read:  # what was in before is no news
                    progress(taken.end, self.tally)

    def _taken(self, batches, began):
        """Yield what became of each batch, in order: the first taken here, the others beside each other."""

        def rule(batch, seen):
            return Ruling(
                again=self._again(batch, seen),
                room=max(0, MOST_STORED_PROBLEMS - self.stored_problems),
                seconds=time.monotonic() - began,
                formats=", ".join(sorted(self.formats)),
            )

        # SQLite has one writer at a time; and nobody else sees what a transaction around this one has not committed.
        is_alone = connection.vendor == "sqlite" or settings.PROCESSES == 1 or connection.in_atomic_block
        ended = None
        for batch in batches if is_alone else islice(batches, BATCHES_ALONE):
            ruling = rule(batch, batch.look())
            bulk.let_others_write(ended)
            taken = batch.take(self.run, ruling, dry_run=self.dry_run)
            ended = time.monotonic()
            self._fit(len(batch.prepared), taken.seconds)
            yield taken
        if not is_alone and (following := next(batches, None)):
            batches = chain([following], batches)
            how = {"run": self.run, "dry_run": self.dry_run, "size": settings.PROCESSES}
            with closing(crew.take(batches, rule, **how)) as all_taken:
                yield from all_taken

    def _fit(self, size, seconds):
        """Let the next batch be as large as a transaction of SQLite may be, by how long the last one took."""
        if connection.vendor == "sqlite" and seconds:
            fitting = int(size * SQLITE_SECONDS / max(seconds, 0.001))
            # Growing slowly: the next documents may be longer ones.
            self.batch = max(min(fitting * 3 // 4, 2 * self.batch, BATCH), min(FEWEST, BATCH))

    def _batches(self):
        """Yield all batches; what is in for good as well, for the source ids in it."""
        spans, start = self._spans(), 0
        is_in, left = next(spans)
        prepared, size = [], 0
        for one in self._prepared_items():
            prepared.append(one)
            size += len(one.item.raw)
            left -= 1
            if left == 0 or len(prepared) >= self.batch or size >= BATCH_BYTES:
                yield self._batch(prepared, start, is_in)
                start += len(prepared)
                prepared, size = [], 0
            if left == 0:
                is_in, left = next(spans)
        if prepared:
            yield self._batch(prepared, start, is_in)

    def _batch(self, prepared, start, is_in):
        digest = self.prefix.up_to(prepared[-1].end)
        return Batch(prepared=prepared, start=start, digest=digest, is_in=is_in)

    def _spans(self):
        """Yield (whether they are in for good, how many) of items that follow each other; the last have no end."""
        before = 0
        for start, items in self.run.spans() if self.source.is_file else ():
            if start > before:
                yield False, start - before
            yield True, items
            before = start + items
        yield False, math.inf

    def _prepared_items(self):
        """Yield all items of all files."""
        before = 0  # bytes of the files that are done
        for file in self.source.files():
            length = 0
            try:
                with file.open() as (stream, start):
                    for item in self._items(file, stream, start):
                        yield Prepared(file.name, item, before + item.end)
                    length = _rest_of(stream)
            except Unreadable as unreadable:
                if not file.in_folder:
                    raise
                item = Item(line=1, end=0, problem=Problem(path="", reason=str(unreadable)))
                yield Prepared(file.name, item, before)
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

    def _again(self, batch, seen):
        """Return {place: problem or None} of the items whose source ids came before, in what goes in together."""
        again = {}
        for place, (prepared, known) in enumerate(zip(batch.prepared, seen, strict=True)):
            if known is None:
                continue
            source_key, digest = known
            here = First(prepared.file, prepared.item.line, digest)
            first = self.firsts.of(source_key, here)
            if first[:2] == here[:2]:
                continue
            again[place] = None
            if first.digest != digest:
                name = "this file" if first.file == prepared.file else first.file
                reason = f"Line {first.line} of {name} has another document with this source id; one of them must go."
                again[place] = Problem(path="source_id", reason=reason)
        return again

    def _end(self):
        """Say of a run that it came to its end. What is flagged is not for here: checks count there at any moment."""
        counts = {name: getattr(self.tally, name) for name in COUNTS if name != "flagged"}
        ended = {
            "state": ImportRun.State.FINISHED,
            "finished_at": timezone.now(),
            "heard_at": timezone.now(),
            "seconds": self.tally.seconds,
        }
        if not self.run.held().update(**counts, **ended):
            raise Interrupted


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
        if any(prefix.up_to(offset) != digest for offset, digest in last.marks()):
            return None
    return last if last.take_again() else None
