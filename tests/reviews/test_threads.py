"""What people say about a text: threads that follow it, hold its approval, and stay with the desk and the editor."""

import time
from functools import partial

import pytest
from django.db import transaction
from django.urls import reverse

from articles.models import Article
from reviews import erasure, intake
from reviews.conversation import heard
from reviews.errors import Incomplete, NotAllowed
from reviews.models import Comment, Criteria, Decision, Note, Policy, Review, Thread
from tests.makers import (
    approve,
    decide,
    make_article,
    make_document,
    make_person,
    make_released,
)
from tests.processes import output_of
from tests.reviews.desk import (
    all_passed,
    fields_with,
    has_button,
    held,
    press,
    sign_in,
    sign_in_again,
    url_of,
    waiting,
)
from tests.reviews.test_review_page import QUERIES

SENTENCE = "Compare, and keep the commands."


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def ben(db):
    return make_person("ben")


@pytest.fixture
def edith(db):
    return make_person("edith")


@pytest.fixture
def at_desk(client, ada):
    return sign_in(client, ada)


@pytest.fixture
def two_seats(db):
    """The two seats of one text whose policy asks for two approvals."""
    Policy(
        name="Two",
        match_tag="python",
        approvals=2,
        position=1,
        criteria=Criteria.objects.get(name="Standard"),
    ).settle(by=None)
    return list(Review.objects.filter(article=make_article()).order_by("seat"))


def edited(review, by, body):
    article = Article.objects.get(pk=review.article_id)
    document = make_document(article.source_id, flagged=True, body=body)
    intake.edit(article, document, by=by, seen=article.latest_revision.digest)
    return Review.objects.open().filter(article=article).order_by("seat").first()


def said(client, review, text, **typed):
    return press(client, client.get(url_of(review)), "Send the comment", say=text, **typed)


# At the desk ---------------------------------------------------------------------------------------------------


def test_a_comment_opens_a_thread_at_its_place_and_leads_to_it(at_desk, ada):
    review = held(ada)
    answer = said(at_desk, review, "Which commands?", quote=SENTENCE[:11])
    thread = Thread.objects.get()
    assert answer.status_code == 303
    assert answer.url == f"{url_of(review)}?thread={thread.pk}#thread-{thread.pk}"
    page = at_desk.get(answer.url)
    text = page.content.decode()
    [row] = page.context["threads"]
    assert (row["quote"], row["fate"], row["comments"][0]["text"]) == (SENTENCE[:11], "", "Which commands?")
    assert f'id="thread-{thread.pk}" class="thread" tabindex="-1" aria-label="Thread 1" autofocus' in text
    mark = f'<p class="thread-marks"><a href="#thread-{thread.pk}"'
    assert f'id="part-{row["part"]}" tabindex="-1"><div class="talked">{mark}' in text
    assert text.count("autofocus") == 1


def test_anybody_of_the_desk_comments_without_holding_it_contributors_too(client, ada, ben, edith):
    review = held(ben)
    said(sign_in(client, ada), review, "Which commands?")
    edith.account.groups.add(*ada.account.groups.all())
    review = edited(review, edith, "Another text.\n")
    page = sign_in(client, edith).get(url_of(review))
    assert page.context["review"]["barred"]
    press(client, page, "Answer", **{f"say-{Thread.objects.get().pk}": "The ones above."})
    assert [str(comment.note) for comment in Comment.objects.all()] == ["Which commands?", "The ones above."]


def test_a_thread_is_answered_resolved_and_reopened(at_desk, ada):
    review = held(ada)
    page = at_desk.get(said(at_desk, review, "Which commands?").url)
    thread = Thread.objects.get()
    answer = press(at_desk, page, "Answer and resolve", **{f"say-{thread.pk}": "I see."})
    assert (answer.status_code, Thread.objects.open().count()) == (303, 0)
    page = at_desk.get(answer.url)
    assert '<details class="resolved" open>' in page.content.decode(), "what has the focus is not folded"
    assert '<details class="resolved">' in at_desk.get(url_of(review)).content.decode()
    press(at_desk, page, "Reopen")
    assert Thread.objects.open().get() == thread
    assert list(Comment.objects.values_list("act", "note__text")) == [
        ("say", "Which commands?"),
        ("resolve", "I see."),
        ("reopen", None),
    ]


