"""Deciding at /review/<id>/: what is recorded, what is refused, and what stays on the page."""

import pytest
from django.db.models.functions import Now
from django.test import Client

from articles.models import Contributor
from articles.rendering import RENDERER
from reviews import checks, gate, intake
from reviews.forms import MAX_NOTE
from reviews.models import Criteria, Decision, Finding, LedgerEntry, Policy, Requirement, Review
from reviews.models.check import findings_digest
from tests.makers import decide, make_article, make_document, make_person
from tests.reviews.desk import (
    all_passed,
    fields_with,
    form_of,
    has_button,
    held,
    press,
    sign_in,
    url_of,
    waiting,
)


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def ben(db):
    return make_person("ben")


@pytest.fixture
def at_desk(client, ada):
    return sign_in(client, ada)


def other_desk(person):
    return sign_in(Client(), person)


def test_an_approval_is_recorded_with_answers_note_and_what_was_shown(at_desk, ada):
    review = held(ada, body="Text.\n\n```python\ndef f(:\n```\n")
    page = at_desk.get(url_of(review))
    response = press(
        at_desk, page, "Approve", **all_passed(page), note="Read twice.\r\nRan it.", remark_code="None here"
    )
    assert (response.status_code, response.url) == (303, "/review/")
    decision = Decision.objects.get()
    terms = Requirement.objects.strictest(review.revision)
    assert (decision.person, decision.digest, decision.verdict) == (ada, review.digest, "approve")
    assert str(decision.note) == "Read twice.\nRan it."
    assert [answer["answer"] for answer in decision.answers] == ["pass"] * len(terms.questions)
    assert decision.note.remarks == {"code": "None here"}
    assert decision.shown == {
        "renderer": RENDERER,
        "checks": checks.VERSION,
        "findings": list(Finding.objects.values_list("pk", flat=True)),
        "findings_digest": findings_digest(Finding.objects.order_by("number")),
        "overruled": [],
        "ticked": [],
        "policies": [row.policy_version.digest for row in terms.rows[:1]],
        "criteria": [row.criteria_version.digest for row in terms.rows[:1]],
        "words": page.context["words"],
        "new_words": page.context["words"],
        "folded": [],
        "threads": {"open": [], "resolved": []},
        "look_alikes": [],
    }
    assert gate.look(review.revision).is_open


def test_after_a_decision_the_next_item_opens_claimed_and_says_what_was_done(at_desk, ada):
    decided = held(ada, "first", title="The <b>first</b>")
    following = waiting("second")
    page = at_desk.get(url_of(decided))
    answer = press(at_desk, page, "Approve", **all_passed(page))
    assert (answer.status_code, answer.url) == (303, url_of(following))
    following.refresh_from_db()
    assert following.claimed_by == ada
    shown = at_desk.get(answer.url)
    assert "You approved “The &lt;b&gt;first&lt;/b&gt;”." in shown.content.decode()
    assert '<a href="/review/">Back to the queue</a>' in shown.content.decode()
    assert f'data-settled="{page.context["draft"]}"' in shown.content.decode(), "its draft is done with"
    assert has_button(shown, "Give back")
    assert "data-settled" not in at_desk.get(answer.url).content.decode()


def test_after_a_decision_comes_what_is_held_already_and_a_double_click_takes_no_second_item(at_desk, ada):
    decided, other = held(ada, "first"), held(ada, "other")
    free = waiting("free")
    page = at_desk.get(url_of(decided))
    answers = [press(at_desk, page, "Approve", **all_passed(page)) for _ in range(2)]
    assert [answer.url for answer in answers] == [url_of(other)] * 2
    free.refresh_from_db()
    assert free.claimed_by is None


def test_after_a_decision_nobody_is_led_to_another_seat_of_that_text_or_to_their_own(at_desk, ada):
    Policy(
        name="Two",
        match_tag="python",
        approvals=2,
        position=1,
        criteria=Criteria.objects.get(name="Standard"),
    ).settle(by=None)
    first, _ = Review.objects.filter(article=make_article()).order_by("seat")
    written = waiting("mine", meta={"stack": ["go"]})
    Contributor.objects.create(revision=written.revision, person=ada, role="edited")
    first.claim(by=ada)
    page = at_desk.get(url_of(first))
    assert press(at_desk, page, "Approve", **all_passed(page)).url == "/review/"


def test_giving_back_says_so_and_keeps_what_was_typed(at_desk, ada):
    page = at_desk.get(url_of(held(ada)))
    given = press(at_desk, page, "Give back", note="Half a thought.")
    assert "You gave it back. What you typed is below." in given.content.decode()
    assert form_of(given, "Take this review").fields["note"] == "Half a thought."


