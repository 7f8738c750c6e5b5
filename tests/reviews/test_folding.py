"""At the desk: what was approved before is folded, named, counted and recorded, and can always be read."""

import pytest

from reviews.models import Decision, LedgerEntry, Policy, Review
from tests.makers import approve, decide, make_article, make_person
from tests.reviews.desk import all_passed, held, press, sign_in, url_of, waiting

SHARED = "Keep the way back as short as the way forward, and write down how long it takes."
FIRST = f"{SHARED}\n\nOnly the first draft says this.\n"
SECOND = f"{SHARED}\n\n## What is new\n\nOnly the second draft says that.\n"


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def ben(db):
    return make_person("ben")


@pytest.fixture
def approved(ada):
    """A text that Ada approved."""
    article = make_article("first", flagged=True, title="The first draft", body=FIRST)
    approve(article, ada)
    return article


@pytest.fixture
def at_desk(client, ben):
    return sign_in(client, ben)


def page_of(at_desk, review, query=""):
    return at_desk.get(url_of(review) + query)


def folds(page):
    return [run for run in page.context["runs"] if run["folded"]]


def test_what_was_approved_before_is_folded_and_says_where_by_whom_and_when(at_desk, approved, ben):
    page = page_of(at_desk, held(ben, "second", body=SECOND))
    [run] = folds(page)
    assert SHARED in run["html"]
    assert run["words"] == 17
    [source] = run["sources"]
    assert (source["title"], source["who"]) == ("The first draft", "ada")
    assert source["url"] == url_of(Review.objects.get(article=approved))
    text = page.content.decode()
    assert SHARED in text, "it is there to be unfolded, with no script and no other page"
    assert text.index("Only the second draft says that.") > text.index("</details>")


def test_headings_stay_since_what_is_new_is_read_under_them(at_desk, approved, ben):
    approve(make_article("third", flagged=True, body=SECOND), make_person("ada"))
    page = page_of(at_desk, held(ben, "fourth", body=f"{SECOND}\n\nAnd this is new."))
    assert not any("What is new" in run["html"] for run in folds(page))


def test_whoever_asks_reads_everything(at_desk, approved, ben):
    page = page_of(at_desk, held(ben, "second", body=SECOND), "?all=1")
    assert folds(page) == []
    assert page.context["new_words"] < page.context["words"]


def test_asking_for_everything_keeps_what_was_typed_without_a_script_P8(at_desk, approved, ben):
    page = page_of(at_desk, held(ben, "second", body=SECOND))
    whole = press(at_desk, page, "Read everything", note="Half a sentence")
    assert folds(whole) == []
    assert whole.context["form"]["note"].value() == "Half a sentence"
    assert not Decision.objects.filter(person=ben).exists()


def test_the_page_and_the_queue_say_how_many_words_are_new(at_desk, approved, ben):
    seat = waiting("second", body=SECOND, title="The first draft")
    page = page_of(at_desk, seat)
    counted = page.context["new_words"], page.context["words"]
    assert counted[0] == 3 + 6  # the heading and the paragraph below it
    said = f"<b>{counted[0]}</b> of {counted[1]} words are new"
    assert said in page.content.decode()
    assert said in at_desk.get("/review/").content.decode()


def test_a_text_of_which_nothing_was_read_says_its_words_and_nothing_else(at_desk, ben):
    page = page_of(at_desk, held(ben))
    assert page.context["new_words"] == page.context["words"]
    assert "words are new" not in page.content.decode()


def test_the_decision_records_what_was_folded_and_what_was_not(at_desk, approved, ben):
    page = page_of(at_desk, held(ben, "second", body=SECOND))
    press(at_desk, page, "Approve", **all_passed(page))
    decision = Decision.objects.get(person=ben)
    assert len(decision.shown["folded"]) == 1 + len(page.context["folded_panel"])
    assert decision.shown["new_words"] == page.context["new_words"]
    assert (
        decision.shown["folded"][0]
        in bytes(LedgerEntry.objects.get(seq=decision.ledger_seq_id).payload).decode()
    )
    page = page_of(at_desk, held(ben, "third", body=SECOND), "?all=1")
    press(at_desk, page, "Approve", **all_passed(page))
    assert Decision.objects.filter(person=ben).last().shown["folded"] == []


def test_values_approved_before_are_folded_and_new_ones_stand_open(at_desk, approved, ben):
    seat = held(ben, "second", body=SECOND, meta={"brief": "A brief that nobody has read."})
    page = page_of(at_desk, seat)
    open_rows, folded_rows = page.context["panel"], page.context["folded_panel"]
    assert "meta.brief" in {row.path for row in open_rows}
    assert folded_rows, "what both have alike"
    assert not {row.path for row in open_rows} & {row.path for row in folded_rows}
    text = page.content.decode()
    assert '<details class="about" open>' in text
    assert f"{len(folded_rows)} values approved before" in text
    every = page_of(at_desk, seat, "?all=1").context
    assert every["folded_panel"] == []
    assert len(every["panel"]) == len(open_rows) + len(folded_rows)


def test_a_revoked_approval_folds_nothing(at_desk, approved, ben, ada):
    Decision.objects.get().revoke(by=ada, reason="I was wrong.")
    assert folds(page_of(at_desk, held(ben, "second", body=SECOND))) == []


def test_the_second_seat_of_a_text_reads_all_that_the_first_read_P5(at_desk, ada, ben):
    policy = Policy.objects.get(is_default=True)
    policy.approvals = 2
    policy.settle(by=None)
    article = make_article(flagged=True)
    decide(Review.objects.open().for_judging_by(ada).first(), ada)
    page = page_of(at_desk, Review.objects.open().get(article=article).claim(by=ben))
    assert folds(page) == []
    assert page.context["new_words"] == page.context["words"]


def test_another_text_gives_no_verdict_away_that_is_still_blind_P5(at_desk, ada, ben):
    """Ada has approved a text whose second seat waits for Ben; a draft that shares its words tells him nothing."""
    policy = Policy.objects.get(is_default=True)
    policy.approvals = 2
    policy.settle(by=None)
    blind = make_article("first", flagged=True, body=FIRST)
    decide(Review.objects.open().get(article=blind, seat=1), ada)
    make_article("second", flagged=True, body=SECOND)
    seat = Review.objects.open().filter(article__source_id="second").first().claim(by=ben)
    assert folds(page_of(at_desk, seat)) == []
    decide(Review.objects.open().get(article=blind), ben)
    assert folds(page_of(at_desk, seat))


def test_reading_costs_the_same_however_much_was_approved(at_desk, ada, ben, django_assert_max_num_queries):
    seat = held(ben, "second", body=SECOND)
    with django_assert_max_num_queries(40) as before:
        page_of(at_desk, seat)
    for number in range(4):
        approve(make_article(f"note-{number}", flagged=True, body=FIRST), ada)
    with django_assert_max_num_queries(len(before)):
        page_of(at_desk, seat)