def test_what_is_sent_twice_is_said_once(ada, ben):
    revision = waiting().revision
    say = {"by": ada, "revision": revision}
    thread = Thread.objects.start(revision, "Which?", by=ada)
    assert Thread.objects.start(revision, "Which?", by=ada) == thread
    for _ in range(2):
        thread.answer("All of them.", **say)
    for _ in range(2):
        thread.resolve(text="Good.", **say)
    thread.resolve(**say)
    for _ in range(2):
        thread.reopen(**say)
    assert [comment.act for comment in thread.comments.all()] == ["say", "say", "resolve", "reopen"]
    assert Note.objects.count() == 3
    thread.answer("All of them.", by=ben, revision=revision)
    assert thread.comments.count() == 5, "another person says the same"
    assert Thread.objects.start(revision, "Which?", by=ben) != thread


def test_what_is_said_while_resolving_what_is_resolved_already_is_kept(ada, ben):
    revision = waiting().revision
    thread = Thread.objects.start(revision, "Which?", by=ada)
    thread.resolve(by=ada, revision=revision)
    thread.resolve(by=ben, revision=revision, text="All.")
    assert list(thread.comments.values_list("act", "note__text"))[1:] == [("resolve", None), ("say", "All.")]


@pytest.mark.parametrize("act", ["open", "answer", "resolve"])
def test_an_empty_comment_is_refused_but_for_resolving(at_desk, ada, act):
    review = held(ada)
    thread = Thread.objects.start(review.revision, "Which?", by=ada)
    form = fields_with(at_desk.get(url_of(review)), "say")
    name = act if act == "open" else f"{act}-{thread.pk}"
    answer = at_desk.post(reverse("reviews:speak", args=[review.pk]), form | {"act": name, "say": " \n"})
    assert answer.status_code == (303 if act == "resolve" else 422)
    assert Comment.objects.count() == (2 if act == "resolve" else 1)


def test_what_cannot_be_said_is_told_in_a_sentence_and_stays_typed(at_desk, ada):
    review = held(ada)
    answer = said(at_desk, review, "Which?", quote="Never written here", note="So far so good.")
    assert answer.status_code == 422
    assert "are not in this text" in answer.content.decode()
    typed = fields_with(answer, "say")
    assert (typed["say"], typed["quote"], typed["note"]) == (
        "Which?",
        "Never written here",
        "So far so good.",
    )
    assert not Thread.objects.exists()


def test_a_note_half_written_stays_while_a_comment_goes_out(at_desk, ada):
    review = held(ada)
    answer = said(at_desk, review, "Which?", note="So far so good.")
    assert answer.status_code == 200
    typed = fields_with(answer, "say")
    assert (typed["say"], typed["note"]) == ("", "So far so good.")
    assert f'id="thread-{Thread.objects.get().pk}"' in answer.content.decode()
    assert answer.content.decode().count("autofocus") == 1


def test_a_comment_half_written_stays_while_something_else_is_done_S8(at_desk, ada):
    review = waiting()
    page = press(at_desk, at_desk.get(url_of(review)), "Take this review", say="Which?", part="2")
    typed = fields_with(page, "say")
    assert (typed["say"], typed["part"]) == ("Which?", "2")
    refused = press(at_desk, page, "Approve", **all_passed(page))
    assert refused.status_code == 422
    assert "You wrote a comment and did not send it." in refused.content.decode()
    assert fields_with(refused, "say")["say"] == "Which?"
    assert not Decision.objects.exists()


def test_a_lost_session_loses_no_comment(client, ada, ben):
    review = held(ada)
    page = sign_in(client, ada).get(url_of(review))
    client.logout()
    refused = press(client, page, "Send the comment", say="Which?")
    assert "Which?" in refused.content.decode()
    again = sign_in_again(client, refused, "ada")
    assert fields_with(again, "say")["say"] == "Which?"
    assert not Thread.objects.exists(), "signing in sends nothing"
    client.logout()
    other = sign_in_again(client, press(client, page, "Send the comment", say="Which?"), "ben")
    assert fields_with(other, "say")["say"] == "", "nothing is said in another person's name"
    assert "Which?" in other.content.decode()