def test_without_a_next_item_the_queue_says_what_was_done_and_offers_the_next(at_desk, ada):
    page = at_desk.get(url_of(held(ada, title="A <b>bold</b> title")))
    queue = at_desk.get(press(at_desk, page, "Approve", **all_passed(page)).url)
    assert "You approved “A &lt;b&gt;bold&lt;/b&gt; title”." in queue.content.decode()
    assert has_button(queue, "Take the next item")


@pytest.mark.parametrize(("button", "state"), [("Ask for changes", "request_changes"), ("Reject", "reject")])
def test_sending_back_and_rejecting_need_a_note_and_no_answers(at_desk, ada, button, state):
    review = held(ada)
    page = at_desk.get(url_of(review))
    refused = press(at_desk, page, button, note="  ", remark_code="kept too")
    assert refused.status_code == 422
    assert "Say in a note what is wrong" in refused.content.decode()
    assert form_of(refused, button).fields["remark_code"] == "kept too"
    assert press(at_desk, refused, button, note="Step two is missing.").status_code == 303
    review.refresh_from_db()
    assert review.state == state
    assert not gate.look(review.revision).is_open


@pytest.mark.parametrize("answer", [None, "fail"])
def test_an_approval_needs_every_answer_and_no_failed_must(at_desk, ada, answer):
    page = at_desk.get(url_of(held(ada)))
    answers = all_passed(page)
    answers["answer_safe"] = answer
    if answer is None:
        del answers["answer_safe"]
    refused = press(at_desk, page, "Approve", **answers, note="My words stay.")
    assert refused.status_code == 422
    fields = form_of(refused, "Approve").fields
    assert fields["note"] == "My words stay."
    assert fields["answer_accurate"] == "pass"
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ({"token": "not-a-token"}, 422),
        ({"token": ""}, 409),
        ({"digest": "0" * 64}, 409),
        ({"digest": ""}, 409),
        ({"verdict": "revoke"}, 422),
        ({"verdict": "nonsense"}, 422),
        ({"verdict": ""}, 422),
        ({"page": ""}, 409),
        ({"page": "forged"}, 409),
        ({"answer_code": "maybe"}, 422),
        ({"note": "x" * (MAX_NOTE + 1)}, 422),
        ({"note": "nul \x00 in it"}, 422),
    ],
)
def test_a_post_written_by_hand_decides_nothing_s1(at_desk, ada, bad, status):
    review = held(ada)
    page = at_desk.get(url_of(review))
    fields = form_of(page, "Approve").fields | all_passed(page) | {"verdict": "approve", "note": "A note."}
    response = at_desk.post(url_of(review), fields | bad)
    assert response.status_code == status
    review.refresh_from_db()
    assert review.is_open
    assert not Decision.objects.exists()


def test_no_page_of_another_review_decides_this_one(at_desk, ada):
    one, other = held(ada, "one"), held(ada, "other")
    fields = form_of(at_desk.get(url_of(other)), "Approve").fields
    page = at_desk.get(url_of(one))
    sent = form_of(page, "Approve").fields | all_passed(page) | {"page": fields["page"], "verdict": "approve"}
    assert at_desk.post(url_of(one), sent).status_code == 409
    assert not Decision.objects.exists()


def test_one_person_writes_another_fixes_a_comma_and_the_first_may_not_approve(at_desk, ada, ben):
    """Four eyes (P1): who has a hand in a text on its way does not decide on it."""
    review = waiting()
    article = review.article
    article.refresh_from_db()
    intake.edit(article, make_document(body="Ada's words.\n"), by=ada, seen=article.latest_revision.digest)
    article.refresh_from_db()
    intake.edit(article, make_document(body="Ada's, words.\n"), by=ben, seen=article.latest_revision.digest)
    latest = Review.objects.open().get(article=article)
    page = at_desk.get(url_of(latest))
    assert "You contributed to this text" in page.content.decode()
    assert not has_button(page, "Take this review")
    assert at_desk.post(url_of(latest) + "take/", {}).status_code == 403
    fields = {"verdict": "approve", "digest": latest.digest, "page": fields_with(page, "page")["page"]}
    assert at_desk.post(url_of(latest), fields).status_code == 403
    assert not Decision.objects.exists()


