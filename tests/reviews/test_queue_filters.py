"""The queue's filters and orders, in its address, in what is taken next, and in what they tell nobody."""

from datetime import timedelta
from hashlib import sha256
from math import log

import pytest
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from articles.models import ImportRun
from reviews import erasure, intake, queue
from reviews.models import Criteria, Facet, Label, Policy, Requirement, Review
from reviews.models.facet import LONGEST_KEY, key_of
from reviews.queue import Asked
from reviews.rank import REACH_OF_PUBLIC, RISK, T, rank
from tests.databases import around_tests
from tests.makers import decide, make_article, make_person
from tests.reviews.desk import all_passed, press, sign_in, waiting

QUEUE, NEXT = "/review/", "/review/next/"


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def at_desk(client, ada):
    return sign_in(client, ada)


def titles(response):
    return [row["title"] for row in response.context["rows"]]


def shown(client, **asked):
    return sorted(titles(client.get(QUEUE, asked)))


@pytest.fixture
def three(db):
    """Three drafts that differ in all that can be asked for."""
    run = ImportRun.objects.create(source="drafts.jsonl", format="jsonl")
    go = {"stack": ["Go"], "tools": [], "entities": [{"name": "Queues", "type": "area"}]}
    make_article("a", title="A", flagged=True, run=run)
    made = {
        "generator": "Another Writer",
        "model": "fern",
        "model_version": "4.1",
        "batch": "May",
        "prompt": "Go.",
    }
    make_article("b", title="B", flagged=True, meta=go | {"payload": made})
    article = make_article("c", title="C", body="Key: AKIAABCDEFGHIJKLMNOP\n", meta=go)
    return run, article


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"reason": "document"}, ["A", "B"]),
        ({"reason": "finding"}, ["C"]),
        ({"tag": "python"}, ["A"]),
        ({"tag": "  gO "}, ["B", "C"]),
        ({"entity": "area/queues"}, ["B", "C"]),
        ({"entity": "tool/pytest"}, ["A"]),
        ({"generator": "another writer"}, ["B"]),
        ({"model": "Fern 4.1"}, ["B"]),
        ({"batch": "may", "generator": "another writer"}, ["B"]),
        ({"prompt": "sha256 " + sha256(b"Go.").hexdigest()[:16]}, ["B"]),
        ({"batch": "june"}, []),
        ({"tag": "go", "generator": "field note writer"}, ["C"]),
        ({"tag": "go", "reason": "document", "entity": "area/queues"}, ["B"]),
        ({"tag": "go", "sort": "oldest"}, ["B", "C"]),
        ({"tag": "nobody's"}, []),
        ({"tag": "%"}, []),
        ({"tag": "\0go"}, ["B", "C"]),
        ({"label": "x" * 4000}, []),
        ({"tag": ""}, ["A", "B", "C"]),
    ],
)
def test_the_address_narrows_the_queue(at_desk, three, asked, found):
    assert shown(at_desk, **asked) == found


def test_the_queue_narrows_to_an_import_run_and_to_a_label(at_desk, ada, three):
    run, article = three
    assert shown(at_desk, run=run.pk) == ["A"]
    Label.objects.create(article=article, name="Urgent", person=ada)
    intake.open_seats(article.latest_revision, article)
    Facet.objects.file([Review.objects.get(article=article)])
    assert shown(at_desk, label="urgent") == ["C"]


def test_each_row_links_to_all_like_it(at_desk, three):
    rows = {row["title"]: row for row in at_desk.get(QUEUE).context["rows"]}
    for title, found in {"A": ["A"], "B": ["B", "C"]}.items():
        urls = {kind: url for kind, _, url in rows[title]["alike"]}
        assert sorted(titles(at_desk.get(urls["tag"]))) == found


def test_what_is_asked_stays_in_the_address_and_can_be_taken_off_one_by_one(at_desk, three):
    page = at_desk.get(QUEUE, {"tag": "go", "reason": "finding"})
    assert [chip["value"] for chip in page.context["chips"]] == ["go", "A check found something blocking"]
    assert page.context["counts"]["asked"] == "1"
    without_reason = page.context["chips"][1]["url"]
    assert sorted(titles(at_desk.get(without_reason))) == ["B", "C"]


