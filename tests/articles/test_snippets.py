"""What is shown of a text that was found: the right part, marked where it was found, and inert."""

import pytest
from django.utils.html import escape
from hypothesis import example, given
from hypothesis import strategies as st

from articles.snippets import LENGTH, marked, snippet
from articles.words import Asked, placed_words, words_in


def of(text, written):
    return snippet(text, Asked.of(written).terms)


@pytest.mark.parametrize(
    ("text", "written", "shown"),
    [
        ("A queue, rolled back.", "rolled queue", "A <mark>queue</mark>, <mark>rolled</mark> back."),
        ("A queue, rolled back.", "rol", "A queue, <mark>rolled</mark> back."),
        ("A queue, rolled back.", "rol back", "A queue, rolled <mark>back</mark>."),
        ("Roll it. Roll back.", '"roll back"', "Roll it. <mark>Roll back</mark>."),
        ("Crème BRÛLÉE", "creme brulee", "<mark>Crème</mark> <mark>BRÛLÉE</mark>"),
        ("Cre\u0300me and cream", "crème", "<mark>Cre\u0300me</mark> and cream"),
        ("C, C++ and C#", "c++", "C, <mark>C++</mark> and C#"),
        ("先写下回滚方案。", "回滚方", "先写下<mark>回滚方</mark>案。"),
        ("的 flags.needs_human_review stay", "needs_human", "的 flags.<mark>needs_human</mark>_review stay"),
        ("عن الرجوع إلى الوراء", "الى", "عن الرجوع <mark>إلى</mark> الوراء"),
        ("Nothing of it.", "queue", ""),
        ("Nothing.", "", ""),
        ("", "queue", ""),
    ],
)
def test_what_was_looked_for_is_marked(text, written, shown):
    assert of(text, written) == shown


def test_what_a_text_is_written_with_is_left_out():
    text = (
        '## A **queue**\n\n> - [x] See [the `queue`](https://example.org/a_b "why") and <b>it</b>\n\n'
        "```python\nqueue_of = 1\n```\n\n| a | queue |\n| --- | --- |\n1. _queue_ * snake_case"
    )
    queue = "<mark>queue</mark>"
    assert of(text, "queue") == (
        f"A {queue} See the {queue} and it {queue}_of = 1 a {queue} {queue} snake_case"
    )


def test_the_part_is_shown_that_holds_the_most_words_and_says_what_it_leaves_out():
    text = f"A queue at first. {'Other things. ' * 40}Here a queue is rolled back. {'And so on. ' * 40}"
    shown = of(text, "queue rolled back")
    assert "Here a <mark>queue</mark> is <mark>rolled</mark> <mark>back</mark>." in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < LENGTH + 60
    assert of(text, "first").startswith("A queue at <mark>first</mark>. Other")


@given(st.text(max_size=400), st.text(max_size=40))
@example("<b>queue</b> & <script>queue", "queue")
@example("ß ﬁ İ 回滚\u0301 e\u0301", "ss fi i 回滚 é")
def test_whatever_stands_in_a_text_is_inert_and_stays_P10(text, written):
    terms = Asked.of(written).terms
    for made in (marked(text, terms), snippet(text, terms)):
        bare = made.replace("<mark>", "").replace("</mark>", "")
        assert "<" not in bare
        assert ">" not in bare
        assert made.count("<mark>") == made.count("</mark>")
    assert marked(text, terms).replace("<mark>", "").replace("</mark>", "") == escape(text)


@given(st.text(alphabet="ab C+#_-1é回滚のกßﬁİ\u0301\u200d ", max_size=60))
def test_the_places_of_words_are_those_of_the_words_themselves(text):
    placed = placed_words(text)
    assert all(0 <= begin < end <= len(text) for _, begin, end in placed)
    for word, begin, end in placed:
        assert word in words_in(text[begin:end]) or words_in(text[begin:end]) == []
