"""Sample plans: who is picked, the same on every run; and the rule that says when too many failed."""

import math
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import ImportRun
from reviews import checking, intake
from reviews.errors import GateClosed
from reviews.models import LedgerEntry, Requirement, Review, Sample, SamplePlan
from reviews.sampling import ENOUGH, evidence, picked, too_many_failed
from reviews.verification import verify
from tests.makers import make_article, make_document, make_person, make_release
from tests.reviews.desk import sign_in

KEYS = [f"note-{number}" for number in range(20_000)]


def plan(name="All", rate=100, **terms):
    row = SamplePlan(name=name, rate=rate, **terms)
    row.settle(by=None)
    return row


# Who is picked --------------------------------------------------------------------------------------------------


def test_a_sample_is_as_large_as_its_rate_says_and_the_same_again():
    first = [key for key in KEYS if picked(key, "salt", 0.05)]
    assert first == [key for key in KEYS if picked(key, "salt", 0.05)]
    assert abs(len(first) - 1000) < 5 * math.sqrt(20_000 * 0.05 * 0.95)


def test_a_higher_rate_keeps_who_was_picked_and_another_salt_picks_others():
    small = {key for key in KEYS if picked(key, "salt", 0.02)}
    assert small < {key for key in KEYS if picked(key, "salt", 0.1)}
    other = {key for key in KEYS if picked(key, "another", 0.02)}
    assert len(small & other) < len(small) / 10


def test_a_rate_of_one_picks_all_and_a_rate_of_zero_nobody():
    assert all(picked(key, "salt", 1) for key in KEYS[:1000])
    assert not any(picked(key, "salt", 0) for key in KEYS[:1000])


@pytest.mark.django_db
def test_what_nothing_flags_goes_to_review_where_the_plan_picks_it():
    drawn = plan(rate=30)
    for number in range(60):
        make_article(f"note-{number}")
    wanted = {f"note-{number}" for number in range(60) if picked(f"note-{number}", drawn.salt, 0.3)}
    rows = Requirement.objects.select_related("revision__article")
    assert {row.revision.article.source_id for row in rows} == wanted != set()
    assert {(row.reason, row.detail) for row in rows} == {("sample", "All")}
    assert Review.objects.open().count() == Sample.objects.count() == len(wanted)


@pytest.mark.django_db
def test_an_import_that_runs_again_draws_the_same_and_nothing_twice_P6():
    plan(rate=50)
    documents = [make_document(f"note-{number}") for number in range(20)]
    intake.receive_many(documents, check=True)
    before = set(Sample.objects.values_list("revision", flat=True))
    intake.receive_many(documents, check=True)
    assert set(Sample.objects.values_list("revision", flat=True)) == before != set()


@pytest.mark.django_db
def test_what_is_reviewed_anyway_is_in_no_sample():
    plan()
    article = make_article(flagged=True)
    assert [row.reason for row in Requirement.objects.filter(revision__article=article)] == ["document"]
    assert not Sample.objects.exists()


@pytest.mark.django_db
def test_an_edit_is_in_no_sample_by_itself():
    article = make_article()
    plan()
    intake.edit(
        article, make_document(body="Mine.\n"), by=make_person("edith"), seen=article.latest_revision.digest
    )
    assert not Sample.objects.exists()


@pytest.mark.django_db
def test_a_plan_of_one_generator_comes_before_that_of_all_and_one_that_is_off_counts_for_nothing():
    plan("All", rate=100)
    plan("Writer", rate="0.01", match_generator="Field Note Writer", salt="0")
    plan("Off", rate=100, match_generator="field note writer", active=False)
    make_article("a")
    make_article("b", meta={"payload": {"generator": "another"}})
    assert [row.detail for row in Requirement.objects.all()] == ["All"]


@pytest.mark.django_db
def test_plans_cost_a_batch_no_query_a_document():
    plan()

    def queries(names):
        documents = [make_document(name) for name in names]
        with CaptureQueriesContext(connection) as asked:
            intake.receive_many(documents)
            checking.check_due()
        return len(asked)

    queries(["warm", "warmer"])  # what is made once: versions of policies
    few = queries([f"a-{number}" for number in range(2)])
    assert queries([f"b-{number}" for number in range(30)]) <= few


@pytest.mark.django_db
def test_what_an_import_brought_is_drawn_behind_its_checks_and_what_they_flag_is_in_no_sample():
    drawn = plan(rate=50)
    documents = [make_document(f"note-{number}", body=f"Number {number}.\n") for number in range(20)]
    secret = make_document("secret", body=f"It was run with AKI{'A' * 17}, as before.\n")
    salts = (f"{number}" for number in range(99))
    SamplePlan.objects.update(salt=next(salt for salt in salts if picked("secret", salt, 0.5)))
    drawn.refresh_from_db()
    drawn.settle(by=None)
    run = ImportRun.objects.create(source="x", format="jsonl")
    landed = intake.receive_many([*documents, secret], run=run)
    assert not Requirement.objects.exists()
    counts = checking.check_due()
    wanted = {one.source_id for one in documents if picked(one.source_key, drawn.salt, 0.5)}
    samples = Sample.objects.values_list("revision__article__source_id", flat=True)
    assert set(samples) == wanted != set()
    assert Review.objects.open().count() == len(wanted) + 1 == counts["flagged"]
    assert [row.reason for row in Requirement.objects.filter(revision=landed[-1].revision)] == ["finding"]
    run.refresh_from_db()
    assert run.flagged == len(wanted) + 1
    assert verify().fault is None


