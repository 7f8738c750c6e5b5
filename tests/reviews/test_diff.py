"""Differences people can read: nothing is left out or stands twice, and hostile texts cost no more than they may."""

import copy
from collections import Counter
from difflib import SequenceMatcher
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from articles.canonical import canonical
from reviews import diff
from reviews.diff import Part, compare, compare_text, reveal, split_blocks

RULES = (
    "Cache rules are written for people who debug them later, so name the rule and list the pages it skips."
)
INDEX = (
    "Database changes need care: look at the query plan first, then try the migration on a copy of real data."
)
QUEUE = (
    "Queues and import scripts are idempotent, logged and safe to run again after a request stopped halfway."
)
CODE = "```python\ndef health():\n    return {'ok': True}\n\n\nprint(health())\n```"

DOCUMENT = {
    "source_id": "field-note-1",
    "title": "Keep releases easy to undo",
    "body": f"{RULES}\n\n{INDEX}\n",
    "lang": "en",
    "dir": "ltr",
    "tags": ["python", "backend"],
    "meta": {
        "summary": "Measure first, then change one thing.",
        "difficulty": "beginner",
        "score": {"quality": 92, "depth": 74},
        "flags": {"has_images": False},
        "entities": [{"name": "python services", "type": "stack"}, {"name": "backend", "type": "area"}],
    },
    "colour": {"deep": {"deeper": ["one", {"two": None}]}},
}


def body(*blocks):
    return "\n\n".join(blocks) + "\n"


def kinds(blocks):
    return [block.kind for block in blocks]


def old_text(blocks):
    return "".join(part.text for block in blocks for part in block.parts if part.op != "ins")


def new_text(blocks):
    return "".join(part.text for block in blocks for part in block.parts if part.op != "del")


def marked(block):
    marks = {"same": "{}", "ins": "[+{}+]", "del": "[-{}-]"}
    return "".join(marks[part.op].format(part.text) for part in block.parts)


def edited(**changes):
    """Return DOCUMENT with fields set; `meta__score` stands for meta.score, None takes a field out."""
    document = copy.deepcopy(DOCUMENT)
    for name, value in changes.items():
        *above, key = name.split("__")
        place = document
        for step in above:
            place = place[step]
        if value is None:
            del place[key]
        else:
            place[key] = value
    return document


def the_difference(old, new):
    [one] = compare(old, new)
    return one


# Both texts, completely and in order ----------------------------------------------------------------------------

# Few words and many repetitions: blocks that stand twice, move, merge and look alike.
LINES = st.sampled_from(
    [
        *("", "", "a b c", "a b d", "a x c", "b", "# a", "```", "~~~~", "    a", "- a", " ", "\t", "---"),
        *("a\u2028```", "é\u0301 b", "- item", "  "),
    ]
)
BODIES = (
    st.lists(LINES, max_size=14).map("\n".join)
    | st.lists(LINES, max_size=14).map(" ".join)
    | st.text("ab `~\n\t.\x0b\u2028", max_size=40)
)


@given(BODIES, BODIES)
def test_the_blocks_hold_both_bodies_exactly(old, new):
    blocks = compare_text(old, new)
    assert (old_text(blocks), new_text(blocks)) == (old, new)


@given(BODIES, BODIES)
@example("\na b c", "\n\n")
def test_each_block_does_what_its_kind_says(old, new):
    allowed = {
        "added": {("ins",)},
        "moved": {("ins",)},
        "removed": {("del",)},
        "moved_from": {("del",)},
        # With the blank lines that stand behind it on one side; or nothing but other blank lines.
        "same": {("same",), ("same", "ins"), ("same", "del"), ("same", "del", "ins"), ("del", "ins")},
    }
    for block in compare_text(old, new):
        ops = tuple(part.op for part in block.parts)
        if block.kind == "changed":
            assert {"ins", "del"} & set(ops)
            assert all(one != two for one, two in pairwise(ops)), "runs are joined"
        else:
            assert ops in allowed[block.kind]
            assert ops != ("del", "ins") or not block.parts[0].text.strip()
            assert len(ops) == 1 or not "".join(part.text for part in block.parts[1:]).strip()


TURNED = {"added": "removed", "removed": "added", "moved": "moved_from", "moved_from": "moved"}


