"""What the desk costs while many reviews are open: taking the next item, the queue, and one seat's page."""

import uuid
from datetime import timedelta

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from articles.document import from_data
from articles.models import Article, Contributor, Person, Revision, User
from benchmarks.timing import database_ms, median_ms, tell
from reviews import intake
from reviews.models import Review
from reviews.rank import rank

BATCH = 5_000


def measure(sizes):
    ada = reviewer("ada")
    client = Client()
    client.force_login(ada.account)
    seen = []

    def look():
        assert client.get("/review/").status_code == 200

    for size in sizes:
        fill(size)
        analyse()
        taking, _ = database_ms(lambda: Review.objects.claim_next(by=ada), give_back)
        queue, queries = database_ms(look)
        wall = median_ms(look)
        seen.append(taking)
        tell(f"take the next item of {size:,}", f"{taking:.2f} ms", "database; bar: 5 ms")
        tell(
            f"queue page of {size:,}", f"{queue:.1f} ms", f"database, {queries} queries; {wall:.0f} ms in all"
        )
    tell("the same with many as with few", f"{seen[1] / seen[0]:.2f}", "bar: 1.5")
    mine = own_first(ada, sizes[0])
    taking, _ = database_ms(lambda: Review.objects.claim_next(by=ada), give_back)
    tell(f"take the next item where the first {mine:,} are not theirs", f"{taking:.2f} ms", "bar: 5 ms")


def reviewer(name):
    user = User.objects.create_user(name, password=uuid.uuid4().hex)
    user.groups.set(Group.objects.filter(name="Reviewers"))
    return Person.objects.of(user)


def give_back(review):
    review.give_back(by=review.claimed_by, token=review.claim_token)


def fill(size):
    """Bring the open reviews up to `size`, all of texts like the first, one article each."""
    data = {"source_id": "first", "title": "A draft that waits", "body": "Some words.\n\n" * 20}
    flagged = data | {"meta": {"flags": {"needs_human_review": True}}}
    _, first = intake.receive(from_data(flagged))
    first.refresh_from_db()
    revision = first.latest_revision
    there = Review.objects.count()
    now = timezone.now()
    for start in range(there, size, BATCH):
        numbers = range(start, min(start + BATCH, size))
        with transaction.atomic():
            articles = Article.objects.bulk_create(
                Article(slug=f"n-{number}", source_id=f"n-{number}", source_key=f"n-{number}")
                for number in numbers
            )
            revisions = Revision.objects.bulk_create(
                Revision(article=article, number=1, text=revision.text, origin="import", title=article.slug)
                for article in articles
            )
            Review.objects.bulk_create(
                Review(
                    article=article,
                    revision=one,
                    digest=revision.digest,
                    seat=1,
                    reasons=["document"],
                    rank=rank(["document"], public=False, opened_at=opened_at),
                    opened_at=opened_at,
                )
                for number, article, one in zip(numbers, articles, revisions, strict=True)
                for opened_at in [now - timedelta(seconds=30 * number)]
            )


def own_first(person, count):
    """Give this person a hand in the `count` texts that come first."""
    first = Review.objects.open().in_order().values_list("revision", flat=True)[:count]
    Contributor.objects.bulk_create(
        [Contributor(revision_id=pk, person=person, role="edited") for pk in first], batch_size=BATCH
    )
    analyse()
    return count


def analyse():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
