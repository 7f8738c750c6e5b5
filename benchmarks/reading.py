"""How much of each draft is new to whoever reviews: drafts of the synthesizer, approved in the order of the queue."""

import statistics
from itertools import batched

from django.contrib.auth.models import Group
from django.db import connection

from articles.document import from_data
from articles.models import Person, User
from benchmarks.timing import tell
from reviews import checking, checks, folding, intake
from reviews.models import Finding, Requirement, Review
from seeds.synthesizer import Shares, synthesized

DRAFTS = 2_000
EVERY = 200
BATCH = 100


def measure(count=DRAFTS):
    """Import drafts that all ask for a review, decide them one after the other, and tell the share of new words."""
    shares = Shares(review=1, fault=0, duplicate=0.02)
    for documents in batched(synthesized(count, seed=1, shares=shares), BATCH):
        intake.receive_many([from_data(document) for document, _ in documents])
    checking.check_due()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself, a little later
    account, _ = User.objects.get_or_create(username="reader")
    account.groups.set(Group.objects.filter(name="Reviewers"))
    person = Person.objects.of(account)
    curve = []
    while seat := Review.objects.claim_next(by=person):
        curve.append(folding.new_words([seat], person)[seat.digest])
        approve(seat, person)
    for first in range(0, len(curve), EVERY):
        part = curve[first : first + EVERY]
        new, words = (sum(column) for column in zip(*part, strict=True))
        middle = statistics.median(one / every for one, every in part)
        tell(
            f"new words, drafts {first + 1:,} to {first + len(part):,}",
            f"{new / words:.0%}",
            f"median {middle:.0%}",
        )
    new, words = (sum(column) for column in zip(*curve, strict=True))
    tell(f"new words of {words:,} in {len(curve):,} drafts", f"{new / words:.0%}")
    tell("new words of the very first draft", f"{curve[0][0] / curve[0][1]:.0%}")


def approve(seat, person):
    questions = Requirement.objects.strictest(seat).questions
    blocking = Finding.objects.of(seat.revision, checks.VERSION).blocking()
    seat.decide(
        "approve",
        by=person,
        token=seat.claim_token,
        seen=seat.digest,
        answers=[
            {"id": question["id"], "text": question["text"], "answer": "pass", "note": ""}
            for question in questions
        ],
        overruled={finding.pk: "It is as it should be." for finding in blocking},
    )