@given(BODIES, BODIES, st.sampled_from([60, diff.MOST_STEPS]))
def test_the_way_back_shows_the_same_turned_round(old, new, steps):
    def runs(blocks, op):
        return [part.text for block in blocks for part in block.parts if part.op == op]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diff, "MOST_STEPS", steps)
        there, back = compare_text(old, new), compare_text(new, old)
    assert [runs(there, op) for op in ("same", "del", "ins")] == [
        runs(back, op) for op in ("same", "ins", "del")
    ]
    assert Counter(kinds(there)) == Counter(TURNED.get(kind, kind) for kind in kinds(back))


@given(BODIES)
def test_a_text_does_not_differ_from_itself(text):
    assert set(kinds(compare_text(text, text))) <= {"same"}


@given(BODIES, BODIES)
def test_two_texts_that_differ_are_never_shown_as_the_same(old, new):
    if old != new:
        assert set(kinds(compare_text(old, new))) != {"same"}


@given(BODIES)
def test_blocks_joined_are_the_text(text):
    assert "".join(split_blocks(text)) == text


@given(BODIES, BODIES, st.integers(0, 60))
def test_with_little_effort_left_the_blocks_still_hold_both_bodies(old, new, steps):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diff, "MOST_STEPS", steps)
        blocks = compare_text(old, new)
    assert (old_text(blocks), new_text(blocks)) == (old, new)


