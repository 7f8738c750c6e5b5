"""What is found by which words and in which order, whatever somebody types."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from articles import search
from articles.models import Article, PublicWords, StaffWords
from tests.conftest import ENGINE
from tests.databases import around_tests
from tests.makers import make_article


def found(written, words=StaffWords, **how):
    """Return the source ids of what is found, best first."""
    ids = words.objects.find(written, **how).articles
    names = dict(Article.objects.filter(pk__in=ids).values_list("pk", "source_id"))
    return [names[pk] for pk in ids]


def make(source_id, title="A note", body="Of no importance.", **changes):
    plain = {"summary": "", "topic": "", "stack": [], "tools": [], "entities": [], "checklist": []}
    return make_article(source_id, title=title, body=body, meta=plain | changes)


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    with around_tests(django_db_blocker):
        make("text", body="It says rolling, and it says back, of a queue. Crème brûlée. 先写下回滚方案。")
        make("lead", title="Rolling on", summary="And back.")
        make("title", title="Rolling a queue back", body="With C++ and needs_human_review.")
        make("arabic", title="كِتَابٌ", body="عن الرجوع إلى الوراء")
        make(
            "newer",
            title="Rolling back, rolling on",
            stack=["C#"],
            payload={"prompt": "Say antidisestablish."},
        )
        yield


@pytest.fixture
def texts(made_once, db):
    """Five texts, the last the newest."""


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (
            "rolling back",
            ["newer", "title", "lead", "text"],
        ),  # title, title and lead, anywhere; the newest first
        ("back rolling", ["newer", "title", "lead", "text"]),
        ("ROLLING  BACK", ["newer", "title", "lead", "text"]),
        ("roll", ["newer", "title", "lead", "text"]),
        ("roll back", []),  # only the last word may be a beginning
        ("rolling ba", ["newer", "title", "lead", "text"]),
        ('"rolling back"', ["newer"]),
        ('"rolling back', ["newer"]),
        ("“rolling back”", ["newer"]),
        ('"rolling ba"', []),
        ('queue "rolling a"', ["title"]),
        ("creme BRULEE", ["text"]),
        ("needs_human_review", ["title"]),
        ("needs-human-rev", ["title"]),
        ("review_needs", []),
        ("c++", ["title"]),
        ("c#", ["newer"]),
        ("antidisestablish", ["newer"]),  # what only the desk reads is found by staff, too
        ("回滚", ["text"]),
        ("滚", ["text"]),
        ("写下回滚方", ["text"]),
        ("滚回", []),
        ("كتاب", ["arabic"]),
        ("الرجوع الى", ["arabic"]),
        ("الرجوع إلى", ["arabic"]),
        ("", []),
        (" ! * ", []),
        (
            "\0rolling\0back",
            ["newer", "title", "lead", "text"][:0] or ["newer"],
        ),  # without a space: side by side
        ("x" * 1_000_000, []),
    ],
)
def test_what_is_found_and_in_which_order(texts, written, names):
    assert found(written) == names


@given(
    st.text()
    | st.lists(
        st.sampled_from(
            [
                "AND",
                "OR",
                "NOT",
                "NEAR(",
                ")",
                '"',
                "*",
                "'",
                "\\",
                ":",
                "^",
                "-",
                "&",
                "|",
                "!",
                "<->",
                "<1>",
                "{",
                "}",
                "words",
                "title:",
                "\0",
                "%",
                "%s",
                "b/0",
                "t/",
                "rolling",
                "回",
                "\ud800",
            ]
        ),
        max_size=30,
    ).map(" ".join)
)
@example("o'brien\" AND (")
@example("words:rolling")
@example("b/0 t/rolling")
@example("'); DROP TABLE articles_staffwords; --")
def test_nothing_that_can_be_typed_does_harm(made_once, django_db_blocker, written):
    with django_db_blocker.unblock():
        for words in (StaffWords, PublicWords):
            words.objects.find(written)
            if (holding := words.objects.holding(written)) is not None:
                list(Article.objects.filter(pk__in=holding))


@given(st.integers(0, 6), st.integers(1, 7))
def test_any_part_of_a_text_without_spaces_is_found(made_once, django_db_blocker, begin, length):
    with django_db_blocker.unblock():
        assert found("先写下回滚方案"[begin : begin + length]) == ["text"]


def test_a_question_costs_one_query(texts, django_assert_num_queries):
    for written in ("rolling", '"rolling back" que'):
        with django_assert_num_queries(1):
            StaffWords.objects.find(written)
    with django_assert_num_queries(0):
        StaffWords.objects.find(" ")


def test_the_newest_of_too_many_are_found_and_it_says_so(texts):
    assert StaffWords.objects.find("rolling", most=4).is_all
    some = StaffWords.objects.find("rolling", most=2)
    assert not some.is_all
    # Those with the word in the title, however many others have it in the text; then the newest.
    assert found("rolling", most=3)[:3] == ["newer", "title", "lead"]


def test_words_side_by_side_are_looked_for_in_a_bounded_number_of_rows(texts, monkeypatch):
    monkeypatch.setattr(search, "MOST_LOOKED_AT", 1)
    some = StaffWords.objects.find('"rolling queue"')
    assert some.articles == ()
    assert some.is_all == (ENGINE == "sqlite")


def test_older_rows_are_found_behind_the_newest(texts, monkeypatch):
    rows = list(StaffWords.objects.select_related("revision__text"))
    monkeypatch.setattr(search, "NEWEST", 1)  # each row is one of its own
    StaffWords.objects.empty()
    StaffWords.objects.keep({row.revision: StaffWords.line_of(row.revision.document) for row in rows})
    assert found("rolling back") == ["newer", "title", "lead", "text"]
    assert found('"rolling back"') == ["newer"]
    assert found("it says back") == ["text"]


def test_what_is_part_of_another_query_is_the_same(texts):
    for written in ("rolling back", '"rolling back"'):
        holding = Article.objects.filter(pk__in=StaffWords.objects.holding(written))
        assert set(holding.values_list("source_id", flat=True)) == set(found(written))
    assert StaffWords.objects.holding("!") is None
