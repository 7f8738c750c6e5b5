"""A difference on a page: changes numbered and linked, what is unchanged folded, nothing lost and nothing alive."""

import html
import re

import pytest
from django.template.loader import render_to_string
from hypothesis import example, given
from hypothesis import strategies as st

from reviews import layout
from reviews.diff import compare
from reviews.layout import laid_out


def body(*blocks):
    return {"body": "\n\n".join(blocks) + "\n"}


def numbered(count, start=0):
    return [f"Paragraph number {number} of many." for number in range(start, start + count)]


def page_of(old, new, **context):
    return render_to_string("reviews/_difference.html", {"difference": compare(old, new), **context})


def runs_of(old, new):
    """The runs of the first field: how many blocks each has, and whether it is folded."""
    return [(len(run["blocks"]), run["folded"]) for run in laid_out(compare(old, new))["fields"][0]["runs"]]


def the_block(old, new, **options):
    return next(
        block
        for run in laid_out(compare(old, new), **options)["fields"][0]["runs"]
        for block in run["blocks"]
        if block["kind"] != "same"
    )


def text_of(markup):
    """The text of a block as it was and as it is now, without the names that were added and with what is folded."""
    markup = re.sub(r'<span class="invisible"[^>]*>.*?</span>|<summary>.*?</summary>', "", markup)
    sides = (re.sub(f"<{op}>.*?</{op}>", "", markup, flags=re.DOTALL) for op in ("ins", "del"))
    return tuple(html.unescape(re.sub("<[^<>]*>", "", side)) for side in sides)


TEXTS = st.text("ab <>&*_`[]()#\n\t\u200b\xa0\"'!~\\0.", max_size=40) | st.lists(
    st.sampled_from(["a ", "b ", "<b> ", "\t", "\n", "**", "[x](/y) ", "```\n", "https://a.b/c "]),
    max_size=30,
).map("".join)


@pytest.mark.parametrize("marks", [False, True])
@given(old=TEXTS, new=TEXTS)
@example(old="a\n\nb", new="a\n")  # a block that stayed ends one of them, with other blank lines behind it
@example(old="```\n\n0000\n ```\n0", new="```\n\n0000\n ```\n\n")
@example(old="\n\n", new="\n a")
def test_what_is_drawn_is_the_text_and_nothing_in_it_is_alive_S13(marks, old, new):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "MOST_LINES", 2)
        patch.setattr(layout, "LINES_BESIDE", 1)
        patch.setattr(layout, "MOST_WORDS", 3)
        patch.setattr(layout, "WORDS_BESIDE", 1)
        laid = laid_out(compare({"body": old}, {"body": new}), marks=marks)
    drawn = "".join(
        f"<{op}>{block['html']}</{op}>" if op and not block["html"].startswith(f"<{op}>") else block["html"]
        for field in laid["fields"]
        for run in field["runs"]
        for block in run["blocks"]
        for op in [{"moved": "ins", "moved_from": "del"}.get(block["kind"])]
    )
    assert not set(re.findall(r"</?(\w+)", drawn)) - {"ins", "del", "span", "details", "summary"}
    if old == new:
        assert drawn == ""
    elif marks:
        assert text_of(drawn) == (old, new)
    else:  # blank lines between blocks take no room
        assert [re.sub(r"\n+", "", side) for side in text_of(drawn)] == [
            re.sub(r"\n+", "", side) for side in (old, new)
        ]


def test_one_block_beside_a_change_stands_open_and_the_rest_is_folded():
    blocks = numbered(12)
    changed = [*blocks[:6], blocks[6].replace("many", "some"), *blocks[7:]]
    assert runs_of(body(*blocks), body(*changed)) == [
        (5, True),
        (1, False),
        (1, False),
        (1, False),
        (4, True),
    ]


def test_a_run_that_would_fold_a_single_block_between_two_stands_open():
    old = numbered(5)
    new = [old[0] + " More.", *old[1:4], old[4] + " More."]
    assert runs_of(body(*old), body(*new)) == [(1, False), (3, False), (1, False)]


