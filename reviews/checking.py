"""The checks of what came in with many others: they run behind the import, a batch at a time.

Nothing is released before they ran. What they object to is sent to review then, and a seat that is open already and
that nobody has taken yet gets its place in the queue anew.
"""

import time
from collections import Counter

from django.db import IntegrityError, transaction

from articles import bulk
from articles.models import Article, ImportRun, Revision, StaffWords, Text
from articles.signatures import Written
from reviews import checks, intake, lookalikes
from reviews.models import CheckRun, Due, Finding, Requirement

# Long enough that queries are few, short enough that SQLite's write lock is held for some hundredths of a second.
BATCH = 50
# Whoever opens a text at this moment checks it, too, and then the batch is taken again without it.
MOST_ATTEMPTS = 5


def check_due(*, run=None, most=None):
    """Check what waits for it, at most `most` revisions, and return {"checked": how many, "flagged": how many}.

    `run` narrows it to what one import run brought. Safe to stop anywhere, to run again, and to run twice at once.
    """
    counts, ended = {"checked": 0, "flagged": 0}, None
    waiting = Due.objects.all() if run is None else Due.objects.of_run(run)
    while most is None or counts["checked"] < most:
        size = BATCH if most is None else min(BATCH, most - counts["checked"])
        due = list(waiting.order_by("pk").values_list("pk", flat=True)[:size])
        if not due:
            break
        bulk.let_others_write(ended)
        checked, flagged = _check_beside_others(due)
        counts["checked"] += checked
        counts["flagged"] += flagged
        ended = time.monotonic()
    return counts


def _check_beside_others(due):
    for attempt in range(MOST_ATTEMPTS):
        try:
            return _check(due)
        except IntegrityError:
            if attempt == MOST_ATTEMPTS - 1:
                raise


def _check(due):
    """Check these revisions; return how many were still due, and how many of them are sent to review for it."""
    revisions = list(Revision.objects.filter(pk__in=due).select_related("text", "article").order_by("pk"))
    documents = {revision: revision.document for revision in revisions if revision.text.data is not None}
    # Outside the transaction, which is short then: others wait for it on SQLite.
    noticed = {
        revision: checks.notice(document, checks.facts_about(revision.article))
        for revision, document in documents.items()
    }
    written = {revision: Written.of(document.body) for revision, document in documents.items()}
    for text in written.values():
        _ = text.sketch  # made now, too, and kept
    lines = {revision: StaffWords.line_of(document) for revision, document in documents.items()}
    with transaction.atomic():
        articles = {
            article.pk: article
            for article in Article.objects.filter(pk__in={revision.article_id for revision in revisions})
            .order_by("pk")
            .select_for_update()
        }
        # Another process may have checked some of them meanwhile, or somebody opened one, which checks it too.
        left = set(Due.objects.filter(pk__in=due).values_list("pk", flat=True))
        done = CheckRun.objects.filter(revision__in=left, version=checks.VERSION)
        done = set(done.values_list("revision", flat=True))
        # What was erased while its text was looked at leaves nothing behind that would tell of it.
        texts = Text.objects.filter(pk__in={revision.text_id for revision in documents})
        erased = set(texts.filter(data=None).values_list("pk", flat=True))
        there = [one for one in documents if one.pk in left and one.text_id not in erased]
        findings = checks.store({one: noticed[one] for one in there if one.pk not in done})
        findings |= {one: list(Finding.objects.of(one, checks.VERSION)) for one in there if one.pk in done}
        Due.objects.filter(pk__in=left).delete()
        latest = [one for one in there if one.pk == articles[one.article_id].latest_revision_id]
        flagged = Counter()
        for revision, found in findings.items():
            blocking = [finding for finding in found if finding.is_blocking]
            article = articles[revision.article_id]
            if blocking and revision.pk == article.latest_revision_id:
                flagged[revision.import_run_id] += _ask(revision, article, blocking)
        alike = lookalikes.keep({revision: written[revision] for revision in there})
        StaffWords.objects.keep({one: lines[one] for one in latest})
        for revision in intake.sample([(one, articles[one.article_id], documents[one]) for one in latest]):
            flagged[revision.import_run_id] += 1
        came_in = {one.import_run_id for one in revisions if one.pk in left and one.import_run_id}
        ImportRun.objects.note_checks({run: flagged[run] for run in came_in})
    lookalikes.file(alike)
    return len(left), flagged.total()


def _ask(revision, article, blocking):
    """Send a revision to review for what its checks found; return whether that was not asked before."""
    was_asked = Requirement.objects.of_text(revision).exists()
    intake.require([(revision, article, [intake.reason_of(blocking)])])
    intake.rank_anew(revision)
    intake.open_seats(revision, article)
    return not was_asked
