"""Which words a text has, and what is read into anything that somebody types."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from articles.words import (
    LONGEST_ASKED,
    LONGEST_WORD,
    MOST_IN_PHRASE,
    MOST_TERMS,
    MOST_WORDS,
    Asked,
    folded,
    line,
    words_in,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Keep the way back short.", ["keep", "the", "way", "back", "short"]),
        ("C, C++, C# and g++", ["c", "c++", "c#", "and", "g++"]),
        ("page#section a+b", ["page", "section", "a", "b"]),
        ("needs_human_review --dry-run", ["needs", "human", "review", "dry", "run"]),
        ("Crème brûlée, Straße, ŁÓDŹ", ["creme", "brulee", "strasse", "łodz"]),
        ("\uff21\uff22\uff23", ["abc"]),
        ("soft\u00adware zero\u200bwidth", ["software", "zerowidth"]),
        ("كِتَاب كتـــاب", ["كتاب", "كتاب"]),
        ("回滚方案", ["回滚", "滚方", "方案", "案"]),
        ("用Python回滚", ["用", "python", "回滚", "滚"]),
        ("", []),
        ("\0 !?", []),
    ],
)
def test_the_words_of_a_text(text, words):
    assert words_in(text) == words


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ("roll back", [(("roll",), False), (("back",), True)]),
        ("roll b", [(("roll",), False), (("b",), False)]),
        ('"roll back"', [(("roll", "back"), False)]),
        ("“roll back” now", [(("roll", "back"), False), (("now",), True)]),
        ('now "roll back', [(("now",), False), (("roll", "back"), False)]),
        ("needs_review", [(("needs", "review"), True)]),
        ("回滚", [(("回滚",), True)]),
        ("滚", [(("滚",), True)]),
        ("回滚方案", [(("回滚", "滚方", "方案"), True)]),
        ("same same", [(("same",), False), (("same",), True)]),
        ('""', []),
        ('" " ! *', []),
        ("AND OR NOT NEAR(a b)", None),
    ],
)
def test_what_is_read_into_what_is_typed(written, terms):
    asked = [(term.words, term.is_beginning) for term in Asked.of(written).terms]
    if terms is not None:
        assert asked == terms


@given(st.text())
@example("\ufdfa" * 1000)
@example("İ ß ŉ ǰ ΐ")
def test_folding_twice_changes_nothing_more(text):
    assert [folded(word) for word in words_in(text)] == words_in(text)


@given(st.text())
@example("x" * 100_000)
def test_no_word_breaks_what_an_index_is_told(text):
    for word in words_in(text):
        assert 0 < len(word) <= LONGEST_WORD
        assert not set(word) & set("'\"\\/ \0")


@given(st.text(max_size=3000))
@example('"' * 5000)
@example("a " * 5000)
@example("a-" * 5000)
@example("回" * 5000)
def test_what_is_asked_is_bounded(written):
    asked = Asked.of(written)
    assert len(asked.terms) <= MOST_TERMS
    assert all(0 < len(term.words) <= MOST_IN_PHRASE for term in asked.terms)


def test_what_stands_beyond_the_longest_question_is_not_read():
    assert Asked.of(" " * LONGEST_ASKED + "word").terms == ()


def test_a_line_is_bounded_and_begins_with_its_title():
    words = line("A title", ["a lead"], ["word " * 50_000])
    assert len(words) == MOST_WORDS
    assert words[:8] == ["t/a", "t/title", "l/a", "l/title", "l/a", "l/lead", "a", "title"]


@pytest.mark.parametrize(
    "text",
    ["Don't SPLIT snake_case\x1f7 -- 'rest'?", "C# and c++, F#", "# One\n## a#b", "x" * 200, "", "C#x c+++"],
)
def test_a_letter_beyond_ascii_in_a_text_leaves_its_other_words_as_they_are(text):
    assert words_in(f"{text} 中") == [*words_in(text), "中"]
