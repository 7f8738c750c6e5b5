"""What the figures for leads cost, for 30 days of a year in which as many seats were decided as were open before.

Every second of the open ones is closed without a decision, so that half of the decided texts wait for nobody.
"""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from articles import guards
from articles.models import Person, Revision
from benchmarks.desk import BATCH, analyse
from benchmarks.timing import database_ms, median_ms, tell
from reviews import checks
from reviews.figures import FIGURES, Period
from reviews.guards import GUARDS
from reviews.models import CheckRun, Decision, Finding, LedgerEntry, LedgerHead, Review

PEOPLE = 12
ANSWERS = [{"id": f"q{number}", "text": f"Is it right, {number}?", "answer": "pass"} for number in range(5)]
VERDICTS = ["approve", "approve", "approve", "request_changes", "approve", "approve", "approve", "reject"]


def measure(size):
    decide(size)
    analyse()
    period, lead = Period.latest(), Person.objects.first()
    for name, figure in FIGURES.items():

        def find(figure=figure):
            return figure.find(period, lead)

        spent, queries = database_ms(find)
        tell(
            f"figures: {name}",
            f"{spent:.0f} ms",
            f"database, {queries} queries; {median_ms(find):.0f} ms in all; bar: 1,000 ms",
        )


def decide(size):
    """Store `size` decided seats of a year over the texts that are there, every fifth of them a second one.

    A scratch database may be filled past its guards and its ledger; nothing that is measured reads either.
    """
    people = Person.objects.bulk_create(Person(name=f"Reviewer {number}") for number in range(PEOPLE))
    revisions = list(Revision.objects.order_by("pk")[: size - size // 5])
    texts = (revisions + revisions)[:size]
    now, year, seq = timezone.now(), timedelta(days=365), LedgerHead.objects.get().seq
    guards.drop(connection, GUARDS)
    for start in range(0, size, BATCH):
        numbers = range(start, min(start + BATCH, size))
        # In no order of time, so that what is measured is spread over the tables, as after years it is.
        times = [now - year * ((number * 7919) % size) / size for number in numbers]
        with transaction.atomic():
            reviews = Review.objects.bulk_create(
                Review(
                    article_id=texts[number].article_id,
                    revision=texts[number],
                    digest=texts[number].digest,
                    seat=1,
                    state=verdict_of(number, len(revisions)),
                    reasons=["document"],
                    rank=0,
                    opened_at=at - timedelta(minutes=number % 9000),
                    claimed_at=at - timedelta(seconds=number % 1800),
                    closed_at=at,
                )
                for number, at in zip(numbers, times, strict=True)
            )
            entries = LedgerEntry.objects.bulk_create(
                LedgerEntry(
                    seq=seq + 1 + number,
                    kind="decision",
                    previous=f"p{number}",
                    payload=b"",
                    hash=f"h{number}",
                )
                for number in numbers
            )
            found = findings_of(numbers, revisions)
            Decision.objects.bulk_create(
                Decision(
                    review=review,
                    article_id=review.article_id,
                    revision_id=review.revision_id,
                    digest=review.digest,
                    verdict=review.state,
                    person=people[(number + number // len(revisions)) % PEOPLE],
                    answers=answers_for(review),
                    shown={
                        "findings": [found[number].pk] if number in found else [],
                        "words": 900,
                        "new_words": number % 900,
                        "folded": [f"{number + block:016x}" for block in range(20)],
                    },
                    decided_at=at,
                    ledger_seq=entry,
                )
                for number, review, entry, at in zip(numbers, reviews, entries, times, strict=True)
            )
    guards.install(connection, GUARDS)
    every_second = Review.objects.open().annotate(odd=F("article") % 2).filter(odd=1)
    every_second.update(state=Review.State.SUPERSEDED, closed_at=F("opened_at") + timedelta(days=1))


def answers_for(review):
    failed = 0 if review.state == "approve" else 1 + review.pk % 2
    return [*({**answer, "answer": "fail"} for answer in ANSWERS[:failed]), *ANSWERS[failed:]]


def verdict_of(number, texts):
    """Return how a seat was decided; every second one of the second seats otherwise than the first of its text."""
    return VERDICTS[(number + number // texts * (number % 2)) % 8]


def findings_of(numbers, revisions):
    """Store a blocking finding for each text that is sent back the first time, and return them by number."""
    back = [
        number
        for number in numbers
        if number < len(revisions) and verdict_of(number, len(revisions)) != "approve"
    ]
    texts = [revisions[number] for number in back]
    # What was measured before may have had them checked already.
    CheckRun.objects.bulk_create(
        (CheckRun(revision=text, version=checks.VERSION) for text in texts), ignore_conflicts=True
    )
    runs = {
        run.revision_id: run for run in CheckRun.objects.filter(revision__in=texts, version=checks.VERSION)
    }
    stored = Finding.objects.bulk_create(
        Finding(
            run=runs[text.pk], number=1, code=f"check-{number % 9}", severity="blocking", message="Something."
        )
        for number, text in zip(back, texts, strict=True)
    )
    return dict(zip(back, stored, strict=True))
