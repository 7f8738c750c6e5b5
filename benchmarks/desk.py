"""What the desk costs while many reviews are open: taking the next item, the queue and its filters, one seat's page."""

import multiprocessing
import time
import uuid
from datetime import timedelta
from itertools import batched, islice
from urllib.parse import urlencode

from django.contrib.auth.models import Group
from django.db import connection, connections, transaction
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from articles.document import from_data
from articles.models import Article, Contributor, Person, Revision, User
from benchmarks.texts import text
from benchmarks.timing import database_ms, median_ms, tell
from reviews import checks, intake
from reviews.models import CheckRun, Decision, Review, Skip, Thread
from reviews.models.leap import written
from reviews.queue import NARROWED, SHOWN, SORTS, STATES, Asked, page, take_next
from reviews.rank import rank

BATCH = 5_000
# What each open seat is filed under, as SQL over its id: some words are on every seat, some on one of ten thousand.
FACETS = {
    "reason": "'reason:' || CASE WHEN id % 10000 = 0 THEN 'flagged' ELSE 'document' END",
    "tag": "'tag:t' || (id % 500)",
    "entity": "'entity:tool/e' || (id % 20000)",
    "generator": "'generator:g' || (id / 300000)",
    "model": "'model:m' || (id % 3)",
    "prompt": "'prompt:p' || (id / 1000)",
    "batch": "'batch:b' || (id / 20000)",
    "alike": "CASE WHEN id % 50 = 0 THEN 'alike:yes' ELSE 'alike:no' END",
    "run": "'run:' || (id / 10000)",
    "label": "'label:l' || (id % 100000)",
}
# What a list is narrowed to, of what the desk can narrow: where it leaves much, and where it leaves little.
VALUES = {
    "label": ["l5"],
    "alike": ["yes"],
    "batch": ["b0"],
    "prompt": ["p5"],
    "run": ["0"],
    "entity": ["tool/e5"],
    "tag": ["t7"],
    "model": ["m1"],
    "generator": ["g0"],
    "reason": ["document", "flagged"],
}
# Each filter alone: a new one of the desk is measured, or fails here for want of a value.
FILTERS = [
    {},
    *({"show": show} for show in SHOWN if show != "all"),
    *({"state": state} for state in STATES),
    *({kind: value} for kind in NARROWED for value in VALUES[kind]),
    *({"sort": sort} for sort in SORTS if sort != "rank"),
]
# So many seats are held, kept, put off and skipped, and so many were closed each way, before the filters are measured.
SOME = 2_000
VERDICTS = 600
TENTH = 10
PROCESSES, CLAIMS = 8, 2_000


