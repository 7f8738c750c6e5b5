"""The checks of what came in with many others: they run behind the import, a batch at a time.

Nothing is released before they ran. What they object to is sent to review then, and a seat that is open already and
that nobody has taken yet gets its place in the queue anew. Texts are looked at in processes beside this one, where
there are many (articles/processes.py); this one alone asks and writes.
"""

import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction

from articles import bulk
from articles.models import Article, ImportRun, LookAlike, Revision, StaffWords, Text
from articles.processes import each
from articles.signatures import Written
from reviews import checks, intake, lookalikes
from reviews.models import CheckRun, Due, Finding

# Long enough that queries are few; on SQLite, short enough that its write lock is held for some hundredths of a second.
BATCH, SQLITE_BATCH = 100, 50
# So many batches are looked at here before processes are started for the rest: as long as it takes to start them.
HERE = 5
# Whoever opens a text at this moment checks it, too, and then the batch is taken again without it.
MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be said of a document without the database: see `checks.look`, Written, and StaffWords.line_of."""

    noticed: list
    written: Written
    line: str


def check_due(*, run=None):
    """Check all that waits for it, and return {"checked": how many, "flagged": how many}.

    `run` narrows it to what one import run brought. Safe to stop anywhere, to run again, and to run twice at once.
    """
    counts = {"checked": 0, "flagged": 0}
    for done in batches(run=run):
        counts = {name: count + done[name] for name, count in counts.items()}
    return counts


def batches(*, run=None):
    """Check all that waits for it, as `check_due`, and yield its counts behind each small transaction."""
    is_more, ended = True, None
    while is_more:
        is_more = False
        with closing(each(look, _waiting(run), here=HERE)) as looked:
            for texts, seen in looked:
                is_more = True  # there may be more behind it by then
                bulk.let_others_write(ended)
                checked, flagged = _settle_beside_others(texts, seen)
                ended = time.monotonic()
                yield {"checked": checked, "flagged": flagged}


def _waiting(run):
    """Yield {revision's id: its text's bytes, None where they are erased} of what waits, a batch at a time."""
    waiting = Due.objects.all() if run is None else Due.objects.of_run(run)
    waiting = waiting.order_by("pk").values_list("pk", "revision__text__data")
    size = min(BATCH, SQLITE_BATCH) if connection.vendor == "sqlite" else BATCH
    after = 0
    while batch := dict(waiting.filter(pk__gt=after)[:size]):
        after = max(batch)
        yield {pk: None if data is None else bytes(data) for pk, data in batch.items()}


def look(texts):
    """Return {revision's id: Seen} of those of these texts that are not erased. Asks no database."""
    return {pk: _seen(Text(data=data).document) for pk, data in texts.items() if data is not None}


def _seen(document):
    written = Written.of(document.body)
    _ = written.sketch  # made now, and kept
    return Seen(checks.look(document), written, StaffWords.line_of(document))


def _settle_beside_others(texts, seen):
    for attempt in range(MOST_ATTEMPTS):
        try:
            return _settle(texts, seen)
        except IntegrityError:
            if attempt == MOST_ATTEMPTS - 1:
                raise


def _settle(texts, seen):
    """Keep what was seen in these texts; return how many were still due, and how many are sent to review for it."""
    with transaction.atomic():
        articles = Article.objects.filter(pk__in=Revision.objects.filter(pk__any_of=texts).values("article"))
        articles = {article.pk: article for article in articles.order_by("pk").select_for_update()}
        # Another process may have checked some of them meanwhile, or somebody opened one, which checks it too.
        left = list(Due.objects.filter(pk__any_of=texts).values_list("pk", flat=True))
        revisions = list(Revision.objects.filter(pk__any_of=left).order_by("pk"))
        for revision in revisions:
            revision.article = articles[revision.article_id]
        # What was erased while its text was looked at leaves nothing behind that would tell of it.
        erased = Text.objects.filter(pk__any_of={one.text_id for one in revisions}, data=None)
        erased = set(erased.values_list("pk", flat=True))
        there = [one for one in revisions if one.text_id not in erased]
        done = CheckRun.objects.filter(revision__any_of=[one.pk for one in there], version=checks.VERSION)
        done = set(done.values_list("revision", flat=True))
        findings = checks.store(
            checks.settled({one: seen[one.pk].noticed for one in there if one.pk not in done})
        )
        findings |= {one: list(Finding.objects.of(one, checks.VERSION)) for one in there if one.pk in done}
        Due.objects.filter(pk__any_of=left).delete()
        latest = [one for one in there if one.pk == one.article.latest_revision_id]
        alike = lookalikes.keep({one: seen[one.pk].written for one in there})
        StaffWords.objects.keep({one: seen[one.pk].line for one in latest})
        for revision in latest:
            revision.text = Text(pk=revision.text_id, data=texts[revision.pk])
        blocking = {one: [found for found in findings[one] if found.is_blocking] for one in latest}
        asked = intake.ask(
            {one: found for one, found in blocking.items() if found}
        )  # holds the ledger from here
        asked |= intake.sample(latest)
        # Signatures may have been made anew before these checks ran.
        known = LookAlike.objects.filter(revision__any_of=[one.pk for one in asked]).alike()
        alike |= set(known.values_list("revision", flat=True))
        flagged = Counter(one.import_run_id for one in asked)
        came_in = {one.import_run_id for one in revisions if one.import_run_id}
        ImportRun.objects.note_checks({run: flagged[run] for run in came_in})
    lookalikes.file(alike)
    return len(left), len(asked)