def test_a_page_somebody_else_opened_says_nothing(client, ada, ben):
    review = held(ada)
    page = sign_in(client, ada).get(url_of(review))
    answer = press(sign_in(client, ben), page, "Send the comment", say="Which?")
    assert answer.status_code == 409
    assert not Thread.objects.exists()


def test_a_closed_seat_takes_answers_and_no_new_thread(at_desk, ada, ben):
    review = held(ben)
    thread = Thread.objects.start(review.revision, "Which?", by=ada)
    decide(review, ben, "request_changes", note="Say which.")
    page = at_desk.get(url_of(review))
    assert not has_button(page, "Send the comment")
    assert press(at_desk, page, "Answer", **{f"say-{thread.pk}": "Thanks."}).status_code == 303
    form = fields_with(page, "page")
    answer = at_desk.post(reverse("reviews:speak", args=[review.pk]), form | {"act": "open", "say": "More."})
    assert answer.status_code == 422
    assert Thread.objects.count() == 1


# What it holds -------------------------------------------------------------------------------------------------


def test_an_open_thread_blocks_approval_and_nothing_else(at_desk, ada, ben):
    review = held(ada)
    thread = Thread.objects.start(review.revision, "Which?", by=ben)
    page = at_desk.get(url_of(review))
    refused = press(at_desk, page, "Approve", **all_passed(page))
    assert refused.status_code == 422
    assert (
        "One thread is open: resolve what is settled, or ask for changes instead." in refused.content.decode()
    )
    thread.resolve(by=ada, revision=review.revision)
    assert press(at_desk, refused, "Approve").status_code == 303
    other = waiting("other")
    Thread.objects.start(other.revision, "Which?", by=ben)
    assert decide(other, ada, "request_changes", note="Say which.")


APPROVE = """
from articles.models import Person
from reviews.errors import NotDone
from reviews.models import Review
from tests.makers import answers_for
ada = Person.objects.get(name="ada")
mine = Review.objects.claim_next(by=ada)
answers = answers_for(mine)
print("claimed", flush=True)
sys.stdin.readline()
try:
    mine.decide("approve", by=ada, token=mine.claim_token, seen=mine.digest, answers=answers)
    print("decided")
except NotDone as refusal:
    print(refusal)
"""


def test_a_thread_that_opens_while_somebody_approves_holds_the_approval_F8(spawn):
    """Both take the article's lock: without it the approval would not see what is not committed yet."""
    make_person("ada")
    ben = make_person("ben")
    article = make_article(flagged=True)
    approval = spawn(APPROVE)
    assert approval.stdout.readline() == "claimed\n"
    with transaction.atomic():
        Thread.objects.start(article.latest_revision, "Which?", by=ben)
        approval.stdin.write("\n")
        approval.stdin.flush()
        time.sleep(0.5)
    assert output_of(approval).startswith("One thread is open")


def test_a_decision_keeps_which_threads_it_was_made_beside(at_desk, ada):
    review = held(ada)
    settled, still = (Thread.objects.start(review.revision, text, by=ada) for text in ("Which?", "Why?"))
    settled.resolve(by=ada, revision=review.revision)
    press(at_desk, at_desk.get(url_of(review)), "Ask for changes", note="Say why.")
    assert Decision.objects.get().shown["threads"] == {"open": [still.pk], "resolved": [settled.pk]}


def test_a_thread_about_a_newer_draft_does_not_hold_what_readers_see(ada, ben, edith):
    article = make_released()
    intake.edit(article, make_document(body="New.\n"), by=edith, seen=article.latest_revision.digest)
    draft = Article.objects.get(pk=article.pk).latest_revision
    Thread.objects.start(draft, "Which?", by=edith)
    assert not Thread.objects.about(article.latest_revision).exists()
    assert Thread.objects.about(draft).count() == 1


# Later texts ---------------------------------------------------------------------------------------------------