WORDS = " ".join(f"word{n}" for n in range(30_000))
HOSTILE = {
    "many lines": ("x\n\n" * 25_000 + "end", "x\n\ny\n\n" * 12_500 + "end"),
    "one long line": (WORDS, WORDS.replace("word7 ", "other ").replace("word29990", "last")),
    "one word": ("a" * 500_000, "b" * 500_000),
    "the same words in turn": ("a b " * 12_000, "b c a " * 9_000),
    "the same blocks in turn": ("a\n\nb\n\n" * 3_000, "b\n\na\n\nb\n\n" * 2_500),
    "blocks without a word in common": (
        "".join(f"{n} old\n\n" for n in range(3_000)),
        "".join(f"{n}x new\n\n" for n in range(3_000)),
    ),
    "code": ("```\n" + "a\nb\n" * 4_000 + "```\n", "```\n" + "b\na\nc\n" * 3_000 + "```\n"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_fallbacks_for_hostile_texts_hold_both_completely(name):
    """S21: where aligning would cost too much, units are coarser, and nothing is lost."""
    old, new = HOSTILE[name]
    blocks = compare_text(old, new)
    assert (old_text(blocks), new_text(blocks)) == (old, new)


class Watched(SequenceMatcher):
    """difflib, which refuses texts whose equal pairs alone are more than what a comparison may cost."""

    def __init__(self, junk, before, after, autojunk):
        here, there = Counter(before), Counter(after)
        assert sum(here[text] * there[text] for text in here if text.strip()) <= diff.MOST_STEPS
        super().__init__(junk, before, after, autojunk)


@pytest.mark.parametrize("name", ["the same words in turn", "the same blocks in turn", "code"])
def test_difflib_never_gets_what_it_would_take_too_long_for(name, monkeypatch):
    """S21: the work is bounded before it begins."""
    monkeypatch.setattr(diff, "SequenceMatcher", Watched)
    old, new = HOSTILE[name]
    assert new_text(compare_text(old, new)) == new


def test_an_edit_in_a_very_long_text_is_shown_as_closely_as_in_a_short_one():
    """What both begin and end with is set aside before sizes count."""
    [block] = compare_text(WORDS, WORDS.replace("word15000 ", "other "))
    assert [part.text for part in block.parts if part.op != "same"] == ["word15000", "other"]


def test_among_thousands_of_paragraphs_only_the_edited_one_is_shown_as_changed():
    old = [f"Paragraph {number} of many." for number in range(2_000)]
    new = [text.replace("Paragraph 7 ", "Part 7 ").replace("1990", "1990a") for text in old]
    assert Counter(kinds(compare_text(body(*old), body(*new)))) == {"same": 1_998, "changed": 2}


# The body -------------------------------------------------------------------------------------------------------


def test_words_that_changed_are_marked_and_no_others():
    [block] = compare_text("Set it to 12 seconds.", "Set it to 16 seconds.")
    assert block.kind == "changed"
    assert block.parts == (
        Part("same", "Set it to "),
        Part("del", "12"),
        Part("ins", "16"),
        Part("same", " seconds."),
    )


def test_untouched_blocks_are_marked_so_that_they_can_be_folded():
    blocks = compare_text(body(RULES, INDEX, QUEUE), body(RULES, INDEX.replace("first", "twice"), QUEUE))
    assert kinds(blocks) == ["same", "changed", "same"]
    assert "look at the query plan [-first-][+twice+], then" in marked(blocks[1])


def test_a_paragraph_put_in_between_leaves_its_neighbours_alone():
    assert kinds(compare_text(body(RULES, QUEUE), body(RULES, INDEX, QUEUE))) == ["same", "added", "same"]


def test_a_paragraph_taken_out_is_removed():
    assert kinds(compare_text(body(RULES, INDEX, QUEUE), body(RULES, QUEUE))) == ["same", "removed", "same"]


@pytest.mark.parametrize("end", ["", "\n"])
def test_what_comes_behind_the_last_paragraph_is_no_change_of_it(end):
    assert kinds(compare_text(RULES + end, f"{RULES}\n\n{INDEX}{end}")) == ["same", "added"]
    assert kinds(compare_text(f"---\n\n{INDEX}{end}", f"---{end}")) == ["same", "removed"]


def test_a_line_end_at_the_very_end_is_a_change():
    [block] = compare_text("---", "---\n")
    assert (block.kind, marked(block)) == ("changed", "---[+\n+]")


def test_a_paragraph_that_stands_elsewhere_has_moved():
    blocks = compare_text(body(RULES, INDEX, QUEUE, CODE), body(INDEX, QUEUE, CODE, RULES))
    assert kinds(blocks) == ["moved_from", "same", "same", "same", "moved"]
    assert blocks[0].text.strip() == blocks[-1].text.strip() == RULES


def test_a_paragraph_that_stands_twice_is_not_called_moved():
    """Which of the two would have moved, nobody can say."""
    blocks = compare_text(body(RULES, INDEX, INDEX), body(INDEX, INDEX, QUEUE, RULES))
    assert {block.text.strip() for block in blocks if block.kind.startswith("moved")} <= {RULES}


def test_equal_paragraphs_that_both_go_are_both_shown():
    """A text may stand twice: neither copy hides behind the other."""
    blocks = compare_text(body(RULES, RULES), body(RULES.replace("later", "at night"), INDEX))
    assert kinds(blocks).count("removed") == 1
    assert old_text(blocks) == body(RULES, RULES)


def test_a_rewritten_paragraph_is_one_taken_out_and_one_put_in():
    assert kinds(compare_text(body(RULES), body(INDEX))) == ["removed", "added"]


def test_the_most_alike_blocks_are_partners():
    blocks = compare_text(body(RULES, INDEX), body(INDEX.replace("care", "patience"), QUEUE))
    assert kinds(blocks) == ["removed", "changed", "added"]
    assert "need [-care-][+patience+]:" in marked(blocks[1])


def test_a_fenced_block_with_blank_lines_is_one_block():
    assert split_blocks(body(RULES, CODE, INDEX)) == [f"{RULES}\n\n", f"{CODE}\n\n", f"{INDEX}\n"]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Run it:\n```\na\n\nb\n```\nDone.", ["Run it:\n", "```\na\n\nb\n```\n", "Done."]),
        ("````\n```\n\n````\n\nafter", ["````\n```\n\n````\n\n", "after"]),
        ("~~~ `x`\n\n~~~\nafter", ["~~~ `x`\n\n~~~\n", "after"]),
        ("```never closed\n\na", ["```never closed\n\na"]),
        ("```a``` is inline\n\nb", ["```a``` is inline\n\n", "b"]),
        ("a\u2028```\n\nb", ["a\u2028```\n\n", "b"]),
        ("\n\na\n \nb", ["\n\n", "a\n \n", "b"]),
        ("# a\n- b\n- c", ["# a\n- b\n- c"]),
    ],
)
def test_fences_and_blank_lines_part_blocks(text, blocks):
    assert split_blocks(text) == blocks


def test_code_is_compared_line_by_line():
    blocks = compare_text(body(RULES, CODE), body(RULES, CODE.replace("True", "False")))
    assert [(block.kind, block.is_code) for block in blocks] == [("same", False), ("changed", True)]
    assert "[-    return {'ok': True}\n-][+    return {'ok': False}\n+]" in marked(blocks[1])


def test_code_is_no_partner_of_prose():
    blocks = compare_text(body("return the value of a"), body("```\nreturn the value of a\n```"))
    assert [(block.kind, block.is_code) for block in blocks] == [("removed", False), ("added", True)]