def test_long_unchanged_code_is_folded_but_for_three_lines_beside_the_change():
    lines = [f"line {number}" for number in range(40)]
    old = body("\n".join(["```", *lines, "```"]))
    new = body("\n".join(["```", *lines, "```"]).replace("line 20\n", "line twenty\n"))
    markup = the_block(old, new)["html"]
    assert re.findall("<summary>(.*?)</summary>", markup) == ["15 lines unchanged", "14 lines unchanged"]
    shown = re.sub("<details.*?</details>", "", markup, flags=re.DOTALL)
    assert (
        "line 17\nline 18\nline 19\n<del>line 20\n</del><ins>line twenty\n</ins>line 21\nline 22\nline 23\n"
        in shown
    )


def test_the_page_begins_with_what_happened_and_leads_to_each_field():
    old = body("One two three four.", "Goes away.", "Moves down here.", *numbered(3))
    new = body("One two three five.", *numbered(3), "Moves down here.", "Is new.")
    page = page_of(old | {"title": "a", "tags": ["x"]}, new | {"title": "b", "tags": ["y"]})
    told = re.search('<p class="tally">(.*?)</p>', page, re.DOTALL)[1]
    assert re.sub("<[^<>]*>", "", told) == (
        "1 paragraph changed, 1 added, 1 removed, 1 moved; 2 fields: title, tags"
    )
    for address in re.findall('href="#(.*?)"', page):
        assert page.count(f'id="{address}"') == 1


def test_each_change_leads_to_the_next_and_the_last_to_the_first():
    page = page_of({"title": "a", "lang": "en"}, {"title": "b", "lang": "de"})
    assert re.findall('class="place" href="#(.*?)"', page) == ["change-2", "change-1"]
    assert 'aria-label="Change 2 of 2: changed"' in page


def test_two_differences_on_one_page_have_addresses_of_their_own():
    page = page_of({"title": "a"}, {"title": "b"}) + page_of({"title": "a"}, {"title": "b"}, anchor="source")
    addresses = re.findall('id="(.*?)"', page)
    assert len(addresses) == len(set(addresses)) == 2


def test_a_moved_block_stands_once_and_each_place_leads_to_the_other():
    texts = numbered(4)
    page = page_of(body(*texts), body(*texts[1:], texts[0]))
    assert "Moved from here" in page
    assert '<a href="#change-2">to there</a>' in page
    assert '<a href="#change-1">from there</a>' in page
    assert "<ins>" not in page


def test_where_thousands_of_blocks_came_they_stand_as_one_and_are_counted_one_by_one(monkeypatch):
    monkeypatch.setattr(layout, "MOST_CHANGES", 3)
    laid = laid_out(compare(body("a"), body("a", *numbered(9))))
    assert laid["text"] == "9 paragraphs added"
    [added] = [
        block for run in laid["fields"][0]["runs"] for block in run["blocks"] if block["kind"] == "added"
    ]
    assert all(text in added["html"] for text in numbered(9))


def test_marks_tell_markup_and_link_targets_from_text_and_leave_code_alone():
    new = "# Head\n- item * x snake_case [a](/b) <i> https://c.d/e\n\n```\n# no * head\n```\n"
    markup = page_of(None, {"body": new}, marks=True)
    found = re.findall('<span class="(markup|target)">(.*?)</span>', markup)
    assert found == [
        ("markup", "#"),
        ("markup", "-"),
        ("markup", "*"),
        ("markup", "["),
        ("markup", "]("),
        ("target", "/b"),
        ("markup", "&lt;i&gt;"),
        ("target", "https://c.d/e"),
    ]


def test_a_mark_that_begins_a_line_is_none_in_the_middle_of_one():
    block = the_block({"body": "one - two three\n"}, {"body": "one - two four\n"}, marks=True)
    assert "markup" not in block["html"]
    assert block["html"].count('<span class="space"> </span>') == 3
