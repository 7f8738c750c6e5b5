"""Taking a seat, giving it back, keeping it (P5)."""

import pytest
from django.db.models.functions import Now

from reviews.models import Review
from tests.makers import make_person
from tests.reviews.desk import form_of, has_button, held, press, sign_in, url_of, waiting


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def ben(db):
    return make_person("ben")


@pytest.fixture
def at_desk(client, ada):
    return sign_in(client, ada)


def test_taking_a_free_seat_claims_it(at_desk, ada):
    review = waiting()
    response = press(at_desk, at_desk.get(url_of(review)), "Take this review")
    assert (response.status_code, response.url) == (303, url_of(review))
    assert Review.objects.held_by(ada).get() == review


def test_what_was_typed_before_taking_is_there_after(at_desk):
    page = at_desk.get(url_of(waiting()))
    response = press(at_desk, page, "Take this review", note="First thoughts.", answer_safe="fail")
    fields = form_of(response, "Approve").fields
    assert (fields["note"], fields["answer_safe"]) == ("First thoughts.", "fail")


def test_a_seat_somebody_holds_is_not_taken_and_the_late_person_keeps_the_note(at_desk, ben):
    review = waiting()
    page = at_desk.get(url_of(review))
    review.claim(by=ben)
    response = press(at_desk, page, "Take this review", note="Early words.")
    assert response.status_code == 409
    assert "ben holds this review now." in response.content.decode()
    assert response.context["form"]["note"].value() == "Early words."
    assert Review.objects.get(pk=review.pk).claimed_by == ben


def test_a_seat_whose_lease_ran_out_can_be_taken_over(at_desk, ada, ben):
    review = held(ben)
    assert at_desk.post(url_of(review) + "take/").status_code == 409
    Review.objects.filter(pk=review.pk).update(claimed_until=Now())
    assert at_desk.post(url_of(review) + "take/").status_code == 303
    assert Review.objects.get(pk=review.pk).claimed_by == ada


def test_a_seat_given_back_is_free_again(at_desk, ada):
    review = held(ada)
    response = press(at_desk, at_desk.get(url_of(review)), "Give back")
    assert (response.status_code, response.url) == (303, "/review/")
    assert Review.objects.free().get() == review


def test_giving_back_keeps_what_was_typed_on_the_page(at_desk, ada):
    review = held(ada)
    response = press(at_desk, at_desk.get(url_of(review)), "Give back", note="Half a thought.")
    assert response.status_code == 200
    assert form_of(response, "Take this review").fields["note"] == "Half a thought."
    assert Review.objects.free().get() == review


@pytest.mark.parametrize("token", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_nobody_gives_back_what_they_do_not_hold(at_desk, ben, token):
    review = held(ben)
    at_desk.post(url_of(review) + "give-back/", {"token": token})
    at_desk.post(url_of(review) + "give-back/", {"token": review.claim_token})
    assert Review.objects.get(pk=review.pk).claimed_by == ben


def test_renewing_lets_the_lease_run_anew(at_desk, ada):
    review = held(ada)
    Review.objects.filter(pk=review.pk).update(
        claimed_until=review.claimed_until - (review.claimed_until - review.opened_at) / 2
    )
    before = Review.objects.get(pk=review.pk).claimed_until
    answer = at_desk.post(url_of(review) + "renew/", {"token": review.claim_token})
    after = Review.objects.get(pk=review.pk).claimed_until
    assert after > before
    assert answer.json() == {"claimed_until": after.isoformat()}


@pytest.mark.parametrize("token", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_lost_claim_is_not_renewed(at_desk, ada, token):
    review = held(ada)
    answer = at_desk.post(url_of(review) + "renew/", {"token": token})
    assert answer.status_code == 409
    assert answer.json()["message"]
    assert Review.objects.get(pk=review.pk).claimed_until == review.claimed_until


def test_nobody_renews_what_another_holds(at_desk, ben):
    review = held(ben)
    assert at_desk.post(url_of(review) + "renew/", {"token": review.claim_token}).status_code == 409


def test_a_closed_seat_cannot_be_taken(at_desk):
    review = waiting()
    Review.objects.filter(pk=review.pk).close(Review.State.MOOT)
    assert at_desk.post(url_of(review) + "take/").status_code == 409
    assert not has_button(at_desk.get(url_of(review)), "Take this review")


@pytest.mark.parametrize("verb", ["take/", "give-back/"])
def test_signed_out_people_take_and_give_back_nothing(client, ada, verb):
    review = held(ada)
    before = Review.objects.values().get(pk=review.pk)
    assert client.post(url_of(review) + verb, {"token": review.claim_token}).status_code == 401
    assert Review.objects.values().get(pk=review.pk) == before


def test_a_signed_out_script_renews_nothing(client, ada):
    review = held(ada)
    assert client.post(url_of(review) + "renew/", {"token": review.claim_token}).status_code == 302
    assert Review.objects.get(pk=review.pk).claimed_until == review.claimed_until