def test_whoever_becomes_a_contributor_while_holding_a_seat_is_refused_and_keeps_the_note(at_desk, ada):
    review = held(ada)
    page = at_desk.get(url_of(review))
    Contributor.objects.create(revision=review.revision, person=ada, role="edited")
    response = press(at_desk, page, "Approve", **all_passed(page), note="Mine.")
    assert response.status_code == 403
    assert ">\nMine.</textarea>" in response.content.decode()
    assert "You contributed to this text" in response.content.decode()


def test_one_person_may_not_sit_on_both_seats(at_desk, ada):
    Policy(
        name="Two",
        match_tag="python",
        approvals=2,
        position=1,
        criteria=Criteria.objects.get(name="Standard"),
    ).settle(by=None)
    first, second = Review.objects.filter(article=make_article()).order_by("seat")
    first.claim(by=ada)
    taken = at_desk.post(url_of(second) + "take/", {})
    assert taken.status_code == 403
    assert "You hold another seat of this text" in taken.content.decode()
    page = at_desk.get(url_of(first))
    press(at_desk, page, "Approve", **all_passed(page))
    again = at_desk.post(url_of(second) + "take/", {})
    assert again.status_code == 403
    assert "another seat needs another person" in again.content.decode()
    assert not gate.look(first.revision).is_open


def test_of_two_reviewers_one_wins_and_the_other_is_told_who_did_and_keeps_the_note_f7(at_desk, ada, ben):
    review = held(ada)
    page = at_desk.get(url_of(review))
    Review.objects.filter(pk=review.pk).update(claimed_until=Now())  # Ada's lease runs out and Ben takes over
    decide(review, ben, "reject", note="Wrong.")
    response = press(at_desk, page, "Approve", **all_passed(page), note="Ada's note.")
    assert response.status_code == 409
    told = response.context["conflict"]
    assert told["decided_by"] == "ben"
    assert "ben rejected this seat" in told["detail"]
    assert "Ada&#x27;s note." in response.content.decode()
    assert Decision.objects.count() == 1


def test_a_lease_that_ran_out_decides_nothing_even_if_nobody_else_came_f8(at_desk, ada):
    review = held(ada)
    page = at_desk.get(url_of(review))
    Review.objects.filter(pk=review.pk).update(claimed_until=Now())
    response = press(at_desk, page, "Approve", **all_passed(page), note="Kept.")
    assert response.status_code == 409
    assert "Your claim on this review ran out" in response.content.decode()
    again = press(at_desk, response, "Take this review")
    assert again.status_code == 200
    assert form_of(again, "Approve").fields["note"] == "Kept."
    assert press(at_desk, again, "Approve").status_code == 303
    assert str(Decision.objects.get().note) == "Kept."


def test_an_edit_during_review_refuses_the_approval_of_the_old_bytes_and_shows_what_changed_f9(at_desk, ada):
    review = held(ada)
    page = at_desk.get(url_of(review))
    article = review.article
    article.refresh_from_db()
    intake.edit(
        article,
        make_document(body="Other words, by the editor.\n"),
        by=make_person("edith"),
        seen=article.latest_revision.digest,
    )
    response = press(at_desk, page, "Approve", **all_passed(page), note="For the old text.")
    assert response.status_code == 409
    shown = response.content.decode()
    assert "The text changed while you were reading" in shown
    assert response.context["conflict"]["detail"] == "A newer revision waits for review."
    [body] = [field for field in response.context["conflict"]["difference"] if field.path == "body"]
    new = [part.text for block in body.blocks for part in block.parts if part.op != "del"]
    assert "".join(new) == "Other words, by the editor.\n"
    assert "For the old text." in shown
    assert not Decision.objects.exists()


def test_the_note_can_be_taken_along_to_the_newer_text(at_desk, ada):
    review = held(ada)
    page = at_desk.get(url_of(review))
    article = review.article
    article.refresh_from_db()
    intake.edit(
        article, make_document(body="New.\n"), by=make_person("edith"), seen=article.latest_revision.digest
    )
    newer = Review.objects.open().get(article=article)
    refused = press(at_desk, page, "Reject", answer_code="fail", note="Still true.")
    there = press(at_desk, refused, "Take what you typed there")
    assert there.request["PATH_INFO"] == url_of(newer)
    fields = form_of(there, "Take this review").fields
    assert (fields["note"], fields["answer_code"], fields["digest"]) == ("Still true.", "fail", newer.digest)
    assert not Decision.objects.exists()


def test_a_tab_that_slept_through_a_lost_claim_cannot_write_f15(at_desk, ada, ben):
    """The token is a fence: the same person's older tab is refused as well."""
    review = held(ada)
    asleep = at_desk.get(url_of(review))
    Review.objects.filter(pk=review.pk).update(claimed_until=Now())
    bens = review.claim(by=ben)
    bens.give_back(by=ben, token=bens.claim_token)
    review.claim(by=ada)
    response = press(at_desk, asleep, "Approve", **all_passed(asleep))
    assert response.status_code == 409
    assert not Decision.objects.exists()


