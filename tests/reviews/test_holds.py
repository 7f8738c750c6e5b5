"""Holds: when too many of a batch's sample fail, the rest of it waits, until a lead lifts that (P1)."""

import pytest
from django.db import DatabaseError, transaction

from articles.models import Article, ImportRun, Revision
from reviews import gate, holds, intake, release
from reviews.erasure import erase_text
from reviews.errors import GateClosed, Incomplete, NotAllowed
from reviews.models import Batch, Hold, LedgerEntry, Policy, Requirement, Review, SamplePlan, batch_of
from reviews.models.hold import HoldQuerySet
from reviews.verification import verify
from tests.makers import (
    approve,
    decide,
    make_article,
    make_document,
    make_person,
    make_release,
    make_released,
)
from tests.reviews.desk import sign_in

pytestmark = pytest.mark.django_db

MAY = Batch("writer", "batch May")
BATCHES = "/review/batches/"


def of_may(source_id, **changes):
    return make_article(source_id, meta={"payload": {"generator": "writer", "batch": "May"}}, **changes)


@pytest.fixture
def lea(db):
    return make_person("lea")


@pytest.fixture
def rest(db):
    """A draft of the batch that no plan picked."""
    return of_may("rest")


@pytest.fixture
def sample(rest):
    """Six drafts of the same batch that were picked."""
    SamplePlan(name="All", rate=100, tolerated=10, least=3).settle(by=None)
    for number in range(6):
        of_may(f"picked-{number}")
    return list(Review.objects.open().order_by("pk"))


def test_what_is_held_while_a_release_waits_for_the_ledger_is_not_released(rest, lea, monkeypatch):
    names = release.hold_names

    def meanwhile():
        holds.hold(MAY, by=lea, reason="Look at it first.")
        names()

    monkeypatch.setattr(release, "hold_names", meanwhile)
    with pytest.raises(GateClosed, match="held at this moment: Look at it first"):
        make_release(rest, make_person("edith"))


def judge(seats, *verdicts):
    return [
        decide(seat, make_person("ada"), verdict, "" if verdict == "approve" else "Wrong.")
        for seat, verdict in zip(seats, verdicts, strict=False)
    ]


def why_not(article):
    return " ".join(gate.look(Article.objects.get(pk=article.pk).latest_revision).reasons)


def test_a_batch_whose_sample_fails_is_held_and_says_why(sample, rest):
    judge(sample, "approve", "request_changes")
    assert why_not(rest) == ""
    judge(sample[2:], "reject", "request_changes")
    hold = Hold.objects.get()
    assert (hold.of, hold.held, hold.failed, hold.person) == (MAY, True, 3, None)
    assert "3 of 4 sampled drafts failed" in why_not(rest)
    with pytest.raises(GateClosed, match="Its batch is held"):
        make_release(rest, make_person("edith"), version="1.0.0")


def test_a_good_sample_holds_nothing(sample, rest):
    judge(sample, *["approve"] * 6)
    assert not Hold.objects.exists()
    make_release(rest, make_person("edith"))


def test_a_plan_without_a_limit_holds_nothing(sample):
    SamplePlan(pk=SamplePlan.objects.get().pk, name="All", rate=100, tolerated=None).settle(by=None)
    judge(sample, *["reject"] * 6)
    assert not Hold.objects.exists()


def test_verdicts_that_were_taken_back_do_not_count(sample):
    for decision in judge(sample, "reject", "reject"):
        decision.revoke(by=make_person("lea"), reason="It was right.")
    judge(sample[2:], "approve", "approve", "reject")
    assert not Hold.objects.exists()


def test_another_batch_and_another_generator_are_not_held(sample):
    judge(sample, *["reject"] * 3)
    SamplePlan.objects.update(active=False)
    for number, payload in enumerate(
        [
            {"generator": "writer", "batch": "June"},
            {"generator": "other", "batch": "May"},
            {"generator": "writer"},
        ]
    ):
        make_release(make_article(f"free-{number}", meta={"payload": payload}), make_person("edith"))


def test_without_the_hold_in_the_gate_the_trigger_is_the_last_line_P1(rest, lea, monkeypatch):
    holds.hold(MAY, by=lea, reason="Half is wrong.")
    monkeypatch.setattr(type(Hold.objects), "on", lambda self, revision: None)
    with pytest.raises(DatabaseError, match="its batch is held"), transaction.atomic():
        make_release(rest, make_person("edith"))


def test_what_a_person_reviewed_of_a_held_batch_is_released(sample, rest, lea):
    judge(sample, *["reject"] * 3)
    approve(rest, make_person("ada"))
    make_release(rest, make_person("edith"))
    assert Article.objects.get(pk=rest.pk).is_public


def test_a_batch_that_no_document_names_is_the_import_run():
    runs = [ImportRun.objects.create(source=name, format="jsonl") for name in ("one", "two")]
    held, free = (make_article(run.source, run=run) for run in runs)
    batch = batch_of(held.latest_revision)
    assert batch == Batch("field note writer", f"run {runs[0].pk}")
    holds.hold(batch, by=make_person("lea"), reason="The wrong prompt.")
    assert "The wrong prompt. It waits" in why_not(held)
    assert why_not(free) == ""


