"""The guards that stand in Python, each taken out: then the bad thing happens. With it, it does not."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from articles import similar
from articles.models import Article, Similar, SimilarList
from reviews import gate, release
from reviews.errors import Conflict, GateClosed, NotAllowed
from reviews.models import Decision, Review
from reviews.models.review import ReviewQuerySet
from tests.conftest import ENGINE
from tests.makers import answers_for, approve, make_article, make_person, make_release, make_released

postgres_only = pytest.mark.skipif(
    ENGINE != "postgres", reason="SQLite locks the whole database for a writer: PostgreSQL only"
)

# The conditions of the one UPDATE that judges a decision (P5) --------------------------------------------------


@pytest.fixture
def seat(db):
    make_article(flagged=True)
    return Review.objects.get().claim(by=make_person("ada"))


def decide(seat, **changes):
    sent = {"by": make_person("ada"), "token": seat.claim_token, "seen": seat.digest} | changes
    return seat.decide("approve", answers=answers_for(seat), **sent)


def from_an_older_window(seat):
    """Ada took the seat anew in another window; the older page still has the older token."""
    Review.objects.get(pk=seat.pk).claim(by=make_person("ada"))
    return decide(seat)


def after_the_lease(seat):
    Review.objects.filter(pk=seat.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    return decide(seat)


def with_the_token_of_another(seat):
    return decide(seat, by=make_person("ben"))


def on_a_closed_seat(seat):
    Review.objects.filter(pk=seat.pk).update(state="superseded", closed_at=timezone.now())
    return decide(seat)


def on_other_bytes(seat):
    return decide(seat, seen="0" * 64)


CONDITIONS = {
    "claim_token": from_an_older_window,
    "claimed_until__gt": after_the_lease,
    "claimed_by": with_the_token_of_another,
    "state": on_a_closed_seat,
}


def without(condition, monkeypatch):
    """Take one condition out of the UPDATE of a decision."""
    real = ReviewQuerySet.filter

    def filter(self, *args, **conditions):
        if {"digest", "claim_token", "state"} <= conditions.keys():
            conditions.pop(condition)
        return real(self, *args, **conditions)

    manager = type(Review.objects)
    monkeypatch.setattr(manager, "filter", lambda self, *a, **k: filter(self.get_queryset(), *a, **k))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_condition_refuses_a_decision_that_comes_too_late_F8_F15(seat, condition):
    with pytest.raises(Conflict):
        CONDITIONS[condition](seat)
    assert not Decision.objects.exists()


@pytest.mark.parametrize("condition", CONDITIONS)
def test_without_the_condition_it_would_be_taken(seat, condition, monkeypatch):
    without(condition, monkeypatch)
    CONDITIONS[condition](seat)
    assert Decision.objects.exists()


def test_a_verdict_on_other_bytes_is_a_conflict_F9(seat):
    with pytest.raises(Conflict, match="not the text of this review"):
        on_other_bytes(seat)


def test_without_the_digest_the_trigger_is_the_last_line_F9(seat, monkeypatch):
    without("digest", monkeypatch)
    with pytest.raises(DatabaseError, match="digest is another"), transaction.atomic():
        on_other_bytes(seat)


# The gate and the right to release -----------------------------------------------------------------------------


def test_without_the_gate_the_trigger_is_the_last_line_P1(db, monkeypatch):
    article = make_article(flagged=True)
    edith = make_person("edith")
    with pytest.raises(GateClosed):
        make_release(article, edith)
    closed = gate.look(article.latest_revision)
    opened = gate.Verdict(reasons=(), terms=closed.terms, approvals=(), is_rejected=False)
    monkeypatch.setattr(gate, "look", lambda revision, **asked: opened)
    with pytest.raises(DatabaseError, match="more standing approvals"), transaction.atomic():
        make_release(article, edith)


def test_without_the_check_of_the_right_anybody_could_release_S4(db, monkeypatch):
    article, ada = make_article(), make_person("ada")
    with pytest.raises(NotAllowed):
        make_release(article, ada)
    monkeypatch.setattr(release, "may_release", lambda person: None)
    make_release(article, ada)
    assert Article.objects.public().exists()


def test_a_person_whose_account_is_gone_releases_nothing(db):
    article, edith = make_article(), make_person("edith")
    edith.account.delete()
    edith.refresh_from_db()
    with pytest.raises(NotAllowed):
        make_release(article, edith)


def test_stored_bytes_that_are_not_their_digest_are_not_released_L11(db, monkeypatch):
    article = make_article()
    monkeypatch.setattr("articles.models.revision.Text.is_intact", lambda self: False)
    with pytest.raises(GateClosed, match="do not have its digest"):
        make_release(article, make_person("edith"))


# Locks ---------------------------------------------------------------------------------------------------------

UNLOCKED_LEDGER = """
from django.db import IntegrityError, transaction
from reviews.models import LedgerEntry, LedgerHead
from reviews.models.ledger import LedgerEntryQuerySet
LedgerHead.objects.select_for_update = LedgerHead.objects.all
refused = 0
for number in range(25):
    try:
        with transaction.atomic():
            LedgerEntry.objects.append({"kind": "tried", "process": int(sys.argv[1]), "number": number})
    except IntegrityError:
        refused += 1
