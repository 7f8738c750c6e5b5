"""The queue at /review/: its order, its filters, its pages, and who may see it."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from articles.models import Contributor
from reviews import queue
from reviews.models import Criteria, Policy, Review, Skip
from reviews.models.skip import LASTS
from tests.makers import decide, make_article, make_person
from tests.reviews.desk import form_of, held, press, sign_in, waiting

QUEUE, NEXT = "/review/", "/review/next/"


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def at_desk(client, ada):
    return sign_in(client, ada)


@pytest.fixture
def two_readers(db):
    """A policy that gives every text about Python two seats."""
    criteria = Criteria.objects.get(name="Standard")
    Policy(name="Two", match_tag="python", approvals=2, position=1, criteria=criteria).settle(by=None)


def seats_of(source_id):
    return list(Review.objects.filter(article=make_article(source_id, title=source_id)).order_by("seat"))


def titles(response):
    return [row["title"] for row in response.context["rows"]]


def test_signed_out_visitors_are_sent_to_sign_in(client, db):
    response = client.get(QUEUE)
    assert response.status_code == 302
    assert response.url == "/sign-in/?next=/review/"


@pytest.mark.parametrize("name", ["edith", "otto"])
@pytest.mark.parametrize("path", [QUEUE, NEXT])
def test_people_without_the_right_to_decide_may_not_see_the_desk(client, db, name, path):
    assert sign_in(client, make_person(name)).get(path).status_code == 403


def test_pages_of_the_desk_are_stored_nowhere_and_indexed_by_nobody(at_desk):
    headers = at_desk.get(QUEUE).headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Robots-Tag"] == "noindex"


def test_the_riskier_text_comes_first_and_says_why(at_desk):
    waiting("plain", title="Asked for by its document")
    waiting(
        "risky", title="Found by a check", body="Key: AKIAABCDEFGHIJKLMNOP and\n\n```python\ndef f(:\n```\n"
    )
    response = at_desk.get(QUEUE)
    assert titles(response) == ["Found by a check", "Asked for by its document"]
    assert "check found something blocking" in response.context["rows"][0]["why"]


def test_an_old_item_overtakes_every_riskier_newer_one(at_desk):
    old = waiting("old", title="Old")
    waiting("new", title="New")
    Review.objects.filter(pk=old.pk).update(rank=old.rank + 1)
    assert titles(at_desk.get(QUEUE)) == ["Old", "New"]


def test_a_title_with_markup_is_shown_as_text(at_desk):
    waiting(title="<script>alert(1)</script>")
    page = at_desk.get(QUEUE).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_filters_show_what_is_mine_unclaimed_and_overdue(at_desk, ada):
    held(ada, "mine", title="Mine")
    held(make_person("ben"), "bens", title="Ben's")
    late = waiting("late", title="Late")
    Review.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=1))
    shown = {show: sorted(titles(at_desk.get(QUEUE, {"show": show}))) for show in queue.SHOWN}
    assert shown == {
        "all": ["Ben's", "Late", "Mine"],
        "unclaimed": ["Late"],
        "mine": ["Mine"],
        "kept": [],
        "overdue": ["Late"],
        "put_off": [],
        "skipped": [],
    }
    counts = at_desk.get(QUEUE).context["counts"]
    assert counts == {"free": "1", "kept": "0", "others": "1", "mine": "1", "overdue": "1"}


def test_a_filter_nobody_knows_shows_all(at_desk):
    waiting()
    assert len(titles(at_desk.get(QUEUE, {"show": "nonsense"}))) == 1


def test_a_row_says_who_holds_it_and_that_it_is_not_mine_to_take(at_desk):
    held(make_person("ben"))
    [row] = at_desk.get(QUEUE).context["rows"]
    assert (row["claimed_by"], row["mine"], row["may_take"]) == (["ben"], False, False)


def test_a_row_of_my_own_text_is_marked_as_somebody_elses_to_judge(at_desk, ada):
    review = waiting()
    Contributor.objects.create(revision=review.revision, person=ada, role="edited")
    [row] = at_desk.get(QUEUE).context["rows"]
    assert row["barred"] == "You contributed to this text, so somebody else decides on it."
    assert not row["may_take"]


def test_a_row_says_what_bars_me_as_the_page_of_the_seat_does(at_desk, ada, two_readers):
    first, second = seats_of("two")
    for bring_about, words in (
        (lambda: first.claim(by=ada), "You hold another seat of this text; one person, one seat."),
        (
            lambda: decide(first, ada),
            "You have decided on this text already; another seat needs another person.",
        ),
    ):
        bring_about()
        Review.objects.filter(pk=second.pk).update(
            reserved_for=ada, reserved_until=Now() + timedelta(hours=1)
        )
        [row] = at_desk.get(QUEUE, {"show": "kept"}).context["rows"]
        assert (row["pk"], row["barred"], row["may_take"]) == (second.pk, words, False)
        assert words in at_desk.get(row["url"]).content.decode()


def test_what_was_skipped_is_listed_with_who_and_why_as_long_as_that_lasts(
    at_desk, ada, django_assert_max_num_queries
):
    waiting("other", title="Nobody skipped this")
    seats = [waiting(f"n-{number}", title=f"Hard {number}") for number in range(3)]
    for seat in seats:
        for name, reason in (("ben", "needs an expert"), ("cem", "not my field")):
            person = make_person(name, ["Reviewers"])
            claimed = seat.claim(by=person)
            claimed.skip(by=person, token=claimed.claim_token, reason=reason)
    Skip.objects.filter(review=seats[0]).update(at=timezone.now() - LASTS - timedelta(minutes=1))
    with django_assert_max_num_queries(9):
        response = at_desk.get(QUEUE, {"show": "skipped"})
    assert titles(response) == ["Hard 1", "Hard 2"]
    assert response.context["rows"][0]["skips"] == [("ben", "needs an expert"), ("cem", "not my field")]
    assert "Skipped by <bdi>ben</bdi>" in response.content.decode()


def test_an_outcome_is_listed_whole_and_the_page_says_what_it_leaves_out(at_desk):
    said = "what else the address asks for is left out"
    assert said in at_desk.get(QUEUE, {"state": "moot", "tag": "python"}).content.decode()
    assert said not in at_desk.get(QUEUE, {"state": "moot"}).content.decode()
    assert said not in at_desk.get(QUEUE, {"tag": "python"}).content.decode()


def test_paging_shows_every_row_once_even_when_the_last_one_shown_was_decided(at_desk, monkeypatch):
    monkeypatch.setattr(queue, "PAGE_SIZE", 2)
    for number in range(5):
        waiting(f"note-{number}", title=f"Note {number}")
    response = at_desk.get(QUEUE)
    seen = titles(response)
    last = Review.objects.get(revision__title=seen[-1])
    Review.objects.filter(pk=last.pk).close(Review.State.MOOT)
    while response.context["older"]:
        response = at_desk.get(response.context["older"])
        assert response.context["newest"] == QUEUE
        seen += titles(response)
    assert sorted(seen) == [f"Note {number}" for number in range(5)]


def test_the_seats_of_a_text_are_one_row_that_says_how_many_are_free(at_desk, ada, two_readers):
    first, second = seats_of("Twice")
    [row] = at_desk.get(QUEUE).context["rows"]
    assert (row["seats"], row["free"], row["url"]) == (2, 2, f"/review/{first.pk}/")
    first.claim(by=make_person("ben"))
    page = at_desk.get(QUEUE)
    [row] = page.context["rows"]
    assert (row["free"], row["claimed_by"], row["url"]) == (1, ["ben"], f"/review/{second.pk}/")
    assert row["may_take"]
    assert "2 seats, 1 free" in page.content.decode()
    second.claim(by=ada)
    page = at_desk.get(QUEUE)
    [row] = page.context["rows"]
    assert (row["mine"], row["claimed_by"], row["url"]) == (True, ["ben"], f"/review/{second.pk}/")
    assert "2 seats, none free" in page.content.decode()
    assert at_desk.get(QUEUE, {"show": "mine"}).context["rows"][0]["seats"] == 2


def test_what_waits_for_me_is_counted_in_texts_and_apart_from_what_others_hold_and_i_wrote(
    at_desk, ada, two_readers
):
    seats_of("Two free seats")
    held(make_person("ben"), "bens", meta={"stack": ["go"]})
    written = seats_of("Mine to write")[0]
    Contributor.objects.create(revision=written.revision, person=ada, role="edited")
    counts = at_desk.get(QUEUE).context["counts"]
    assert (counts["free"], counts["others"], counts["mine"]) == ("1", "1", "0")


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_no_page_parts_the_seats_of_a_text_unless_they_fill_it_and_none_is_left_out(
    at_desk, two_readers, monkeypatch, size
):
    monkeypatch.setattr(queue, "PAGE_SIZE", size)
    for name in ("A", "B", "C"):
        seats_of(name)
    waiting("One", title="One", meta={"stack": ["go"]})
    response = at_desk.get(QUEUE)
    seen = titles(response)
    while response.context["older"]:
        response = at_desk.get(response.context["older"])
        seen += titles(response)
    if size == 1:  # each seat is a page of its own
        assert sorted(seen) == ["A", "A", "B", "B", "C", "C", "One"]
    else:
        assert sorted(seen) == ["A", "B", "C", "One"]


def test_a_blocking_reason_stands_out(at_desk):
    waiting(body="Key: AKIAABCDEFGHIJKLMNOP\n")
    page = at_desk.get(QUEUE)
    [row] = page.context["rows"]
    assert row["blocking"] + row["besides"] == row["why"]
    assert f'<span class="stop">{row["blocking"]}</span>' in page.content.decode()


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 30, "٣", "99999"])
def test_a_place_that_is_none_begins_at_the_top(at_desk, after):
    waiting()
    assert len(titles(at_desk.get(QUEUE, {"after": after}))) == 1


def test_counts_stop_at_a_cap(at_desk, monkeypatch):
    monkeypatch.setattr(queue, "MOST_COUNTED", 2)
    for number in range(3):
        waiting(f"note-{number}")
    assert at_desk.get(QUEUE).context["counts"]["free"] == "2+"


@pytest.mark.parametrize("rows", [2, 7])
def test_the_queue_costs_the_same_queries_whatever_its_length(
    at_desk, rows, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(queue, "PAGE_SIZE", 8)
    for number in range(rows):
        held(make_person(f"ben{number}", ["Reviewers"]), f"note-{number}")
    # Session, account with its person, its permissions; rows, their labels, their texts (once, then cached), what of
    # them was approved before; all counts.
    with django_assert_num_queries(8):
        assert len(at_desk.get(QUEUE).context["rows"]) == rows


@pytest.mark.parametrize("asked", [{"tag": "python"}, {"entity": "stack/python"}, {"reason": "document"}])
def test_a_filter_alone_costs_at_most_what_its_word_means_looked_up_once(
    at_desk, asked, django_assert_max_num_queries
):
    waiting()
    assert len(at_desk.get(QUEUE, asked).context["rows"]) == 1  # and texts are cached from here on
    with django_assert_max_num_queries(8):
        at_desk.get(QUEUE, asked)


def test_next_claims_the_first_in_order_and_goes_there(at_desk, ada):
    review = waiting()
    response = press(at_desk, at_desk.get(QUEUE), "Take the next item")
    assert (response.status_code, response.url) == (303, f"/review/{review.pk}/")
    review.refresh_from_db()
    assert review.claimed_by == ada


def test_next_goes_back_to_what_is_held_already(at_desk, ada):
    mine = held(ada)
    waiting("other")
    response = at_desk.post(NEXT)
    assert response.url == f"/review/{mine.pk}/"
    assert "You hold this one already" in str(*get_messages(response.wsgi_request))
    assert Review.objects.held_by(ada).count() == 1


def test_next_says_so_when_nothing_is_left(at_desk):
    response = at_desk.post(NEXT, follow=True)
    assert "Nothing waits for you" in response.content.decode()


def test_next_passes_over_what_others_hold_and_what_i_wrote(at_desk, ada):
    held(make_person("ben"), "bens")
    written = waiting("mine")
    Contributor.objects.create(revision=written.revision, person=ada, role="edited")
    free = waiting("free")
    assert at_desk.post(NEXT).url == f"/review/{free.pk}/"


def test_an_address_opened_claims_nothing(at_desk):
    review = waiting()
    response = at_desk.get(NEXT)
    assert form_of(response, "Take the next item").action == NEXT
    review.refresh_from_db()
    assert review.claimed_by is None


def test_signed_out_visitors_who_press_next_sign_in_and_find_the_button_again(client, db):
    assert client.post(NEXT).url == "/sign-in/?next=/review/next/"


def test_only_what_waits_for_review_is_listed(at_desk):
    make_article("unflagged")
    assert titles(at_desk.get(QUEUE)) == []
    assert reverse("reviews:queue") == QUEUE