def test_a_double_click_decides_once_and_is_no_conflict(at_desk, ada):
    page = at_desk.get(url_of(held(ada)))
    first = press(at_desk, page, "Approve", **all_passed(page), note="Once.")
    second = press(at_desk, page, "Approve", **all_passed(page), note="Once.")
    assert [first.status_code, second.status_code] == [303, 303]
    assert Decision.objects.count() == 1


def test_another_note_after_the_decision_is_kept_and_changes_nothing(at_desk, ada):
    page = at_desk.get(url_of(held(ada)))
    press(at_desk, page, "Approve", **all_passed(page), note="Once.")
    second = press(at_desk, page, "Approve", **all_passed(page), note="And one more thing.")
    assert second.status_code == 403
    assert "And one more thing." in second.content.decode()
    assert str(Decision.objects.get().note) == "Once."


def test_a_late_person_who_may_sit_on_the_other_seat_is_told_who_decided_and_not_how(at_desk, ada, ben):
    Policy(
        name="Two",
        match_tag="python",
        approvals=2,
        position=1,
        criteria=Criteria.objects.get(name="Standard"),
    ).settle(by=None)
    first, second = Review.objects.filter(article=make_article()).order_by("seat")
    first = first.claim(by=ada)
    page = at_desk.get(url_of(first))
    Review.objects.filter(pk=first.pk).update(claimed_until=Now())
    decide(first, ben)
    response = press(at_desk, page, "Reject", note="I see a fault.")
    assert response.status_code == 409
    shown = response.content.decode()
    assert "ben decided this seat" in shown
    assert "ben approved" not in shown
    there = press(at_desk, response, "Take what you typed there")
    assert there.request["PATH_INFO"] == url_of(second)
    assert form_of(there, "Take this review").fields["note"] == "I see a fault."


@pytest.mark.parametrize("name", ["edith", "otto"])
@pytest.mark.parametrize("verb", ["", "take/", "give-back/", "renew/"])
def test_people_without_the_right_to_decide_may_do_nothing_here(client, ada, name, verb):
    review = held(ada)
    before = Review.objects.values().get(pk=review.pk)
    sent = {"verdict": "approve", "digest": review.digest, "token": review.claim_token, "note": ""}
    assert sign_in(client, make_person(name)).post(url_of(review) + verb, sent).status_code == 403
    assert Review.objects.values().get(pk=review.pk) == before


def test_a_right_that_was_taken_away_counts_at_once(at_desk, ada):
    page = at_desk.get(url_of(held(ada)))
    ada.account.groups.clear()
    assert press(at_desk, page, "Approve", **all_passed(page)).status_code == 403
    assert not Decision.objects.exists()


@pytest.mark.parametrize("verb", ["", "take/", "give-back/", "renew/"])
def test_every_post_of_the_desk_needs_its_csrf_token(ada, verb):
    review = held(ada)
    before = Review.objects.values().get(pk=review.pk)
    client = sign_in(Client(enforce_csrf_checks=True), ada)
    sent = {"verdict": "reject", "digest": review.digest, "token": review.claim_token, "note": "No."}
    assert client.post(url_of(review) + verb, sent).status_code == 403
    assert client.post("/review/next/").status_code == 403
    assert Review.objects.values().get(pk=review.pk) == before


def test_a_decision_and_its_requirement_are_in_the_ledger(at_desk, ada):
    page = at_desk.get(url_of(held(ada)))
    press(at_desk, page, "Approve", **all_passed(page))
    decision = Decision.objects.get()
    assert decision.ledger_seq == LedgerEntry.objects.order_by("-seq").first()


def test_a_rejection_ends_the_other_seats_and_tells_who_sits_there(at_desk, ada, ben):
    Policy(
        name="Two",
        match_tag="python",
        approvals=2,
        position=1,
        criteria=Criteria.objects.get(name="Standard"),
    ).settle(by=None)
    first, second = Review.objects.filter(article=make_article()).order_by("seat")
    first = first.claim(by=ada)
    page = at_desk.get(url_of(first))
    decide(second, ben, "reject", note="Wrong.")
    response = press(at_desk, page, "Approve", **all_passed(page), note="Looked fine to me.")
    assert response.status_code == 409
    assert "This seat is no longer needed" in response.content.decode()
    assert "Looked fine to me." in response.content.decode()