print(refused)
"""


@postgres_only
def test_without_the_lock_on_the_head_appends_run_into_the_trigger_L3(spawn):
    outputs = spawn.together(4, UNLOCKED_LEDGER)
    assert sum(map(int, outputs)) > 0


UNLOCKED_ARTICLE = """
from django.db import DatabaseError
from articles.models import Article, Person
from articles.models.article import ArticleQuerySet
from reviews.errors import NotDone
from tests.conftest import ENGINE
from tests.conftest import ENGINE
from tests.makers import make_release
type(Article.objects).locked = lambda self, pk: self.get(pk=pk)
broken = 0
for article in Article.objects.order_by("pk"):
    try:
        make_release(article, Person.objects.get(name="edith"), version="1.0.0")
    except NotDone:
        pass
    except DatabaseError:
        broken += 1
print(broken)
"""


@postgres_only
def test_without_the_lock_on_the_article_releases_run_into_constraints(spawn):
    make_person("edith")
    for number in range(12):
        make_article(f"note-{number}")
    outputs = spawn.together(4, UNLOCKED_ARTICLE)
    assert sum(map(int, outputs)) > 0


@postgres_only
@pytest.mark.parametrize("is_locked", [True, False])
def test_without_their_lock_two_who_make_lists_name_an_article_too_often(
    committed_database, monkeypatch, is_locked
):
    """Both have counted how many pages name the newest before either has written that its own does."""
    ids = [make_released(f"note-{n}", title=f"Note {n}", reviewed=False).pk for n in range(3)]
    Similar.objects.all().delete()
    SimilarList.objects.update(is_due=True)
    monkeypatch.setattr(similar, "MOST_SHOWING", 1)
    both, write = threading.Barrier(2), similar._write

    def write_behind_both(lists):
        with suppress(threading.BrokenBarrierError):
            both.wait(timeout=2)  # in vain where the other waits for the lock
        write(lists)

    def make(pk):
        similar.make([pk])
        connection.close()

    monkeypatch.setattr(similar, "_write", write_behind_both)
    if not is_locked:
        monkeypatch.setattr(similar, "_hold_lists", lambda: None)
    threads = [threading.Thread(target=make, args=[pk]) for pk in ids[:2]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    named = list(Similar.objects.values_list("other__article", flat=True))
    assert (named.count(ids[2]) == 1) == is_locked


# What the review is worth --------------------------------------------------------------------------------------


def test_an_approval_that_is_revoked_no_longer_opens_the_gate(db):
    article, ada = make_article(flagged=True), make_person("ada")
    approve(article, ada)
    assert gate.look(article.latest_revision).is_open
    Decision.objects.get().revoke(by=ada, reason="I missed something.")
    assert not gate.look(article.latest_revision).is_open


def test_a_page_lapses_by_itself_when_its_approval_grows_old_P4(db):
    article = make_released()
    assert Article.objects.indexable().exists()
    Article.objects.filter(pk=article.pk).update(indexable_until=timezone.now() - timedelta(seconds=1))
    assert not Article.objects.indexable().exists()
