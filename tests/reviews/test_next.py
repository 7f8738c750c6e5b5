"""Whose a seat is next: skipped for oneself, handed over to a colleague, kept, put off."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db.models.functions import Now
from django.test import Client

from articles.models import Article, Person, User
from reviews import erasure, queue
from reviews.errors import Conflict, Incomplete, NotAllowed
from reviews.models import Policy, Review, Skip
from reviews.models.skip import LASTS
from reviews.queue import Asked
from tests.makers import decide, make_article, make_person
from tests.reviews.desk import form_of, has_button, held, press, sign_in, url_of, waiting

QUEUE = "/review/"


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def ben(db):
    return make_person("ben")


@pytest.fixture
def at_desk(client, ada):
    return sign_in(client, ada)


@pytest.fixture
def two_seats(db):
    Policy.objects.filter(is_default=True).update(approvals=2)
    make_article(flagged=True)
    return list(Review.objects.order_by("pk"))


def kept(review):
    """Whom a seat is kept for, as the database has it now."""
    row = Review.objects.get(pk=review.pk)
    return row.reserved_for if row.is_reserved else None


def later(review, **hours):
    """Let time pass for what a seat is kept or put off for."""
    Review.objects.filter(pk=review.pk).update(**{name: Now() - timedelta(hours=1) for name in hours})


# Skipping --------------------------------------------------------------------------------------------------------


def test_a_skip_gives_the_seat_back_and_opens_the_next_one(at_desk, ada, ben):
    first, second = held(ada), waiting("other", title="Another")
    response = press(at_desk, at_desk.get(url_of(first)), "Not my field")
    assert (response.status_code, response.url) == (303, url_of(second))
    assert "You skipped “A change you can take back” (not my field)." in str(
        *get_messages(response.wsgi_request)
    )
    assert list(Review.objects.held_by(ada)) == [second]
    assert Review.objects.claim_next(by=ada) is None, "what was skipped is not offered again"
    assert Review.objects.claim_next(by=ben) == first, "to others it is"


def test_who_takes_by_hand_what_they_skipped_is_offered_it_again(ada):
    review = held(ada)
    review.skip(by=ada, token=review.claim_token, reason="not my field")
    mine = review.claim(by=ada)
    assert not Skip.objects.exists()
    mine.give_back(by=ada, token=mine.claim_token)
    assert Review.objects.claim_next(by=ada) == review


def test_a_skip_is_of_the_text_and_not_of_one_of_its_seats(two_seats, ada):
    mine = Review.objects.claim_next(by=ada)
    mine.skip(by=ada, token=mine.claim_token, reason="needs an expert")
    assert Review.objects.claim_next(by=ada) is None


def test_colleagues_and_leads_read_why_somebody_skipped(at_desk, ada, ben):
    review = held(ada)
    press(at_desk, at_desk.get(url_of(review)), "Something else", skip_words="I know <b>the author</b>.")
    for person in (ben, make_person("lea")):
        page = sign_in(Client(), person).get(url_of(review)).content.decode()
        assert "Skipped by <bdi>ada</bdi>" in page
        assert "something else: I know &lt;b&gt;the author&lt;/b&gt;." in page


def test_a_skip_without_a_reason_is_refused_and_keeps_what_was_typed(at_desk, ada):
    review = held(ada)
    page = at_desk.get(url_of(review))
    fields = form_of(page, "Approve").fields | {"note": "So far fine.", "skip_words": "Later."}
    response = at_desk.post(url_of(review) + "skip/", fields)
    assert response.status_code == 422
    after = form_of(response, "Approve").fields
    assert after["note"] == "So far fine."
    assert 'value="Later."' in response.content.decode()
    assert Review.objects.held_by(ada).get() == review
    assert not Skip.objects.exists()


def test_a_note_begun_before_the_skip_stays_on_the_page(at_desk, ada):
    waiting("other")
    response = press(at_desk, at_desk.get(url_of(held(ada))), "Too long for now", note="Half a thought.")
    assert response.status_code == 200
    assert form_of(response, "Take this review").fields["note"] == "Half a thought."
    assert Skip.objects.get().reason == "too long for now"


def test_who_lost_the_claim_meanwhile_skips_and_hands_over_nothing(at_desk, ada, ben):
    make_person("cem", ["Reviewers"])
    review = held(ada)
    asleep = at_desk.get(url_of(review))
    later(review, claimed_until=1)
    review.claim(by=ben)
    for button, typed in (("Not my field", {}), ("Hand it over", {"hand_over_to": "cem"})):
        response = press(at_desk, asleep, button, note="Kept.", **typed)
        assert response.status_code == 409
        assert "ben holds this review now." in response.content.decode()
        assert response.context["form"]["note"].value() == "Kept."
    assert Review.objects.held_by(ben).get() == review
    assert kept(review) is None
    assert not Skip.objects.exists()


def test_what_was_erased_takes_the_reasons_of_skips_with_it(ada):
    review = held(ada)
    review.skip(by=ada, token=review.claim_token, reason="something else: it holds her address")
    erasure.erase_text(review.revision.text, by=make_person("lea"), reason="A person's right.")
    assert not Skip.objects.exists()


# Handing over ----------------------------------------------------------------------------------------------------


def test_what_is_handed_over_is_kept_for_the_colleague_who_gets_it_first(at_desk, ada, ben):
    for source_id in ("urgent", "urgent too"):  # one of them comes next to Ada
        waiting(source_id, title="Comes first by rank")
    review = held(ada)
    Review.objects.filter(pk=review.pk).update(rank=-1e9)
    page = at_desk.get(url_of(review))
    response = press(
        at_desk, page, "Hand it over", hand_over_to="ben", hand_over_note="You know <i>this</i>."
    )
    assert response.status_code == 303
    said = str(*get_messages(response.wsgi_request))
    assert said.startswith("You handed “A change you can take back” over to ben, for whom it is kept until ")
    bens = sign_in(Client(), ben)
    queue = bens.get(QUEUE).content.decode()
    assert "<b>1</b> kept for you" in queue
    assert "Kept for <b>you</b> by <bdi>ada</bdi> until" in queue
    assert "You know &lt;i&gt;this&lt;/i&gt;." in bens.get(url_of(review)).content.decode()
    assert bens.post("/review/next/").url == url_of(review)


def test_others_are_not_offered_what_is_kept_for_a_colleague_but_may_take_it_by_hand(ada, ben):
    cem = make_person("cem", ["Reviewers"])
    review = held(ada)
    review.hand_over(by=ada, token=review.claim_token, to=ben)
    assert Review.objects.claim_next(by=cem) is None
    page = sign_in(Client(), cem).get(url_of(review))
    assert "Kept for <b><bdi>ben</bdi></b> by <bdi>ada</bdi> until" in page.content.decode()
    assert "Kept for <b><bdi>ben</bdi></b>" in sign_in(Client(), cem).get(QUEUE).content.decode()
    assert review.claim(by=cem) == review


def test_after_its_time_what_was_kept_is_for_everybody(ada, ben, settings):
    settings.REVIEW_RESERVED_HOURS = 3
    review = held(ada)
    review.hand_over(by=ada, token=review.claim_token, to=ben)
    kept_for = Review.objects.get(pk=review.pk).reserved_until - Review.objects.get(pk=review.pk).opened_at
    assert timedelta(hours=2, minutes=55) < kept_for < timedelta(hours=3, minutes=5)
    assert Review.objects.claim_next(by=ada) is None
    later(review, reserved_until=1)
    assert Review.objects.claim_next(by=ada) == review


def test_who_gives_back_or_skips_what_is_kept_for_them_leaves_it_to_everybody(ada, ben):
    for part_with in ("give_back", "skip"):
        review = held(ada, part_with)
        review.hand_over(by=ada, token=review.claim_token, to=ben)
        mine = Review.objects.claim_next(by=ben)
        assert mine == review
        reason = {"reason": "not my field"} if part_with == "skip" else {}
        getattr(mine, part_with)(by=ben, token=mine.claim_token, **reason)
        assert kept(review) is None
        decide(review, ada)


def test_a_seat_kept_for_somebody_stays_so_when_another_took_it_and_gave_it_back(ada, ben):
    review = held(ada)
    review.hand_over(by=ada, token=review.claim_token, to=ben)
    by_hand = review.claim(by=ada)
    by_hand.give_back(by=ada, token=by_hand.claim_token)
    assert kept(review) == ben


@pytest.mark.parametrize("who", ["edith", "ada", "importer", "decided", "skipper", "holder", "gone"])
def test_nothing_is_handed_over_to_who_may_not_judge_it(at_desk, ada, ben, two_seats, who):
    """Edith may not decide reviews; Ada holds it herself."""
    review, other = two_seats
    Policy.objects.filter(is_default=True).update(exclude_importer=True)
    Review.objects.update(exclude_importer=True)
    person = make_person(who, None if who == "edith" else ["Reviewers"])
    if who == "importer":
        review.revision.contributors.create(person=person, role="imported")
    if who == "decided":
        decide(other, person)
    if who == "skipper":
        Skip.objects.create(person=person, review=review, reason="not my field")
    if who == "holder":
        other.claim(by=person)
    if who == "gone":
        User.objects.filter(pk=person.account_id).update(is_active=False)
    mine = review.claim(by=ada)
    page = at_desk.get(url_of(mine))
    assert who not in page.context["colleagues"]
    with pytest.raises(NotAllowed):
        mine.hand_over(by=ada, token=mine.claim_token, to=person)
    fields = form_of(page, "Approve").fields | {
        "hand_over_to": who,
        "hand_over_note": "Please.",
        "note": "Hm.",
    }
    response = at_desk.post(url_of(mine) + "hand-over/", fields)
    assert response.status_code == 422
    assert f"“{who}” cannot take this one" in response.content.decode()
    assert form_of(response, "Approve").fields["note"] == "Hm."
    assert 'value="Please."' in response.content.decode()
    assert Review.objects.held_by(ada).get() == mine


def test_whom_a_page_offers_is_whom_nothing_bars(two_seats, ada, ben):
    """The rule stands in two forms: for one person in words, and for all in one query."""
    review, other = two_seats
    people = [ada, ben, *(make_person(name, ["Reviewers"]) for name in ("cem", "dan", "eve", "fay"))]
    wrote, imported, decided, free = people[2:]
    review.revision.contributors.create(person=wrote, role="edited")
    review.revision.contributors.create(person=imported, role="imported")
    decide(other, decided)
    for importer_is_barred in (False, True):
        review.exclude_importer = importer_is_barred
        assert set(review.people_for_it()) == {person for person in people if not review.bars(person)}
    assert free in review.people_for_it()


def test_colleagues_of_one_name_are_told_apart(at_desk, ada, ben):
    for username in ("cem1", "cem2"):
        person = make_person(username, ["Reviewers"])
        Person.objects.filter(pk=person.pk).update(name="Cem")
    review = held(ada)
    page = at_desk.get(url_of(review))
    assert page.context["colleagues"] == ["ben", "Cem (cem1)", "Cem (cem2)"]
    press(at_desk, page, "Hand it over", hand_over_to="Cem (cem2)")
    assert kept(review).account.username == "cem2"


def test_many_colleagues_are_a_field_with_suggestions(at_desk, ada):
    for number in range(51):
        make_person(f"colleague{number}", ["Reviewers"])
    review = held(ada)
    page = at_desk.get(url_of(review))
    assert '<datalist id="colleagues">' in page.content.decode()
    press(at_desk, page, "Hand it over", hand_over_to="colleague7")
    assert kept(review).name == "colleague7"


def test_the_accounts_of_the_demo_are_nobodys_colleagues_elsewhere(ada, ben, settings):
    User.objects.filter(pk=ben.account_id).update(is_demo=True)
    review = held(ada)
    assert ben not in review.people_for_it()
    settings.DEMO = True
    assert ben in review.people_for_it()


# Who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["edith", "otto", None])
@pytest.mark.parametrize("verb", ["skip/", "hand-over/", "undo/"])
def test_people_without_the_right_to_decide_may_do_none_of_it(client, ada, ben, name, verb):
    review = held(ada)
    before = Review.objects.values().get(pk=review.pk)
    if name:
        sign_in(client, make_person(name))
    sent = {"token": review.claim_token, "skip_reason": "field", "hand_over_to": "ben"}
    assert client.post(url_of(review) + verb, sent).status_code == (403 if name else 401)
    assert client.get(url_of(review) + verb).status_code in (302, 403, 405)
    assert Review.objects.values().get(pk=review.pk) == before
    assert not Skip.objects.exists()


@pytest.mark.parametrize("verb", ["skip/", "hand-over/", "undo/"])
def test_a_forged_post_does_none_of_it(ada, ben, verb):
    review = held(ada)
    before = Review.objects.values().get(pk=review.pk)
    client = sign_in(Client(enforce_csrf_checks=True), ada)
    sent = {"token": review.claim_token, "skip_reason": "field", "hand_over_to": "ben"}
    assert client.post(url_of(review) + verb, sent).status_code == 403
    assert Review.objects.values().get(pk=review.pk) == before


def test_nobody_parts_with_what_another_holds(at_desk, ada, ben):
    review = held(ben)
    with pytest.raises(Conflict):
        review.skip(by=ada, token=review.claim_token, reason="not my field")
    with pytest.raises(Conflict):
        review.hand_over(by=ada, token=review.claim_token, to=make_person("cem", ["Reviewers"]))
    with pytest.raises(Incomplete):
        review.skip(by=ben, token=review.claim_token, reason=" ")
    assert not has_button(at_desk.get(url_of(review)), "Hand it over")
    assert Review.objects.held_by(ben).get() == review


# Put off, closed, blind -------------------------------------------------------------------------------------------


def test_what_is_put_off_is_offered_to_nobody_before_its_time_and_can_be_taken_by_hand(ada, ben):
    review = waiting()
    Review.objects.filter(pk=review.pk).update(deferred_until=Now() + timedelta(hours=1))
    assert Review.objects.claim_next(by=ada) is None
    assert "Put off until" in sign_in(Client(), ada).get(url_of(review)).content.decode()
    assert "Put off until" in sign_in(Client(), ada).get(QUEUE).content.decode()
    mine = review.claim(by=ada)
    mine.give_back(by=ada, token=mine.claim_token)
    later(review, deferred_until=1)
    assert Review.objects.claim_next(by=ben) == review


def test_a_closed_seat_is_kept_for_nobody(ada, ben):
    review = held(ada)
    review.hand_over(by=ada, token=review.claim_token, to=ben)
    decide(review, ben)
    row = Review.objects.get(pk=review.pk)
    assert (row.reserved_for, row.reserved_until, row.deferred_until) == (None, None, None)


def test_a_seat_skipped_or_kept_tells_the_other_seat_nothing_of_a_verdict_P5(ada, ben, two_seats):
    """Ada decided one seat; the other was skipped by one and handed over by another: Ben, for whom it is kept."""
    first, second = two_seats
    cem = make_person("cem", ["Reviewers"])
    decide(first, ada, "approve", note="Ada's secret note")
    mine = second.claim(by=cem)
    mine.hand_over(by=cem, token=mine.claim_token, to=ben)
    Skip.objects.create(person=make_person("dan", ["Reviewers"]), review=second, reason="not my field")
    desk = sign_in(Client(), ben)
    for page in (QUEUE, url_of(second), url_of(first)):
        said = desk.get(page).content.decode()
        assert "approved" not in said.replace("What was approved before is folded", "")
        assert "Ada's secret note" not in said
    assert Article.objects.get().reviews.open().get() == second


def test_a_skip_ends_so_that_what_everybody_skipped_is_offered_again(ada, ben):
    seat = waiting()
    for person in (ada, ben):
        held = seat.claim(by=person)
        held.skip(by=person, token=held.claim_token, reason="not my field")
    assert Review.objects.claim_next(by=ada) is None
    Skip.objects.update(at=Now() - LASTS)
    again = Review.objects.claim_next(by=ada)
    assert again == seat
    again.hand_over(to=ben, by=ada, token=again.claim_token)
    assert kept(seat) == ben


def test_who_skips_again_has_skipped_from_then_on(ada):
    waiting()
    for _ in range(2):
        Skip.objects.update(at=Now() - LASTS)
        held = Review.objects.claim_next(by=ada)
        held.skip(by=ada, token=held.claim_token, reason="not my field")
    assert Review.objects.claim_next(by=ada) is None


# Nothing waits for ever, and nothing waits that need not -------------------------------------------------------------


def test_what_a_colleague_gives_back_is_the_next_at_once_if_it_ranks_highest(ada, ben):
    first, second = waiting("first", title="First"), waiting("second", title="Second")
    other = first.claim(by=ben)
    seat = queue.take_next(ada, Asked())
    assert seat == second
    seat.give_back(by=ada, token=seat.claim_token)
    other.give_back(by=ben, token=other.claim_token)
    assert queue.take_next(ada, Asked()) == first