def test_the_next_reviewer_sees_what_was_said_and_where_it_is_now(at_desk, ada, ben, edith):
    body = "First the one.\n\nThen the other.\n\nAt last a third.\n"
    review = waiting(body=body)
    for part, text in (("1", "First?"), ("2", "Then?"), ("3", "At last?")):
        said(at_desk, review, text, part=part)
    decide(review, ben, "request_changes", note="See the threads.")
    review = edited(
        review, edith, "A new beginning.\n\nFirst the one.\n\nThen something else.\n\nAt last a third.\n"
    )
    page = at_desk.get(url_of(review))
    assert [(row["part"], row["fate"]) for row in page.context["threads"]] == [
        (2, ""),
        (3, "The text it was about is gone. This stands in its place now."),
        (4, ""),
    ]
    review = edited(review, edith, "First the one.\n\nAt last a third.\n")
    page = at_desk.get(url_of(review))
    [gone] = [row for row in page.context["threads"] if row["part"] is None]
    assert (gone["fate"], gone["quote"]) == ("The text it was about is gone.", "Then the other.")
    assert "beside revision 1" in page.content.decode()


def test_a_part_with_an_open_thread_is_not_folded(at_desk, ada, ben):
    approve(make_article("before"), ben)
    review = waiting("after")
    assert [run["folded"] for run in at_desk.get(url_of(review)).context["runs"]].count(True) > 1
    part = at_desk.get(url_of(review)).content.decode().count("data-part=")
    said(at_desk, review, "Which?", part=str(part))
    assert not at_desk.get(url_of(review)).context["runs"][-1]["folded"]
    thread = Thread.objects.get()
    thread.resolve(by=ada, revision=review.revision)
    assert at_desk.get(url_of(review)).context["runs"][-1]["folded"]


# Who may hear and speak ----------------------------------------------------------------------------------------


def test_nobody_hears_who_judges_beside_them_before_they_decided(client, ada, ben, edith, two_seats):
    first, second = two_seats
    revision = first.revision
    editors = Thread.objects.start(revision, "I was not sure here.", by=edith)
    held_by_ben = first.claim(by=ben)
    bens = Thread.objects.start(revision, "This is wrong.", by=ben)
    editors.answer("Rightly so.", by=ben, revision=revision)
    page = sign_in(client, ada).get(url_of(second))
    assert [row["pk"] for row in page.context["threads"]] == [editors.pk]
    for words in ("This is wrong.", "Rightly so."):
        assert words not in page.content.decode()
    assert page.context["shown"]["threads"] == {"open": [editors.pk], "resolved": []}
    answer = client.post(
        reverse("reviews:speak", args=[second.pk]), fields_with(page, "say") | {"act": f"resolve-{bens.pk}"}
    )
    assert answer.status_code == 422, "what is not seen is not there"
    # Ben sees all of it, and cannot approve beside it himself.
    assert set(Thread.objects.visible_to(ben)) == {editors, bens}
    with pytest.raises(Incomplete, match="2 threads are open"):
        decide(held_by_ben, ben)
    editors.resolve(by=edith, revision=revision)
    # Nor is Ada stopped by what she may not know of; once she has decided, she hears it.
    decide(second, ada)
    assert set(Thread.objects.visible_to(ada)) == {editors, bens}
    assert Comment.objects.visible_to(ada).count() == Comment.objects.count()


def test_what_a_judge_says_beside_an_older_text_is_not_heard_either_once_the_newer_one_came_P5(
    ada, ben, edith, two_seats
):
    old = two_seats[0].revision
    thread = Thread.objects.start(old, "Which?", by=edith)
    thread.answer("I do not know.", by=ben, revision=old)
    edited(two_seats[0], edith, "Another text.\n")
    mine, other = Review.objects.open().order_by("seat")
    mine.claim(by=ben)
    thread.answer("The new one is fine.", by=ben, revision=old)
    heard = [str(comment.note) for comment in Comment.objects.visible_to(ada)]
    assert heard == ["Which?", "I do not know."]
    thread.resolve(by=edith, revision=old)
    decide(other, ada)
    assert Comment.objects.visible_to(ada).count() == 4


def test_who_decided_is_not_heard_by_who_may_still_judge_and_who_only_asked_is(ada, ben, two_seats):
    revision = two_seats[0].revision
    thread = Thread.objects.start(revision, "Which?", by=ben)
    assert Thread.objects.visible_to(ada).exists()
    thread.resolve(by=ben, revision=revision)
    decide(two_seats[0], ben)
    assert not Thread.objects.visible_to(ada).exists()
    assert Thread.objects.visible_to(make_person("otto")).exists()


