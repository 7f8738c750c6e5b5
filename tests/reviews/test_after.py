"""After the decision: undone for a moment, sent back to its editor, and back to the same reviewer first."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from articles.models import Article, User
from reviews import intake
from reviews.errors import NotAllowed
from reviews.models import Decision, Policy, Requirement, Review
from reviews.verification import verify
from tests.makers import approve, decide, make_article, make_document, make_person, make_release
from tests.reviews.desk import (
    all_passed,
    form_of,
    has_button,
    held,
    press,
    sign_in,
    sign_in_again,
    url_of,
    waiting,
)

LIST = "/admin/articles/article/"
NOTE = "The second step is missing.\n\nSay which version it needs."


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


def edited(article, body="Other words.", by="edith"):
    article = Article.objects.get(pk=article.pk)
    document = make_document(article.source_id, flagged=True, body=body)
    intake.edit(article, document, by=make_person(by), seen=article.latest_revision.digest)
    return Review.objects.open().filter(article=article)


def staff(name):
    person = make_person(name)
    User.objects.filter(pk=person.account_id).update(is_staff=True)
    return sign_in(Client(), person)


# Undo ------------------------------------------------------------------------------------------------------------


def test_a_decision_is_undone_from_the_page_that_follows_and_all_that_was_typed_is_back(at_desk, ada):
    review = held(ada)
    waiting("next", title="The next one")
    page = at_desk.get(url_of(review))
    typed = all_passed(page) | {"answer_safe": "fail", "remark_safe": "It runs as root.", "note": NOTE}
    following = at_desk.get(press(at_desk, page, "Reject", **typed).url)
    undone = press(at_desk, following, "Undo")
    fresh = Review.objects.held_by(ada).get(article=review.article)
    assert fresh != review
    assert (undone.status_code, undone.url) == (303, url_of(fresh))
    assert str(*get_messages(undone.wsgi_request)).startswith("Undone. “A change you can take back” is yours")
    shown = at_desk.get(url_of(fresh))
    fields = form_of(shown, "Approve").fields
    assert fields["note"] == NOTE
    assert {name: fields[name] for name in typed if name != "note"} == {
        name: value for name, value in typed.items() if name != "note"
    }
    assert press(at_desk, shown, "Ask for changes").status_code == 303
    verdicts = list(Decision.objects.order_by("pk").values_list("verdict", flat=True))
    assert verdicts == ["reject", "revoke", "request_changes"], "nothing was deleted"
    assert str(Decision.objects.get(verdict="revoke").note) == "Undone by the reviewer within 10 minutes."
    assert verify().fault is None


def test_who_undoes_is_told_what_else_they_hold_then(at_desk, ada):
    review = held(ada)
    waiting("next", title="The next one")
    page = at_desk.get(url_of(review))
    following = at_desk.get(press(at_desk, page, "Approve", **all_passed(page)).url)
    undone = press(at_desk, following, "Undo")
    assert "You also hold “The next one”" in str(*get_messages(undone.wsgi_request))
    held_now = Review.objects.held_by(ada).values_list("revision__title", flat=True)
    assert set(held_now) == {"The next one", "A change you can take back"}


def test_the_page_of_the_decided_seat_offers_it_too_to_its_person_for_its_time(at_desk, ada, ben):
    review = held(ada)
    decide(review, ada)
    assert has_button(at_desk.get(url_of(review)), "Undo")
    assert not has_button(sign_in(Client(), ben).get(url_of(review)), "Undo")
    assert press(at_desk, at_desk.get(url_of(review)), "Undo").status_code == 303
    assert not has_button(at_desk.get(url_of(review)), "Undo")


def test_an_undo_pressed_twice_is_done_once_and_leads_to_the_same_seat(at_desk, ada):
    review = held(ada)
    decide(review, ada)
    page = at_desk.get(url_of(review))
    first, second = press(at_desk, page, "Undo"), press(at_desk, page, "Undo")
    assert first.url == second.url
    assert Decision.objects.count() == 2


def test_a_form_sent_again_after_the_undo_is_not_taken_for_the_decision(at_desk, ada):
    page = at_desk.get(url_of(held(ada)))
    press(at_desk, page, "Approve", **all_passed(page))
    Decision.objects.get().undo(by=ada)
    again = press(at_desk, page, "Approve", **all_passed(page))
    assert again.status_code == 403
    assert "You hold another seat of this text" in again.content.decode()
    assert not Decision.objects.standing().exists()


def test_after_its_time_and_after_a_release_undo_says_what_is_left(at_desk, ada, settings, monkeypatch):
    review = held(ada)
    decision = decide(review, ada)
    page = at_desk.get(url_of(review))
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(minutes=11))
    refused = press(at_desk, page, "Undo")
    assert refused.status_code == 403
    assert "within 10 min, and that time is over" in refused.content.decode()
    assert "from the history of the article" in refused.content.decode()
    settings.REVIEW_UNDO_MINUTES = 20
    make_release(review.article, make_person("edith"))
    refused = press(at_desk, page, "Undo")
    assert refused.status_code == 403
    assert "was released after your decision" in refused.content.decode()
    assert not has_button(at_desk.get(url_of(review)), "Undo")
    assert decision.is_standing


def test_nobody_undoes_the_decision_of_another_or_a_revocation(at_desk, ada, ben):
    review = waiting()
    decision = decide(review, ben)
    assert at_desk.post(url_of(review) + "undo/").status_code == 403
    with pytest.raises(NotAllowed):
        decision.undo(by=ada)
    revocation = decision.revoke(by=ben, reason="I was wrong.")
    with pytest.raises(NotAllowed):
        revocation.undo(by=ben)
    assert Decision.objects.count() == 2


def test_who_was_signed_out_meanwhile_signs_in_and_finds_the_button_again(at_desk, ada):
    review = held(ada)
    decide(review, ada)
    page = at_desk.get(url_of(review))
    at_desk.logout()
    back = sign_in_again(at_desk, press(at_desk, page, "Undo"), "ada")
    assert Decision.objects.count() == 1
    assert press(at_desk, back, "Undo").status_code == 303
    assert Decision.objects.count() == 2


def test_who_lost_the_right_to_decide_undoes_nothing(at_desk, ada):
    review = held(ada)
    decide(review, ada)
    page = at_desk.get(url_of(review))
    ada.account.groups.clear()
    assert press(at_desk, page, "Undo").status_code == 403
    assert Decision.objects.count() == 1


def test_seats_that_a_rejection_closed_open_again_and_stay_blind_P5(at_desk, ada, ben, two_seats):
    first = held_first(ada)
    decide(first, ada, "reject", note="Ada's secret note")
    assert not Review.objects.open().exists()
    Decision.objects.get().undo(by=ada)
    mine, other = Review.objects.held_by(ada).get(), Review.objects.free().get()
    assert mine.digest == other.digest == first.digest
    assert other in Review.objects.offered_to(ben)
    for page in ("/review/", url_of(first), url_of(other)):
        said = sign_in(Client(), ben).get(page).content.decode()
        assert "Ada's secret note" not in said
        assert "rejected" not in said
        assert "Undone" not in said


def held_first(person):
    make_article(flagged=True)
    return Review.objects.order_by("pk").first().claim(by=person)


def test_of_two_approvals_one_is_undone_and_the_other_stands(ada, ben, two_seats):
    article = make_article(flagged=True)
    approve(article, ada, ben)
    fresh = Decision.objects.get(person=ada).undo(by=ada)
    assert fresh == Review.objects.open().get()
    assert [one.person for one in Decision.objects.standing()] == [ben]
    decide(fresh, ada)
    assert Decision.objects.standing().count() == 2


def test_an_approval_asked_for_anew_can_be_undone_although_the_old_one_stands(ada):
    article = make_article(flagged=True)
    revision = approve(article, ada)
    article = Article.objects.locked(article.pk)
    intake.require([(revision, article, [(Requirement.Reason.STALE, "It grew old.")])])
    [seat] = intake.reopen(revision, article)
    fresh = decide(seat, ada).undo(by=ada)
    assert fresh == Review.objects.open().get()
    assert fresh.claimed_by == ada


def test_where_the_text_was_replaced_meanwhile_the_decision_is_undone_and_no_seat_opens(at_desk, ada):
    review = held(ada)
    decide(review, ada, "request_changes", note="Mend it.")
    page = at_desk.get(url_of(review))
    edited(review.article)
    response = press(at_desk, page, "Undo")
    assert (response.status_code, response.url) == (303, url_of(review))
    assert "its text was replaced meanwhile" in str(*get_messages(response.wsgi_request))
    assert not Decision.objects.standing().exists()


def test_undo_can_be_switched_off(at_desk, ada, settings):
    settings.REVIEW_UNDO_MINUTES = 0
    review = held(ada)
    page = at_desk.get(url_of(review))
    following = at_desk.get(press(at_desk, page, "Approve", **all_passed(page)).url)
    assert not has_button(following, "Undo")
    assert not has_button(at_desk.get(url_of(review)), "Undo")
    assert at_desk.post(url_of(review) + "undo/").status_code == 403


def test_what_another_person_revoked_fills_nothing_in(at_desk, ada, ben):
    review = held(ada)
    decide(review, ada, "reject", note="Ada's words")
    Decision.objects.get().revoke(by=make_person("lea"), reason="It is fine.")
    fresh = Review.objects.open().get().claim(by=ada)
    assert form_of(at_desk.get(url_of(fresh)), "Approve").fields["note"] == ""


# Sent back to the editor -----------------------------------------------------------------------------------------


def test_what_was_sent_back_is_on_the_editors_list_until_a_newer_revision(ada):
    editor = staff("edith")
    article = make_article(flagged=True)
    make_article("other")
    assert "sent back</a>" not in editor.get(LIST).content.decode()
    decide(article.reviews.get(), ada, "request_changes", note="Mend the second step.")
    page = editor.get(LIST).content.decode()
    assert '<a href="?state=sent_back">1 sent back</a>' in page
    change = f"{LIST}{article.pk}/change/"
    assert editor.get(f"{LIST}?state=sent_back").context["cl"].result_count == 1
    assert change in editor.get(f"{LIST}?state=sent_back").content.decode()
    edited(article)
    assert "sent back</a>" not in editor.get(LIST).content.decode()
    assert editor.get(f"{LIST}?state=sent_back").context["cl"].result_count == 0


def test_the_same_bytes_under_another_number_are_still_sent_back(ada):
    editor = staff("edith")
    article = make_article(flagged=True)
    decide(article.reviews.get(), ada, "request_changes", note="Mend it.")
    edited(article)
    original = make_document(flagged=True)
    latest = Article.objects.get().latest_revision
    intake.edit(article, original, by=make_person("edith"), seen=latest.digest)
    assert not Review.objects.open().exists()
    assert ">1 sent back</a>" in editor.get(LIST).content.decode()
    assert "asked for changes" in editor.get(f"{LIST}?state=sent_back").content.decode()


def test_a_rejection_is_a_state_of_its_own(ada):
    editor = staff("edith")
    article = make_article(flagged=True)
    decide(article.reviews.get(), ada, "reject", note="No.")
    assert editor.get(f"{LIST}?state=sent_back").context["cl"].result_count == 0
    assert editor.get(f"{LIST}?state=rejected").context["cl"].result_count == 1


def test_the_article_says_first_who_asked_for_changes_and_in_which_words(at_desk, ada):
    editor = staff("edith")
    review = held(ada)
    page = at_desk.get(url_of(review))
    press(
        at_desk, page, "Ask for changes", note="Mend <b>it</b>.", answer_safe="fail", remark_safe="As root."
    )
    said = editor.get(f"{LIST}{review.article_id}/change/").content.decode()
    assert said.index("<bdi>ada</bdi> asked for changes") < said.index("Where it stands")
    assert "Mend &lt;b&gt;it&lt;/b&gt;." in said
    assert "<q>As root.</q>" in said


def test_the_list_counts_what_was_sent_back_in_one_query(django_assert_max_num_queries, ada):
    editor = staff("edith")
    editor.get(LIST)
    with django_assert_max_num_queries(9) as none:
        editor.get(LIST)
    for number in range(4):
        article = make_article(f"note-{number}", flagged=True)
        decide(article.reviews.get(), ada, "request_changes", note="Mend it.")
    with django_assert_max_num_queries(10) as some:
        editor.get(LIST)
    assert len(some) - len(none) <= 1  # what the rows mention is looked for only where there are rows


def test_while_a_seat_is_open_the_list_counts_nothing_and_the_page_names_nobody_P5(ada):
    article = make_article(flagged=True)
    decide(article.reviews.get(), ada, "request_changes", note="Ada's secret note")
    intake.flag(article.latest_revision, by=make_person("edith"))
    assert "sent back</a>" not in staff("edith").get(LIST).content.decode()
    change = staff("lea").get(f"{LIST}{article.pk}/change/").content.decode()  # she may judge it herself
    assert "Ada's secret note" not in change
    assert "<bdi>ada</bdi> asked for changes" not in change


# Back to the same reviewer first ---------------------------------------------------------------------------------


def test_the_new_revision_of_what_was_sent_back_comes_to_the_same_reviewer_first(at_desk, ada, ben):
    review = waiting()
    decide(review, ada, "request_changes", note="Mend it.")
    waiting("urgent")
    seat = edited(review.article).get()
    Review.objects.filter(pk=seat.pk).update(rank=-1e9)
    assert (seat.reserved_for, seat.is_reserved, seat.reserved_by) == (ada, True, None)
    page = sign_in(Client(), ben).get(url_of(seat)).content.decode()
    assert "Kept for <b><bdi>ada</bdi></b>, who asked for changes before, until" in page
    assert Review.objects.claim_next(by=ben) != seat
    assert Review.objects.claim_next(by=ben) is None
    waiting("urgent too")
    assert at_desk.post("/review/next/").url == url_of(seat)
    assert (
        "You asked for changes to revision 1; this is revision 2."
        in at_desk.get(url_of(seat)).content.decode()
    )
    Review.objects.filter(pk=seat.pk).update(claimed_until=Now(), reserved_until=Now())
    assert seat in Review.objects.offered_to(ben), "nothing waits for who does not come"


def test_it_comes_back_through_an_import_as_well(ada):
    review = waiting()
    decide(review, ada, "request_changes", note="Mend it.")
    make_article(flagged=True, body="The source mended it.")
    assert Review.objects.open().get().reserved_for == ada


@pytest.mark.parametrize("why", ["wrote", "no right", "revoked", "approved since"])
def test_it_is_kept_for_nobody_who_may_not_judge_it_or_asked_for_nothing_any_more(ada, ben, why):
    review = waiting()
    decision = decide(review, ada, "request_changes", note="Mend it.")
    if why == "wrote":
        assert edited(review.article, by="ada").get().reserved_for is None
        return
    if why == "no right":
        ada.account.groups.clear()
    elif why == "revoked":
        decision.revoke(by=ada, reason="It was right.")
    else:
        decide(edited(review.article).get(), ben)
    assert edited(review.article, "Yet other words.").get().reserved_for is None


def test_of_two_seats_one_comes_back_and_the_other_is_for_anybody(ada, ben, two_seats):
    make_article(flagged=True)
    first = Review.objects.order_by("pk").first()
    decide(first, ada, "request_changes", note="Mend it.")
    seats = edited(first.article)
    assert [seat.reserved_for for seat in seats.order_by("seat")] == [ada, None]
    assert Review.objects.claim_next(by=ben).seat == 2
    assert Review.objects.claim_next(by=ada).seat == 1
