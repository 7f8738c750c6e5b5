"""Where an anchor is found again: wherever its block moved, else by its words, else its text is gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews import anchors
from reviews.anchors import Place, Reading, find, make
from tests.makers import make_document

PARTS = [
    "## Before the change",
    "Write down what the page *measures* now.",
    "```python\nready()\n```",
    "- measure before\n- measure after",
    "| a | b |\n|---|---|\n| one | two |",
    "Compare, and keep the commands.",
]


def reading(*parts, **changes):
    return Reading(make_document(body="\n\n".join(parts or PARTS), **changes))


def without(*numbers):
    return [part for n, part in enumerate(PARTS, 1) if n not in numbers]


others = st.lists(st.integers(0, 999), max_size=4, unique=True)


@given(st.integers(1, len(PARTS)), others, others, st.sets(st.integers(1, len(PARTS))), st.randoms())
def test_edits_elsewhere_never_lose_an_anchor_or_move_it_to_another_block(part, before, behind, gone, random):
    anchor = make(reading(), part=str(part))
    kept = without(*(gone - {part}))
    random.shuffle(kept)
    there = [f"New {n} before." for n in before] + kept + [f"New {n} behind." for n in behind]
    assert find(anchor, reading(*there)) == Place(there.index(PARTS[part - 1]) + 1, "here")


@given(st.integers(1, len(PARTS)), st.booleans())
def test_a_block_that_was_removed_is_said_to_be_gone(part, chosen):
    text = reading()
    anchor = make(text, part=str(part), quote=text.words[part - 1] if chosen else "")
    assert find(anchor, reading(*without(part))) == Place(None, "gone")
    assert anchor["quote"] == text.words[part - 1], "what it was about is still told"


@given(st.integers(1, len(PARTS)))
def test_a_block_that_was_written_anew_says_that_its_text_is_gone_and_what_stands_there(part):
    anchor = make(reading(), part=str(part))
    anew = [*PARTS[: part - 1], "Quite another thing.", *PARTS[part:]]
    assert find(anchor, reading(*anew)) == Place(part, "replaced")


def test_neighbours_that_stand_there_more_than_once_tell_no_place():
    first, second, third = "One block.", "Another block.", "A third block."
    anchor = make(reading(first, second, third), part="2")
    there = reading(first, "Written anew.", third, first, "Something else.")
    assert find(anchor, there) == Place(None, "gone")


def test_chosen_words_are_found_where_those_around_them_changed():
    anchor = make(reading(), part="2", quote="the page measures")
    assert find(anchor, reading("Write what the page measures.", *without(2))) == Place(1, "changed")


def test_chosen_words_that_stand_in_two_parts_now_are_told_by_what_stood_around_them():
    anchor = make(reading(), part="2", quote="page measures")
    near, far = "Only write what the page measures today.", "A page measures nothing."
    assert find(anchor, reading(near, far)).part == 1
    assert find(anchor, reading(far, near)).part == 2
    assert find(anchor, reading("That page measures.", far)) == Place(None, "gone")


def test_a_short_word_that_stands_elsewhere_too_is_not_taken_for_the_one_that_went():
    anchor = make(reading(), part="2", quote="now")
    assert find(anchor, reading(*without(2)[:-1], "Nothing is known.")) == Place(None, "gone")
    assert find(anchor, reading("Say what it measures now.", *without(2))) == Place(1, "changed")


def test_the_same_block_twice_is_told_by_its_neighbours_then_by_its_place():
    twice = reading("One.", "Again.", "Two.", "Again.", "Three.")
    for part in ("2", "4"):
        anchor = make(twice, part=part)
        assert find(anchor, twice).part == int(part)
        assert (
            find(anchor, reading("New.", "One.", "Again.", "Two.", "Again.", "Three.")).part == int(part) + 1
        )


def test_a_list_is_the_one_that_keeps_most_of_its_items():
    anchor = make(reading(), part="4")
    assert find(anchor, reading("Else.", "- other", "Else too.", "- measure before\n- compare")) == Place(
        4, "changed"
    )


def test_a_value_beside_the_body_changes_and_goes():
    anchor = make(reading(), part="meta.topic")
    assert find(anchor, reading("Another body.")) == Place(None, "here")
    assert find(anchor, reading(meta={"topic": "another"})) == Place(None, "changed")
    assert find(anchor, reading(meta={"topic": None})).fate in ("changed", "gone")


def test_a_thread_about_the_whole_text_is_always_there_and_an_erased_anchor_never():
    assert find(make(reading()), reading("Else.")) == Place(None, "here")
    assert find({"kind": "erased"}, reading()) == Place(None, "gone")


def test_words_are_found_as_a_browser_gives_them_with_or_without_a_part():
    quote = "measures  now.\n\nready()"
    assert make(reading(), quote="page  measures\nnow")["part"] == 2
    assert make(reading(), part="5", quote="one\ttwo")["part"] == 5
    assert make(reading(), part="5", quote="keep the commands")["part"] == 6, "the words say it better"
    with pytest.raises(anchors.NotInText, match="not in this text"):
        make(reading(), part="2", quote=quote)


def test_words_that_stand_there_more_than_once_need_their_part():
    with pytest.raises(anchors.NotInText, match="more than once"):
        make(reading(), quote="measure")
    text = reading("A b a b.")
    assert make(text, part="1", quote="b", before="A b a ")["before"] == "Aba"


@pytest.mark.parametrize("part", ["0", "7", "-1", "²", "9" * 30, "meta.nothing"])
def test_a_part_that_is_not_there_is_refused(part):
    with pytest.raises(anchors.NotInText):
        make(reading(), part=part)


def test_a_text_that_is_too_odd_to_parse_is_one_part():
    odd = reading("[" * 2000)
    assert find(make(odd, part="1"), odd) == Place(1, "here")