def test_next_takes_the_first_of_what_is_asked_and_a_decision_goes_on_with_it(at_desk, three):
    page = at_desk.get(QUEUE, {"tag": "go", "sort": "oldest"})
    taken = press(at_desk, page, "Take the next item of these")
    page = at_desk.get(taken.url)
    assert page.context["review"]["title"] == "B"
    decided = press(at_desk, page, "Approve", **all_passed(page))
    page = at_desk.get(decided.url)
    assert page.context["review"]["title"] == "C"
    back = press(at_desk, page, "Give back")
    assert back.url == f"{QUEUE}?tag=go&sort=oldest"


def test_next_of_what_is_asked_says_so_when_nothing_is_left_of_it(at_desk, three):
    response = at_desk.post(f"{NEXT}?tag=rust")
    assert response.url == f"{QUEUE}?tag=rust"


def test_a_seat_leaves_every_list_when_it_closes(at_desk, ada, three):
    decide(Review.objects.get(revision__title="B"), ada)
    assert shown(at_desk, tag="go") == ["C"]
    assert Facet.objects.filter(review__revision__title="B").count() == 0


def test_a_reason_that_is_asked_for_later_is_found_too(at_desk, ada, three):
    review = Review.objects.get(revision__title="B")
    intake.flag(review.revision, by=ada)
    assert shown(at_desk, reason="flagged") == ["B"]


def test_an_erased_text_is_filed_no_more(at_desk, three):
    review = Review.objects.get(revision__title="B")
    erasure.erase_text(review.revision.text, by=make_person("lea"), reason="A name.")
    assert shown(at_desk, tag="go") == ["C"]


def test_a_key_too_long_for_an_index_is_filed_under_its_hash(at_desk):
    waiting("long", title="Long", meta={"payload": {"generator": "writer " * 60}})
    waiting("other", title="Other", meta={"payload": {"generator": "writer " * 61}})
    assert len(key_of("generator", "writer " * 60)) <= LONGEST_KEY
    assert shown(at_desk, generator="WRITER " * 60) == ["Long"]
    rows = {row["title"]: row for row in at_desk.get(QUEUE).context["rows"]}
    [url] = [url for kind, _, url in rows["Long"]["alike"] if kind == "generator"]
    assert titles(at_desk.get(url)) == ["Long"]


# Orders ---------------------------------------------------------------------------------------------------------------


def all_pages(client, **asked):
    response = client.get(QUEUE, asked)
    seen = titles(response)
    while response.context["older"]:
        response = client.get(response.context["older"])
        seen += titles(response)
    return seen


class TestOrders:
    """Five drafts, each of another rank, due date and age, in pages of two."""

    @pytest.fixture(scope="class")
    @classmethod
    def made_once(cls, django_db_setup, django_db_blocker):
        now = timezone.now()
        with around_tests(django_db_blocker):
            for number, due in enumerate([3, 1, None, 2, 1]):
                seat = waiting(f"n-{number}", title=f"{number}")
                Review.objects.filter(pk=seat.pk).update(
                    due_at=due and now - timedelta(hours=due), opened_at=now - timedelta(hours=number)
                )
            yield

    @pytest.fixture
    def five(self, made_once, monkeypatch):
        monkeypatch.setattr(queue, "PAGE_SIZE", 2)

    @pytest.mark.parametrize(
        ("asked", "order"),
        [
            ({}, ["0", "1", "2", "3", "4"]),
            ({"sort": "due"}, ["0", "3", "1", "4"]),
            ({"show": "overdue"}, ["0", "3", "1", "4"]),
            ({"show": "overdue", "sort": "rank"}, ["0", "1", "3", "4"]),
            ({"sort": "oldest"}, ["4", "3", "2", "1", "0"]),
            ({"tag": "python"}, ["0", "1", "2", "3", "4"]),
            ({"tag": "python", "sort": "oldest"}, ["4", "3", "2", "1", "0"]),
        ],
    )
    def test_every_order_shows_every_row_once_over_its_pages(self, at_desk, five, asked, order):
        assert all_pages(at_desk, **asked) == order

    @pytest.mark.parametrize(
        "after",
        [
            "x 1",
            "1.5",
            "nan 1",
            "1e999 5",
            "2026-13-01 4",
            "0001-01-01T00:00:00+23:59 4",
            "2026-01-01 4",
            "1.0 99999999999999999999",
        ],
    )
    @pytest.mark.parametrize("sort", ["rank", "due"])
    def test_a_place_that_is_none_shows_no_error(self, at_desk, five, sort, after):
        assert at_desk.get(QUEUE, {"after": after, "sort": sort}).status_code == 200

    def test_a_moment_that_has_no_place_in_utc_begins_at_the_top(self, at_desk, five):
        response = at_desk.get(QUEUE, {"sort": "due", "after": "0001-01-01T00:00:00+23:59 4"})
        assert titles(response) == ["0", "3"]