def test_markup_stays_text():
    """Nothing here is marked safe: whoever prints it escapes it (P10)."""
    [block] = compare_text("<b>one</b> two three", "<b>one</b> two <script>alert(1)</script>")
    assert {type(part.text) for part in block.parts} == {str}
    assert "<script>" in new_text([block])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[x y z](https://a.example/1)", "[x y z](https://b.example/1)"),
        ("[x y z](<a b> 'title')", "[x y z](<b c> 'title')"),
        ("see x y <https://a.example>", "see x y <https://b.example>"),
        ("[x]: https://a.example y z", "[x]: https://b.example y z"),
        ('<a href="/a">x y z</a>', '<a href="/b">x y z</a>'),
        ("![x y z](a.png)", "![x y z](b.png)"),
    ],
)
def test_a_link_that_leads_elsewhere_is_named_whole(old, new):
    [block] = compare_text(old, new)
    [[gone], [come]] = block.targets
    assert gone in old
    assert come in new


def test_links_that_stay_and_links_in_code_are_not_named():
    [block] = compare_text("[one two](/x) three", "[one two](/x) four")
    assert block.targets == ((), ())
    [block] = compare_text("```\n[a](/x)\nb\n```", "```\n[a](/y)\nb\n```")
    assert block.targets == ((), ())


# The fields -----------------------------------------------------------------------------------------------------


def test_equal_documents_do_not_differ():
    assert compare(DOCUMENT, copy.deepcopy(DOCUMENT)) == []


def test_the_order_of_keys_is_no_difference():
    assert compare(DOCUMENT, dict(reversed(DOCUMENT.items()))) == []


def test_title_summary_and_body_come_first():
    new = edited(
        title="Undo", body="Short.\n", dir="rtl", meta__summary="Less.", meta__difficulty="expert", tags=["a"]
    )
    paths = [field.path for field in compare(DOCUMENT, new)]
    assert paths[:3] == ["title", "meta.summary", "body"]
    assert set(paths[3:]) == {"dir", "tags", "meta.difficulty"}


def test_against_nothing_every_field_is_added():
    differences = compare(None, DOCUMENT)
    assert {field.kind for field in differences} == {"added"}
    assert {"title", "body", "meta.score.depth", "colour.deep.deeper"} <= {
        field.path for field in differences
    }
    assert {part.op for field in differences for block in field.blocks for part in block.parts} == {"ins"}


def test_a_leaf_deep_in_meta_is_named_by_its_path():
    field = the_difference(DOCUMENT, edited(meta__score__depth=80))
    assert (field.path, field.label, field.kind) == ("meta.score.depth", "score › depth", "changed")
    assert marked(field.blocks[0]) == "[-74-][+80+]"


def test_a_field_can_go_and_another_come_as_null():
    """Null is a value: a field that holds it is there."""
    gone = the_difference(DOCUMENT, edited(meta__difficulty=None))
    assert (gone.path, gone.kind, kinds(gone.blocks)) == ("meta.difficulty", "removed", ["removed"])
    come = the_difference(DOCUMENT, DOCUMENT | {"new": None})
    assert (come.path, come.kind, come.blocks[0].text) == ("new", "added", "null")


def test_lists_differ_item_by_item():
    field = the_difference(DOCUMENT, edited(tags=["python", "cache", "backend"]))
    assert [(block.kind, block.text) for block in field.blocks] == [
        ("same", "python"),
        ("added", "cache"),
        ("same", "backend"),
    ]


def test_an_item_that_changed_its_place_has_moved():
    field = the_difference(edited(tags=["a", "b", "c"]), edited(tags=["b", "c", "a"]))
    assert kinds(field.blocks) == ["moved_from", "same", "same", "moved"]


def test_maps_in_lists_are_shown_whole():
    old, new = ([{"name": "python", "type": kind, "n": 1}, {"a": [2]}] for kind in ("stack", "area"))
    field = the_difference({"x": old}, {"x": new})
    assert kinds(field.blocks) == ["changed", "same"]
    assert '"type": "[-stack-][+area+]"' in marked(field.blocks[0])