@pytest.mark.django_db
def test_a_changed_draft_that_a_plan_picks_gets_its_seat_and_an_older_one_none():
    make_article("a")
    plan()
    for number in range(2):
        intake.receive_many([make_document("a", body=f"Words {number}.\n")])
    checking.check_due()
    assert Sample.objects.get().revision.number == Review.objects.open().get().revision.number == 3


@pytest.mark.django_db
def test_nothing_is_released_before_it_is_settled_whether_a_sample_picks_it_P1():
    make_person("edith")
    plan()
    (received,) = intake.receive_many([make_document("a")])
    with pytest.raises(GateClosed, match="settled with the checks of its import"):
        make_release(received.article, make_person("edith"))
    checking.check_due()
    with pytest.raises(GateClosed, match="needs 1 more approval"):
        make_release(received.article, make_person("edith"))


@pytest.mark.django_db
def test_each_version_of_a_plan_is_kept_and_in_the_ledger():
    row = plan(rate=10)
    entries = LedgerEntry.objects.count()
    row.settle(by=None)
    assert (row.versions.count(), LedgerEntry.objects.count()) == (1, entries), "no change, no version"
    row.rate = 20
    row.settle(by=make_person("lea"))
    assert [version.terms["rate"] for version in row.versions.order_by("number")] == ["10.00", "20.00"]
    assert LedgerEntry.objects.filter(kind="sample_plan").count() == 2
    assert verify().fault is None


@pytest.mark.django_db
def test_a_lead_edits_plans_in_the_admin_and_others_may_not(client):
    add = "/admin/reviews/sampleplan/add/"
    said = {
        "name": "Weekly",
        "active": "on",
        "match_generator": "",
        "rate": "5",
        "tolerated": "2",
        "least": "10",
    }
    editor = sign_in(client, make_person("edith", is_staff=True))
    assert editor.post(add, said).status_code == 403
    lead = sign_in(client, make_person("lea", is_staff=True))
    assert lead.post(add, said).status_code == 302
    row = SamplePlan.objects.get()
    assert (row.current.number, row.current.person.name) == (1, "lea")
    assert lead.post(add, said | {"name": "None", "rate": "0"}).status_code == 200
    assert lead.post(add, said | {"name": "More", "tolerated": "100"}).status_code == 200
    assert lead.post(f"/admin/reviews/sampleplan/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    page = lead.get("/admin/reviews/sampleplan/")
    assert "Weekly" in page.content.decode()


# When too many failed -------------------------------------------------------------------------------------------


def integral(failed, decided, tolerated, steps=20_000):
    """The likelihood ratio as its definition has it, by the midpoint rule."""
    passed, width = decided - failed, (1 - tolerated) / steps
    points = (tolerated + (step + 0.5) * width for step in range(steps))
    area = sum(p**failed * (1 - p) ** passed for p in points) * width
    return area / (1 - tolerated) / (tolerated**failed * (1 - tolerated) ** passed)


@pytest.mark.parametrize(
    ("failed", "decided", "tolerated"),
    [(0, 10, 0.1), (1, 1, 0.1), (3, 10, 0.1), (2, 50, 0.02), (10, 10, 0.5), (40, 200, 0.1), (7, 12, 0.05)],
)
def test_the_evidence_is_the_ratio_its_definition_says(failed, decided, tolerated):
    assert evidence(failed, decided, tolerated) == pytest.approx(
        integral(failed, decided, tolerated), rel=1e-4
    )


def test_the_evidence_has_the_values_that_can_be_worked_out_by_hand():
    assert evidence(0, 0, 0.1) == 1
    assert evidence(1, 1, 0.1) == pytest.approx(5.5)  # (1 - 0.01) / 2 / 0.9 / 0.1
    assert evidence(2, 2, 0.1) == pytest.approx(37)  # (1 - 0.001) / 3 / 0.9 / 0.01
    assert evidence(0, 4, 0) == pytest.approx(1 / 5)
    assert evidence(1, 1000, 0) == math.inf
    assert evidence(5_000, 10_000, 0.01) > 1e300
    assert evidence(100, 10_000, 0.02) < 1


def test_too_many_is_not_said_before_enough_are_decided():
    assert not too_many_failed(9, 9, tolerated=0.1, least=10)
    assert too_many_failed(9, 10, tolerated=0.1, least=10)
    assert not too_many_failed(1, 10, tolerated=0.1, least=10)


def ever_held(chance, rng, tolerated=0.1, most=300):
    failed = 0
    for decided in range(1, most + 1):
        failed += rng.random() < chance
        if too_many_failed(failed, decided, tolerated=tolerated, least=1):
            return decided
    return 0


def test_a_batch_that_is_no_worse_than_tolerated_is_rarely_held_however_often_one_looks():
    """Ville's inequality, by simulation: 600 batches, looked at after each of 300 decisions."""
    rng = random.Random(20261126)
    held = sum(bool(ever_held(0.1, rng)) for _ in range(600))
    assert held / 600 <= 1 / ENOUGH


def test_a_batch_three_times_as_bad_is_held_soon():
    rng = random.Random(20261126)
    found = [ever_held(0.3, rng) for _ in range(200)]
    assert all(found)
    assert sorted(found)[100] < 60