def test_who_holds_the_only_seat_is_heard_and_what_was_said_beside_an_older_text_too(ada, ben, edith):
    review = held(ben)
    Thread.objects.start(review.revision, "Which?", by=ben)
    assert Thread.objects.visible_to(ada).count() == 1
    decide(review, ben, "request_changes", note="Say which.")
    edited(review, edith, "Another text.\n")
    assert Thread.objects.visible_to(ada).count() == 1


@pytest.mark.parametrize("name", ["otto", "rita"])
def test_who_neither_reviews_nor_edits_may_not_speak(db, client, name):
    person = make_person(name, {"rita": ["Releasers"]}.get(name))
    review = waiting()
    thread = Thread.objects.start(review.revision, "Which?", by=make_person("ada"))
    say = {"by": person, "revision": review.revision}
    for verb in (thread.resolve, partial(thread.answer, "All."), partial(thread.reopen, "No.")):
        with pytest.raises(NotAllowed, match="right to comment"):
            verb(**say)
    with pytest.raises(NotAllowed, match="right to comment"):
        Thread.objects.start(review.revision, "Which?", by=person)
    assert (Thread.objects.open().count(), Comment.objects.count()) == (1, 1)
    sign_in(client, person)
    for url in (
        reverse("reviews:speak", args=[review.pk]),
        reverse("admin:article-talk", args=[review.article_id]),
    ):
        assert client.post(url, {"act": f"resolve-{thread.pk}"}).status_code in (302, 403)
    assert Thread.objects.open().count() == 1


def test_a_thread_of_another_article_is_not_reached_from_here_S1(at_desk, ada):
    other = Thread.objects.start(waiting("other").revision, "Which?", by=ada)
    review = held(ada)
    form = fields_with(at_desk.get(url_of(review)), "say")
    for act in (f"resolve-{other.pk}", f"delete-{other.pk}", "resolve-", ""):
        answer = at_desk.post(reverse("reviews:speak", args=[review.pk]), form | {"act": act})
        assert answer.status_code == 422
    assert Thread.objects.open().get() == other


def test_signed_out_visitors_say_nothing(client, db):
    review = waiting()
    answer = client.post(reverse("reviews:speak", args=[review.pk]), {"act": "open", "say": "Which?"})
    assert answer.status_code == 401
    assert not Thread.objects.exists()


def test_readers_hear_nothing_of_it(client, ada):
    article = make_released()
    revision = article.latest_revision
    Thread.objects.start(revision, "Overheard words.", by=ada)
    for url in (
        article.get_absolute_url(),
        f"{article.get_absolute_url()}record/",
        f"{article.get_absolute_url()}record.json",
    ):
        assert "Overheard words." not in client.get(url).content.decode()


# In the admin --------------------------------------------------------------------------------------------------


def staff(client, person):
    person.account.is_staff = True
    person.account.save()
    return sign_in(client, person)


def talk_url(review):
    return reverse("admin:article-talk", args=[review.article_id])


def test_the_editor_sees_the_threads_beside_the_text_answers_and_resolves(client, ada, ben, edith):
    review = waiting()
    said(sign_in(client, ada), review, "Which commands?", quote=SENTENCE)
    decide(review, ben, "request_changes", note="See the threads.")
    thread = Thread.objects.get()
    staff(client, edith)
    change = client.get(reverse("admin:articles_article_change", args=[review.article_id])).content.decode()
    assert "Which commands?" in change
    assert f"{talk_url(review)}?thread={thread.pk}#thread-{thread.pk}" in change
    page = client.get(talk_url(review))
    assert "Which commands?" in page.content.decode()
    assert "Write down what the page measures now" in page.content.decode()
    answer = press(client, page, "Answer and resolve", **{f"say-{thread.pk}": "Done."})
    assert (answer.status_code, answer.url) == (
        303,
        f"{talk_url(review)}?thread={thread.pk}#thread-{thread.pk}",
    )
    assert not Thread.objects.open().exists()
    assert Comment.objects.last().person == edith
    press(client, client.get(talk_url(review)), "Send the comment", say="And here?", part="1")
    assert Thread.objects.open().get().anchor["part"] == 1
    refused = press(
        client, client.get(talk_url(review)), "Send the comment", say="Kept.", quote="Never written"
    )
    assert (refused.status_code, fields_with(refused, "say")["say"]) == (422, "Kept.")


