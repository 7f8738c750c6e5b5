"""One act passes all questions that are open: by choice, where the policy lets it, and the decision says which."""

import pytest

from reviews import intake
from reviews.models import Criteria, Decision, Policy, Requirement
from tests.makers import make_person
from tests.reviews.desk import fields_with, has_button, held, press, sign_in, url_of


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def at_desk(client, ada):
    return sign_in(client, ada)


def one_by_one(tag, position=1):
    """A policy that asks for each question by itself."""
    policy = Policy(name=f"By itself, {tag}", match_tag=tag, position=position, answers_together=False)
    policy.criteria = Criteria.objects.get(name="Standard")
    policy.settle(by=None)
    return policy


def answers(response):
    return {question["id"]: question["value"] for question in response.context["questions"]}


def test_no_question_has_an_answer_before_somebody_gives_it(at_desk, ada):
    page = at_desk.get(url_of(held(ada)))
    assert set(answers(page).values()) == {""}
    assert fields_with(page, "together")["together"] == ""
    refused = press(at_desk, page, "Approve")
    assert refused.status_code == 422
    assert not Decision.objects.exists()


def test_all_pass_answers_what_is_open_and_decides_nothing(at_desk, ada):
    review = held(ada)
    page = at_desk.get(url_of(review))
    passed = press(at_desk, page, "All pass", answer_safe="na", note="A word.")
    assert passed.status_code == 200
    assert not Decision.objects.exists()
    given = answers(passed)
    assert given.pop("safe") == "na"
    assert set(given.values()) == {"pass"}
    assert passed.context["form"]["note"].value() == "A word."
    assert "what was open passed together. Nothing was decided yet." in passed.content.decode()
    assert 'value="approve" class="primary" autofocus' in passed.content.decode()
    press(at_desk, passed, "Approve")
    decision = Decision.objects.get()
    assert decision.shown["together"] == [one["id"] for one in decision.answers if one["id"] != "safe"]
    assert "Passed 3 questions together" in at_desk.get(url_of(review)).content.decode()


def test_what_is_answered_otherwise_afterwards_did_not_pass_together(at_desk, ada):
    passed = press(at_desk, at_desk.get(url_of(held(ada))), "All pass")
    press(at_desk, passed, "Approve", answer_safe="na")
    assert "safe" not in Decision.objects.get().shown["together"]
    assert len(Decision.objects.get().shown["together"]) == 3


def test_a_decision_without_it_says_nothing_of_it(at_desk, ada):
    page = at_desk.get(url_of(held(ada)))
    press(at_desk, page, "Approve", **{f"answer_{name}": "pass" for name in answers(page)})
    assert "together" not in Decision.objects.get().shown


def test_pressed_twice_it_still_says_all_that_passed_together(at_desk, ada):
    passed = press(at_desk, at_desk.get(url_of(held(ada))), "All pass")
    again = press(at_desk, passed, "All pass")
    press(at_desk, again, "Approve")
    assert len(Decision.objects.get().shown["together"]) == 4


def test_undone_it_is_back_with_what_passed_together(at_desk, ada):
    passed = press(at_desk, at_desk.get(url_of(held(ada))), "All pass")
    press(at_desk, passed, "Approve")
    fresh = Decision.objects.get().undo(by=ada)
    page = at_desk.get(url_of(fresh))
    assert set(answers(page).values()) == {"pass"}
    assert set(fields_with(page, "together")["together"].split()) == set(answers(page))


def test_only_who_holds_the_seat_is_offered_it(at_desk):
    page = at_desk.get(url_of(held(make_person("ben"))))
    assert not has_button(page, "All pass")


def test_where_the_policy_asks_for_each_by_itself_it_is_neither_offered_nor_taken(at_desk, ada):
    one_by_one("python")
    review = held(ada)
    page = at_desk.get(url_of(review))
    assert not has_button(page, "All pass")
    given = {f"answer_{name}": "pass" for name in answers(page)}
    refused = press(at_desk, page, "Approve", **given, together=" ".join(answers(page)))
    assert refused.status_code == 422
    assert "answer them one by one" in refused.content.decode()
    assert set(answers(refused).values()) == {""}, "and the page asks for them anew"
    assert press(at_desk, refused, "Approve", **given).status_code == 303
    assert Decision.objects.get().verdict == "approve"


def test_of_several_policies_the_strictest_counts(at_desk, ada):
    review = held(ada)
    assert Requirement.objects.strictest(review).answers_together
    policy = one_by_one("python")
    intake.flag(review.revision, by=make_person("edith"))
    assert not Requirement.objects.strictest(review).answers_together
    assert policy.current.terms["answers_together"] is False


def test_switching_it_off_makes_a_new_version_of_the_policy(db):
    policy = Policy.objects.get(is_default=True)
    before = policy.settle(by=None)
    policy.answers_together = False
    after = policy.settle(by=None)
    assert (before.terms["answers_together"], after.terms["answers_together"]) == (True, False)
    assert after.number == before.number + 1