def measure(sizes):
    ada = reviewer("ada")
    client = Client()
    client.force_login(ada.account)
    look_at_a_seat(client, ada)
    seen = []
    for size in sizes:
        fill(size)
        analyse()
        taking, _ = database_ms(lambda: take_next(ada, Asked()), give_back)
        seen.append(taking)
        tell(f"take the next item of {size:,}", f"{taking:.2f} ms", "database; bar: 5 ms")
    tell("the same with many as with few", f"{seen[1] / seen[0]:.2f}", "bar: 1.5")
    mine = own_first(ada, max(sizes) // 10)
    for asked, named in (
        (Asked(), "the same"),
        (Asked(narrowed={"reason": "document"}), "the next of one reason,"),
        (Asked(sort="due"), "the next by due date,"),
        (Asked(sort="oldest"), "what waits longest,"),
    ):
        taking, _ = database_ms(lambda asked=asked: take_next(ada, asked), give_back)
        tell(f"{named} where the first {mine:,} are not theirs", f"{taking:.2f} ms", "database; bar: 5 ms")
    live(ada)
    for asked in FILTERS:
        look_at(client, ada, asked)
    if connection.vendor == "postgresql":
        claim_together()


def look_at_a_seat(client, person):
    """Tell what the page of a long draft costs: 3,000 words, 20 findings, 30 comments, held by who looks at it."""
    ben = reviewer("ben")
    links = "\n\n".join(f"See [number {number}](#nowhere-{number})." for number in range(20))
    body = f"{text(3_000 * 6, 3)}\n\n{links}\n"
    data = {"source_id": "long", "title": "A long draft", "body": body}
    _, article = intake.receive(from_data(data | {"meta": {"flags": {"needs_human_review": True}}}))
    [seat] = Review.objects.filter(article=article)
    for number in range(10):
        thread = Thread.objects.start(seat.revision, f"Is this so? {number}", by=ben)
        thread.answer("It is.", by=person, revision=seat.revision)
        thread.resolve("Good.", by=ben, revision=seat.revision)
    held = seat.claim(by=person)
    path = f"/review/{seat.pk}/"
    spent, queries = database_ms(lambda: client.get(path))
    wall = median_ms(lambda: client.get(path))
    give_back(held)
    tell(
        "a seat's page: 3,000 words, 20 findings, 30 comments",
        f"{wall:.0f} ms",
        f"{queries} queries, {spent:.0f} ms of it database; bars: 150 ms, 12 queries",
    )


def look_at(client, person, asked):
    """Tell what the first and the tenth page of one filter cost, with everything the page asks for."""
    path = f"/review/?{urlencode(asked)}"
    first, queries = database_ms(lambda: client.get(path))
    for _ in range(TENTH - 1):
        place = Asked.of(QueryDict(path.partition("?")[2]))
        _, last = page(person, place)
        path = place.address(after=last) if last else path
    tenth, _ = database_ms(lambda: client.get(path))
    wall = median_ms(lambda: client.get(path))
    tell(
        f"queue, {urlencode(asked) or 'all'}: first page, tenth page",
        f"{first:.0f}, {tenth:.0f} ms",
        f"database, {queries} queries; {wall:.0f} ms in all; bars: 50 ms, 8 queries",
    )


def claim_together():
    """Have processes claim seats and close them, one after the other, and tell how fast, how many twice or lost."""
    people = [reviewer(f"worker{number}").pk for number in range(PROCESSES)]
    connections.close_all()
    began = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
        claimed = [pk for some in pool.map(_claim_many, people) for pk in some]
    took = time.perf_counter() - began
    doubles = len(claimed) - len(set(claimed))
    closed = Review.objects.filter(pk__in=claimed, state=Review.State.MOOT).count()
    tell(
        f"{PROCESSES} processes, {CLAIMS:,} claims each",
        f"{len(claimed) / took:,.0f} a second",
        f"{doubles} twice, {PROCESSES * CLAIMS - closed} lost; bars: 0, 0",
    )


def _claim_many(person):
    person = Person.objects.get(pk=person)
    claimed = []
    for _ in range(CLAIMS):
        if review := Review.objects.claim_next(by=person):
            claimed.append(review.pk)
            Review.objects.filter(pk=review.pk, claim_token=review.claim_token).close(Review.State.MOOT)
    return claimed


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
    last = Review.objects.order_by("-pk").first().pk
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
            CheckRun.objects.bulk_create(CheckRun(revision=one, version=checks.VERSION) for one in revisions)
            Review.objects.bulk_create(
                Review(
                    article=article,
                    revision=one,
                    digest=revision.digest,
                    seat=1,
                    reasons=["document"],
                    rank=rank(["document"], public=False, opened_at=opened_at),
                    opened_at=opened_at,
                    due_at=now + timedelta(days=30 - number % 40) if number % 3 else None,
                )
                for number, article, one in zip(numbers, articles, revisions, strict=True)
                for opened_at in [now - timedelta(seconds=30 * number)]
            )
    with connection.cursor() as cursor:
        for key in FACETS.values():
            cursor.execute(
                "INSERT INTO reviews_facet (review_id, key, rank) "
                f"SELECT id, {key.replace('%', '%%')}, rank FROM reviews_review WHERE id > %s",
                [last],
            )


def own_first(person, count):
    """Give this person a hand in the `count` texts that come first, as intake writes it down."""
    first = list(Review.objects.open().in_order().values_list("pk", "revision")[:count])
    Contributor.objects.bulk_create(
        [Contributor(revision_id=pk, person=person, role="edited") for _, pk in first], batch_size=BATCH
    )
    for some in batched(first, BATCH):
        Review.objects.filter(pk__in=[pk for pk, _ in some]).update(barred=written([person.pk]))
    analyse()
    return count


def live(person):
    """Hold, keep, put off, skip and close seats from all over the queue, as a team does in a fortnight."""
    colleagues = [reviewer(f"colleague{number}") for number in range(20)]
    now = timezone.now()
    every = Review.objects.count() // (7 * SOME)
    pks = iter(list(Review.objects.open().order_by("pk").values_list("pk", flat=True)[:: max(every, 1)]))

    def some(count):
        return Review.objects.filter(pk__in=list(islice(pks, count)))

    for seat in some(SOME):
        Review.objects.filter(pk=seat.pk).update(
            claimed_by=colleagues[seat.pk % 20],
            claim_token=uuid.uuid4(),
            claimed_until=now + timedelta(hours=9),
        )
    some(SOME // 10).update(reserved_for=person, reserved_until=now + timedelta(days=2))
    some(SOME).update(deferred_until=now + timedelta(days=7))
    Skip.objects.bulk_create(
        Skip(
            person=colleagues[seat.pk % 20],
            review=seat,
            reason="not my field",
            at=now - timedelta(days=seat.pk % 20),
        )
        for seat in some(2 * SOME)
    )
    for state in (Review.State.SUPERSEDED, Review.State.MOOT):
        some(SOME // 2).close(state)
    for verdict in Decision.Verdict.values[:3]:
        for seat in some(VERDICTS):
            claimed = seat.claim(by=colleagues[0])
            claimed.decide(
                verdict, by=colleagues[0], token=claimed.claim_token, seen=claimed.digest, note="It is."
            )
    for _ in range(3):
        Review.objects.claim_next(by=person)
    analyse()


def analyse():
    """Let the planner know the tables as a running site's does; freshly filled pages are looked at once, too."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
