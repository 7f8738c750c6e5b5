"""Differences that people can read, and that hold both texts completely."""

from hypothesis import given
from hypothesis import strategies as st

from reviews.diff import compare, compare_text, reveal, split_blocks

words = st.sampled_from(
    ["one", "two", "three", "cache", "queue", "", "\n", "\n\n", "```", "- item", "## head", "  "]
)
texts = st.lists(words, max_size=25).map(" ".join) | st.lists(words, max_size=25).map("\n".join)


def text_of(blocks, *ops):
    return "".join(part.text for block in blocks for part in block.parts if part.op in ops)


@given(texts)
def test_blocks_joined_are_the_text(text):
    assert "".join(split_blocks(text)) == text


@given(texts, texts)
def test_every_difference_holds_both_texts_completely(old, new):
    blocks = compare_text(old, new)
    assert sorted(text_of(blocks, "same", "del")) == sorted(old)
    assert sorted(text_of(blocks, "same", "ins")) == sorted(new)


def test_texts_beyond_the_limits_are_compared_coarsely_and_still_hold_both():
    old = "\n\n".join(f"paragraph {number}" for number in range(2_000))
    new = old.replace("paragraph 7\n", "another 7\n")
    blocks = compare_text(old, new)
    assert text_of(blocks, "same", "del") == old
    assert text_of(blocks, "same", "ins") == new


def test_words_that_changed_are_marked_and_no_others():
    (block,) = compare_text("Set it to 12 seconds.", "Set it to 16 seconds.")
    assert [(part.op, part.text) for part in block.parts] == [
        ("same", "Set it to "),
        ("del", "12"),
        ("ins", "16"),
        ("same", " seconds."),
    ]


def test_code_is_compared_line_by_line():
    old, new = "```python\na = 1\nb = 2\n```", "```python\na = 1\nb = 3\n```"
    (block,) = compare_text(old, new)
    assert block.is_code
    assert [part.text for part in block.parts if part.op == "ins"] == ["b = 3\n"]


def test_a_paragraph_that_moved_is_a_move_and_no_deletion():
    first, second, third = "The first one here.\n\n", "The second, longer one.\n\n", "A third at the end.\n\n"
    kinds = {block.kind for block in compare_text(first + second + third, second + third + first)}
    assert kinds == {"same", "moved", "moved_from"}


def test_only_fields_that_differ_are_named_and_the_title_comes_first():
    old = {"title": "a", "body": "x", "meta": {"summary": "s", "tools": ["git"], "deep": {"k": [1]}}}
    new = {
        "title": "b",
        "body": "x",
        "meta": {"summary": "t", "tools": ["git"], "deep": {"k": [2]}, "new": None},
    }
    assert [(field.path, field.kind) for field in compare(old, new)] == [
        ("title", "changed"),
        ("meta.summary", "changed"),
        ("meta.deep.k", "changed"),
        ("meta.new", "added"),
    ]
    assert compare(old, old) == []


def test_characters_nobody_sees_are_named():
    assert reveal("a\u202eb\tc") == [
        ("a", None),
        ("\u202e", "right-to-left override"),
        ("b", None),
        ("\t", "tab"),
        ("c", None),
    ]