def test_entities_read_as_names_with_their_types_where_nothing_else_could_be_meant():
    entities = [{"name": "python services", "type": "area"}, {"name": "backend", "type": "area"}]
    field = the_difference(DOCUMENT, edited(meta__entities=entities))
    assert [marked(block) for block in field.blocks] == [
        "python services ([-stack-][+area+])",
        "backend (area)",
    ]
    [field] = compare({"x": [{"name": "a (b)", "type": "c"}]}, {"x": [{"name": "a", "type": "b) (c"}]})
    assert field.blocks[0].text.startswith('{"name": ')


def test_language_and_direction_are_called_so():
    assert [field.label for field in compare(DOCUMENT, edited(lang="ar", dir="rtl"))] == [
        "language",
        "direction of the text",
    ]


def test_of_very_many_fields_the_rest_stands_together_line_by_line(monkeypatch):
    monkeypatch.setattr(diff, "MOST_FIELDS", 2)
    old, new = ({"meta": {str(n): n + add for n in range(5)}} for add in (0, 1))
    *ones, rest = compare(old | {"title": "a"}, new | {"title": "b"})
    assert [field.path for field in ones] == ["title", "meta.0"]
    [block] = rest.blocks
    assert (rest.label, block.is_code) == ("4 more fields", True)
    assert '"meta.4": 4\n' in block.side("del")
    assert '"meta.4": 5\n' in block.side("ins")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (1, True),
        (0, False),
        (1, "1"),
        (None, "null"),
        ("", None),
        ([], ""),
        ([], {}),
        (["a", "b"], ["a\nb"]),
        (["a"], "a"),
        (["1"], [1]),
        (["1", "a"], [1, "b"]),
        (["a", ""], ["a"]),
        ([], "(empty list)"),
        ("a", "a "),
        ({}, {"a": {}}),
        ({"a": {"b": 1}}, {"a.b": 1}),
        ([{"a": 1}], ['{"a": 1}']),
    ],
)
def test_whatever_the_digest_tells_apart_is_shown_as_different(old, new):
    """P3: a reviewer who reads that nothing differs has the same bytes before them."""
    differences = compare({"meta": {"x": old}}, {"meta": {"x": new}})
    assert differences
    for field in differences:
        assert [block.parts for block in field.blocks if block.kind != "same"]


LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "1", "a", "a.b", "null", "[]"])
KEYS = st.sampled_from(["a", "b", "a.b"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_documents_differ_exactly_where_their_canonical_bytes_do(old, new):
    differences = compare({"x": old}, {"x": new})
    assert bool(differences) == (canonical(old) != canonical(new))
    assert all({"added", "removed", "changed", "moved"} & set(kinds(field.blocks)) for field in differences)


# What nobody sees -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain text\nof two lines", [("plain text\nof two lines", None)]),
        ("a\u200bb", [("a", None), ("\u200b", "zero width space"), ("b", None)]),
        ("10\xa0km", [("10", None), ("\xa0", "no-break space"), ("km", None)]),
        ("\u202eabc", [("\u202e", "right-to-left override"), ("abc", None)]),
        ("\tx", [("\t", "tab"), ("x", None)]),
        ("a  \nb", [("a", None), ("  ", "space × 2"), ("\nb", None)]),
        ("a \r\nb", [("a", None), (" ", "space"), ("\r", "carriage return"), ("\nb", None)]),
        (" ", [(" ", "space")]),
        ("a b", [("a b", None)]),
        ("\x07", [("\x07", "U+0007")]),
        ("\u200b" * 20, [("\u200b" * 20, "zero width space × 20")]),
        ("\u200b\u200c", [("\u200b", "zero width space"), ("\u200c", "zero width non-joiner")]),
        ("\u200b\u200c" * 9, [("\u200b\u200c" * 9, "18 invisible characters")]),
        ("\u3164", [("\u3164", "hangul filler")]),
        ("", []),
    ],
)
def test_invisible_characters_are_named(text, parts):
    assert reveal(text) == parts


@given(st.text("a \n\t\u200b\u200c\u202e\xa0é", max_size=40) | st.text())
def test_what_is_revealed_is_still_the_text(text):
    assert "".join(part for part, _ in reveal(text)) == text


UNSEEN = st.characters(categories=["Cc", "Zl", "Zp", "Zs"], exclude_characters=" \n")


@given(UNSEEN | st.sampled_from("\u061c\u200e\u2066\u2069\ufeff\xad\U000e0041"))
def test_no_space_or_control_passes_unnamed(character):
    before, hidden, after = reveal(f"a{character}b")
    assert (before, after) == (("a", None), ("b", None))
    assert hidden[0] == character
    assert hidden[1]