def test_an_edit_that_takes_the_batch_out_of_the_text_does_not_take_it_out_of_the_hold(rest, lea):
    holds.hold(MAY, by=lea, reason="Half is wrong.")
    edith = make_person("edith")
    intake.edit(rest, make_document("rest", body="Mended.\n"), by=edith, seen=rest.latest_revision.digest)
    assert "Its batch is held" in why_not(rest)
    with pytest.raises(GateClosed):
        make_release(rest, edith, version="1.0.0")


def test_what_the_source_sends_anew_in_another_batch_is_free(rest, lea):
    holds.hold(MAY, by=lea, reason="Half is wrong.")
    payload = {"generator": "writer", "batch": "May, again"}
    make_article("rest", body="Anew.\n", meta={"payload": payload})
    make_release(rest, make_person("edith"))


def test_a_hold_keeps_nobody_from_rolling_back_P7(lea):
    edith = make_person("edith")
    article = make_released("live", reviewed=False, meta={"payload": {"generator": "writer", "batch": "May"}})
    make_article("live", body="Second.\n", meta={"payload": {"generator": "writer", "batch": "June"}})
    approve(article, make_person("ada"))
    make_release(article, edith)
    holds.hold(MAY, by=lea, reason="Half is wrong.")
    article = Article.objects.get(pk=article.pk)
    release.rollback(article, by=edith, to=article.releases.get(n=1), reason="Better.", seen=2)
    assert Article.objects.get(pk=article.pk).current_release.n == 3


def test_after_a_lead_lifted_it_only_what_is_decided_from_then_on_counts(sample, rest, lea):
    judge(sample, *["reject"] * 3)
    holds.lift(MAY, by=lea, reason="One prompt, mended.")
    make_release(rest, make_person("edith"))
    judge(sample[3:], "reject", "reject")
    assert Hold.objects.newest().first().held is False
    judge(sample[5:], "reject")
    assert Hold.objects.newest().first().held is True


def test_each_hold_and_each_lift_is_in_the_ledger_once(sample, lea):
    judge(sample, *["reject"] * 5)
    holds.lift(MAY, by=lea, reason="Mended.")
    with pytest.raises(Incomplete, match="not held"):
        holds.lift(MAY, by=lea, reason="Mended.")
    holds.hold(MAY, by=lea, reason="Not mended.")
    with pytest.raises(Incomplete, match="held already"):
        holds.hold(MAY, by=lea, reason="Not mended.")
    assert LedgerEntry.objects.filter(kind="hold").count() == Hold.objects.count() == 3
    assert verify().fault is None


def test_only_leads_hold_and_lift_and_nobody_without_a_reason(rest, lea):
    for verb in (holds.hold, holds.lift):
        for name in ("ada", "edith", "otto"):
            with pytest.raises(NotAllowed):
                verb(MAY, by=make_person(name), reason="Because.")
        with pytest.raises(Incomplete, match="reason"):
            verb(MAY, by=lea, reason=" ")
        with pytest.raises(Incomplete, match="Say which batch"):
            verb(Batch("writer", ""), by=lea, reason="Because.")


def test_a_draft_that_no_source_sent_is_of_no_batch(lea):
    article = intake.write(make_document("mine"), by=make_person("edith"))
    assert batch_of(article.latest_revision).name == ""
    assert Requirement.objects.count() == 0
    assert why_not(article) == ""


def test_erasing_what_the_source_sent_lifts_no_hold_P1(rest, lea, monkeypatch):
    holds.hold(MAY, by=lea, reason="It repeats itself.")
    edith, first = make_person("edith"), rest.latest_revision
    edited = intake.edit(
        rest, make_document(rest.source_id, title="Another title"), by=edith, seen=first.digest
    )
    erase_text(first.text, by=lea, reason="A secret.")
    edited = Revision.objects.get(pk=edited.pk)
    assert any("held" in reason for reason in gate.look(edited).reasons)
    monkeypatch.setattr(HoldQuerySet, "on", lambda holds, revision: None)
    with pytest.raises(DatabaseError, match="its batch is held"), transaction.atomic():
        make_release(Article.objects.get(pk=rest.pk), edith)


def test_what_a_lead_may_still_judge_is_not_told_by_the_tallies_P5(client):
    default = Policy.objects.get(is_default=True)
    default.approvals = 2
    default.settle(by=None)
    SamplePlan(name="All", rate=100).settle(by=None)
    of_may("drawn")
    decide(Review.objects.open().order_by("pk").first(), make_person("ada"))
    assert Review.objects.open().count() == 1
    lead = make_person("lea", ["Leads", "Reviewers"])
    [row] = sign_in(client, lead).get(BATCHES).context["rows"]
    assert (row["drawn"], row["decided"]) == (1, 0)