# What is closed -------------------------------------------------------------------------------------------------------


def test_what_was_decided_can_be_listed_by_its_outcome(at_desk, ada, three):
    decide(Review.objects.get(revision__title="B"), ada)
    decide(Review.objects.get(revision__title="C"), ada, "reject", note="No.")
    assert shown(at_desk, state="approve") == ["B"]
    assert shown(at_desk, state="reject") == ["C"]
    assert shown(at_desk, state="approve", tag="rust") == [
        "B"
    ]  # of what is closed, outcome is all one can ask
    assert shown(at_desk, state="nonsense") == ["A"]


def test_a_list_of_outcomes_tells_nothing_of_a_text_one_may_still_judge(client, ada):
    criteria = Criteria.objects.get(name="Standard")
    Policy(name="Two", match_tag="python", approvals=2, position=1, criteria=criteria).settle(by=None)
    article = make_article("two", title="Two", flagged=True)
    first, _ = Review.objects.filter(article=article)
    decide(first, ada)
    assert shown(sign_in(client, make_person("ben")), state="approve") == []
    assert shown(sign_in(client, ada), state="approve") == ["Two"]


# Nothing starves ------------------------------------------------------------------------------------------------------

REASONS = st.sets(st.sampled_from(sorted(RISK)))
MOST = sum(RISK.values()) * REACH_OF_PUBLIC


@given(REASONS, REASONS, st.booleans(), st.booleans(), st.floats(0, 60 * 86400))
@example(set(), set(RISK), False, True, 0)
def test_whatever_comes_in_later_an_item_is_overtaken_for_a_bounded_time_only(old, new, was, now, later):
    """With T of three days nothing waits behind newer items for longer than T x ln(the highest weight)."""
    opened = timezone.now()
    bound = timedelta(seconds=T * log(MOST) + later + 1)
    waits = rank(old, public=was, opened_at=opened)
    assert waits > rank(new, public=now, opened_at=opened + bound)


def test_next_comes_to_an_item_within_that_time_while_the_weightiest_keep_coming_in(ada):
    """As many come in as are decided, each of the highest weight there is; the patient one has the lowest."""
    start, step = timezone.now() - timedelta(days=60), timedelta(hours=12)
    bound = timedelta(seconds=T * log(MOST))

    def opens(name, at, reasons, public):
        seat = waiting(name, title=name)
        place = rank(reasons, public=public, opened_at=at)
        Review.objects.filter(pk=seat.pk).update(opened_at=at, rank=place, reasons=reasons, public=public)
        return seat

    patient, now, taken = opens("patient", start, ["site"], False), start, None
    while taken != patient:
        now += step
        assert now - start <= bound + step
        opens(f"weighty-{now}", now, sorted(RISK), True)
        taken = queue.take_next(ada, Asked())
        Review.objects.filter(pk=taken.pk).close(Review.State.MOOT)
    assert now - start > bound - step, "it did wait for nearly as long as anything can"


def test_a_rank_is_said_for_every_reason():
    assert set(RISK) == set(Requirement.Reason.values)


def test_an_address_written_is_the_address_read():
    asked = Asked(show="unclaimed", narrowed={"tag": "a&b=c", "run": "7"}, sort="oldest")
    from django.http import QueryDict

    assert Asked.of(QueryDict(asked.query)) == asked