def test_an_editor_answers_beside_the_text_that_was_on_the_screen(client, ada, edith):
    review = waiting()
    Thread.objects.start(review.revision, "Which?", by=ada)
    page = staff(client, edith).get(talk_url(review))
    edited(review, edith, "Another text.\n")
    press(client, page, "Send the comment", say="Still here.", quote=SENTENCE)
    assert Thread.objects.last().revision == review.revision


@pytest.mark.parametrize("number", ["", "0", "-1", "9" * 5_000, "٣"])
def test_an_odd_number_of_a_revision_is_of_none_and_what_is_said_goes_beside_the_latest_S1(
    client, ada, edith, number
):
    review = waiting()
    page = staff(client, edith).get(talk_url(review))
    press(client, page, "Send the comment", say="Here.", revision=number)
    assert Thread.objects.get().revision == review.revision


def test_an_editor_who_may_still_judge_hears_no_other_judge_here_either(client, ben, two_seats):
    lea = make_person("lea")
    two_seats[0].claim(by=ben)
    Thread.objects.start(two_seats[0].revision, "This is wrong.", by=ben)
    staff(client, lea)
    for url in (
        talk_url(two_seats[0]),
        reverse("admin:articles_article_change", args=[two_seats[0].article_id]),
    ):
        assert "This is wrong." not in client.get(url).content.decode()


def test_leads_erase_what_was_said_and_others_may_not(client, ada, edith):
    review = waiting()
    Thread.objects.start(review.revision, "The key is hunter2.", by=ada)
    url = f"{reverse('admin:article-erase', args=[review.article_id])}?comment={Comment.objects.get().pk}"
    page = staff(client, edith).get(talk_url(review))
    assert "hunter2" in page.content.decode()
    assert url not in page.content.decode()
    assert client.get(url).status_code == 403
    assert url in staff(client, make_person("lea")).get(talk_url(review)).content.decode()
    client.post(url, fields_with(client.get(url), "reason") | {"reason": "It held a key."})
    assert Comment.objects.get().note.text is None
    assert "hunter2" not in client.get(talk_url(review)).content.decode()


def test_with_a_text_goes_what_threads_quote_of_it(at_desk, ada):
    review = waiting(body="The key is hunter2.\n\nKeep it.\n")
    said(at_desk, review, "A key!", quote="hunter2")
    said(at_desk, review, "All of it.")
    erasure.erase_text(review.revision.text, by=make_person("lea"), reason="It held a key.")
    place, whole = Thread.objects.order_by("pk")
    assert (place.anchor, whole.anchor) == ({"kind": "erased"}, {})
    page = at_desk.get(url_of(review))
    assert "hunter2" not in page.content.decode()
    assert "A key!" in page.content.decode()


# What it costs, and what it cannot do --------------------------------------------------------------------------


def test_thirty_comments_cost_the_queries_of_one(at_desk, ada, ben, edith, django_assert_max_num_queries):
    review = waiting()
    for number in range(10):
        thread = Thread.objects.start(review.revision, f"Comment {number}.", by=ben)
        thread.answer("And so?", by=edith, revision=review.revision)
        thread.resolve(by=edith, revision=review.revision)
    review.claim(by=ada)
    with django_assert_max_num_queries(QUERIES):
        page = at_desk.get(url_of(review))
    assert sum(len(row["comments"]) for row in page.context["threads"]) == 30


def test_a_comment_with_a_nul_is_kept_without_it(ada):
    review = waiting()
    said = {"act": "open", "part": "title", "quote": "A\0 change", "say": "Which\0 one?"}
    thread = heard(said, review.revision, by=ada)
    assert str(thread.comments.get().note) == "Which one?"
    assert thread.anchor["quote"] == "A change"


def test_hostile_comments_are_inert_S11(at_desk, ada):
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    review = waiting(body=f"Before `{hostile}` after.\n\nMore.\n")
    said(at_desk, review, hostile, quote=hostile)
    page = at_desk.get(url_of(review)).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert Thread.objects.get().anchor["quote"] == hostile
