"""Policies: the first match is frozen as the Requirement, and later edits change nothing of it."""

import pytest

from reviews import gate, intake
from reviews.models import Criteria, LedgerEntry, Policy, Requirement, Review
from tests.makers import decide, make_article, make_document, make_person
from tests.reviews.desk import press, sign_in, url_of, waiting


@pytest.fixture
def standard(db):
    return Criteria.objects.get(name="Standard")


@pytest.fixture
def policy(standard):
    def make(name="House", **terms):
        row = Policy(**({"name": name, "position": 10, "criteria": standard} | terms))
        row.settle(by=None)
        return row

    return make


def requirements(article):
    return list(Requirement.objects.filter(revision=article.latest_revision).order_by("pk"))


@pytest.mark.parametrize(
    ("condition", "changes"),
    [
        ({"match_flag": "image_heavy"}, {"meta": {"flags": {"image_heavy": True}}}),
        ({"match_tag": "Rust"}, {"tags": ["rust"]}),
        ({"match_entity_type": "incident"}, {"meta": {"entities": [{"name": "it", "type": "Incident"}]}}),
        ({"match_generator": "robot nine"}, {"meta": {"payload": {"generator": "Robot Nine"}}}),
        ({"match_difficulty": "advanced"}, {"meta": {"difficulty": "Advanced"}}),
    ],
)
def test_a_policy_asks_for_review_of_what_it_matches_and_of_nothing_else(policy, condition, changes):
    policy(**condition)
    [row] = requirements(make_article("matching", **changes))
    assert (row.reason, row.detail) == ("policy", "House")
    assert not requirements(make_article("other"))


def test_all_conditions_of_a_row_must_hold(policy):
    policy(match_tag="python", match_difficulty="advanced")
    assert not requirements(make_article())
    assert requirements(make_article("both", meta={"difficulty": "advanced"}))


def test_the_first_row_that_matches_sets_the_terms(policy):
    policy("Second", match_tag="python", position=20, approvals=3)
    policy("First", match_tag="backend", position=10, approvals=2)
    [row] = requirements(make_article())
    assert (row.detail, row.approvals) == ("First", 2)


def test_a_row_that_is_off_or_asks_nothing_matches_nothing(policy):
    policy("Off", match_tag="python", active=False)
    policy("Empty")
    assert not requirements(make_article())


def test_the_default_row_lends_its_terms_to_reviews_asked_for_otherwise(db):
    default = Policy.objects.get(is_default=True)
    [row] = requirements(make_article(flagged=True))
    assert (row.reason, row.approvals, row.four_eyes) == ("document", default.approvals, True)
    assert row.due_at is not None


def test_editing_a_policy_changes_nothing_that_is_frozen(policy):
    row = policy(match_tag="python", approvals=2, due_hours=10)
    article = make_article()
    [before] = requirements(article)
    row.approvals, row.four_eyes, row.due_hours = 1, False, 99
    row.settle(by=make_person("lea"))
    [after] = requirements(article)
    assert (after.approvals, after.four_eyes, after.due_at) == (2, True, before.due_at)
    assert after.policy_version == before.policy_version
    assert Review.objects.open().filter(article=article).count() == 2
    decide(Review.objects.open().filter(article=article).first(), make_person("ada"))
    assert not gate.look(article.latest_revision).is_open
    assert [row.approvals for row in requirements(make_article("later"))] == [1]


def test_editing_the_criteria_changes_no_question_of_an_open_review(client, standard):
    review = waiting()
    lea = make_person("lea")
    standard.ask([{"id": "new", "text": "A new question", "help": "", "must_pass": True}], by=lea)
    at_desk = sign_in(client, make_person("ada"))
    assert "A new question" not in at_desk.get(url_of(review)).content.decode()
    assert "A new question" in at_desk.get(url_of(waiting("later"))).content.decode()


def test_n_approvals_are_n_seats_and_open_the_gate_only_together(policy):
    policy(match_tag="python", approvals=3)
    article = make_article()
    seats = list(Review.objects.open().filter(article=article).order_by("seat"))
    assert [seat.seat for seat in seats] == [1, 2, 3]
    for seat, name in zip(seats, ("ada", "ben", "cleo"), strict=True):
        assert not gate.look(article.latest_revision).is_open
        decide(seat, make_person(name, ["Reviewers"]))
    assert gate.look(article.latest_revision).is_open


def test_a_team_of_one_may_switch_four_eyes_off_and_the_terms_say_so(client, policy):
    policy(match_tag="python", four_eyes=False)
    ada = make_person("ada")
    article = make_article()
    intake.edit(article, make_document(body="Mine.\n"), by=ada, seen=article.latest_revision.digest)
    review = Review.objects.open().get(article=article)
    at_desk = sign_in(client, ada)
    response = press(at_desk, at_desk.get(url_of(review)), "Take this review")
    assert response.status_code == 303
    article.refresh_from_db()
    assert [row.four_eyes for row in requirements(article)] == [False, False]


def test_the_strictest_of_several_requirements_counts(policy):
    article = make_article(flagged=True)
    policy(match_tag="python", approvals=2)
    intake.flag(article.latest_revision, by=make_person("edith"), detail="Look at the figures.")
    assert sorted(row.reason for row in requirements(article)) == ["document", "flagged"]
    assert Requirement.objects.strictest(article.latest_revision).approvals == 2
    assert Review.objects.open().filter(article=article).count() == 2


def test_each_version_of_a_policy_is_kept_and_in_the_ledger(policy):
    row = policy(match_tag="python")
    entries = LedgerEntry.objects.count()
    row.settle(by=None)
    assert (row.versions.count(), LedgerEntry.objects.count()) == (1, entries), "no change, no version"
    row.approvals = 2
    row.settle(by=None)
    assert [version.terms["approvals"] for version in row.versions.order_by("number")] == [1, 2]
    assert LedgerEntry.objects.count() == entries + 1
