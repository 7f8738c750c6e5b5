"""The meta panel: everything a document carries is shown, as nested lists, and nothing in it runs."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.canonical import MAX_DEPTH
from articles.panel import panel_rows
from tests.articles.hostile import HOSTILE, dangers_in

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=20,
)
# A key that nothing is known about, and keys that have a form of their own.
KEYS = [
    "odd",
    "score",
    "entities",
    "stack",
    "tools",
    "tags",
    "reading_time",
    "view_count",
    "flags",
    "payload",
]


def rows(include_desk=True, **meta):
    return dict(panel_rows({"meta": meta}, include_desk=include_desk))


def is_tall(value, key="odd"):
    [row] = panel_rows({"meta": {key: value}}, include_desk=True)
    return row.is_tall


def shown(value):
    """The HTML of a value under a key that nothing is known about."""
    return str(rows(odd=value)["odd"])


class _Reading(HTMLParser):
    """What is read of a panel: its text, how deep lists go, and whether all that opens closes in order."""

    def __init__(self, html):
        super().__init__()
        self.text, self.open, self.deepest, self.is_whole = "", [], 0, True
        self.feed(html)
        self.close()
        self.is_whole = self.is_whole and not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.deepest = max(self.deepest, self.open.count("ul"))

    def handle_endtag(self, tag):
        self.is_whole = self.is_whole and bool(self.open) and self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


class TestAnyNesting:
    def test_maps_and_lists_are_nested_lists(self):
        assert shown({"one": [1, {"two": ["x"]}]}) == (
            '<ul class="tree"><li dir="auto"><b><bdi>one</bdi>:</b> <ul class="tree items"><li dir="auto">1</li>'
            '<li dir="auto"><ul class="tree"><li dir="auto"><b><bdi>two</bdi>:</b> <ul class="tree list">'
            '<li dir="auto">x</li></ul></li></ul></li></ul></li></ul>'
        )

    def test_a_list_of_things_is_told_from_a_list_of_words(self):
        assert '<ul class="tree items">' in shown([{"a": 1}, {"a": 2}])
        assert '<ul class="tree list">' in shown(["a", None, [], {}])

    def test_a_document_as_deep_as_may_be_is_shown_to_its_end(self):
        value = "the end"
        for level in range(MAX_DEPTH):
            value = {"k": value} if level % 2 else [value]
        reading = _Reading(shown(value))
        assert reading.text.endswith("the end")
        assert reading.deepest == MAX_DEPTH
        assert reading.is_whole

    @pytest.mark.parametrize("key", KEYS)
    @given(value=JSON)
    def test_any_value_under_any_key_is_whole_and_inert(self, key, value):
        html = "".join(
            str(html) for _, html in panel_rows({"meta": {key: value}, key: value}, include_desk=True)
        )
        assert _Reading(html).is_whole
        assert dangers_in(html) == []

    @given(value=st.recursive(st.sampled_from(["w1", "w2", 17]), st.lists, max_leaves=20))
    def test_nothing_is_left_out(self, value):
        assert re.findall(r"w1|w2|17", _Reading(shown(value)).text) == re.findall(r"w1|w2|17", repr(value))


class TestValues:
    @pytest.mark.parametrize(
        ("value", "html"),
        [
            (True, "yes"),
            (False, "no"),
            (None, '<span class="none">—</span>'),
            ([], '<span class="none">none</span>'),
            ({}, '<span class="none">none</span>'),
            ("", '<span class="none">empty</span>'),
            (" \n", '<span class="none">empty</span>'),
            (0, "0"),
            (1, "1"),
            (-2.5, "-2.5"),
            (9007199254740991, "9007199254740991"),
            ("0", "0"),
            ("a & b", "a &amp; b"),
            ("one\ntwo", '<span class="text">one\ntwo</span>'),
        ],
    )
    def test_each_kind_of_value_has_its_form(self, value, html):
        assert shown(value) == html
        assert shown([value]) == f'<ul class="tree list"><li dir="auto">{html}</li></ul>'

    def test_an_address_that_is_the_whole_value_is_a_link(self):
        assert shown("https://a.example/?b=c&d") == (
            '<a href="https://a.example/?b=c&amp;d" rel="nofollow noopener noreferrer">https://a.example/?b=c&amp;d</a>'
        )

    @pytest.mark.parametrize(
        "text", ["see https://a.example", "javascript:alert(1)", "//a.example", "data:text/html,x", "mailto:a@b.org",
                 "https://a.example\n", "https://a b", "HTTPS:alert(1)"],
    )  # fmt: skip
    def test_no_other_text_is_a_link_S14(self, text):
        assert "<a" not in shown(text)

    def test_underscores_of_keys_are_spaces(self):
        assert list(rows(code_language="python", __="x")) == ["code language", "(no name)"]
        assert "<b><bdi>last reviewed</bdi>:</b>" in shown({"last_reviewed": "x"})


class TestKnownKeys:
    def test_scores_have_a_meter_with_a_name_and_the_number_beside_it(self):
        html = rows(score={"clarity": 61.5, "quality": 92})["score"]
        assert '<meter min="0" max="100" value="92" aria-label="quality">92</meter> <b>92</b> quality' in html
        assert html.index("quality") < html.index("clarity"), "the schema's order, not the alphabet's"

    @pytest.mark.parametrize("value", [101, -1, "92", None, True, [92]])
    def test_what_is_no_score_has_no_meter(self, value):
        html = rows(score={"quality": value})["score"]
        assert "<meter" not in html
        assert "<b><bdi>quality</bdi>:</b> " in html

    @pytest.mark.parametrize("key", ["stack", "tools", "tags"])
    def test_short_lists_of_names_are_chips(self, key):
        assert rows(**{key: ["a", "b"]})[key] == (
            '<span class="chip" dir="auto">a</span> <span class="chip" dir="auto">b</span>'
        )

    def test_a_list_of_anything_else_under_such_a_key_is_a_list(self):
        assert rows(stack=["a", 1])["stack"] == (
            '<ul class="tree list"><li dir="auto">a</li><li dir="auto">1</li></ul>'
        )

    def test_entities_are_chips_with_their_type(self):
        html = rows(entities=[{"name": "queues", "type": "area"}, {"name": "backlog"}])["entities"]
        assert html == (
            '<span class="chip"><bdi>queues</bdi> <i>area</i></span> '
            '<span class="chip"><bdi>backlog</bdi> <i>thing</i></span>'
        )

    def test_an_entity_that_says_more_is_shown_whole(self):
        html = rows(entities=[{"type": "area", "name": "queues", "weight": 3}])["entities"]
        assert _Reading(html).text == "name: queuestype: areaweight: 3"

    def test_reading_time_is_in_minutes(self):
        assert rows(reading_time=7)["reading time"] == "7 min"

    def test_a_known_name_somewhere_else_means_nothing(self):
        data = {"meta": {}, "reading_time": 7, "score": {"quality": 1}}
        assert dict(panel_rows(data, include_desk=True)) == {
            "reading time": "7",
            "score": '<ul class="tree"><li dir="auto"><b><bdi>quality</bdi>:</b> 1</li></ul>',
        }

    def test_an_imported_view_count_says_that_it_is_one(self):
        made = dict(panel_rows({"meta": {}}, include_desk=True, imported_view_count=0))
        assert made == {"view count": "0 <i>imported</i>"}


class TestOrder:
    def test_what_names_a_thing_comes_before_what_it_holds(self):
        html = shown(
            [{"layers": [{"from": "file"}], "canary": None, "replicas": 3, "name": "orders", "all": {}}]
        )
        assert re.findall("<bdi>(.*?)</bdi>", html) == ["name", "canary", "replicas", "all", "layers", "from"]

    def test_known_keys_of_a_map_keep_the_schemas_order_whatever_they_hold(self):
        outline = {"context": {"odd": ["x"]}, "problem": "x", "name": "x"}
        html = rows(ai_outline=outline)["ai outline"]
        assert re.findall("<bdi>(.*?)</bdi>", html) == ["context", "odd", "problem", "name"]

    def test_known_keys_come_in_the_schemas_order_and_others_after_them_by_name(self):
        made = rows(zebra=1, difficulty="x", ant=1, topic="x", summary="x")
        assert list(made) == ["topic", "summary", "difficulty", "ant", "zebra"]

    def test_unknown_keys_of_the_document_come_last_and_its_text_is_shown_elsewhere(self):
        data = {
            "source_id": "a",
            "title": "b",
            "body": "c",
            "lang": "en",
            "dir": "ltr",
            "apple": 1,
            "meta": {"zebra": 2},
        }
        assert panel_rows(data, include_desk=True) == [("zebra", "2"), ("apple", "1")]

    def test_a_document_without_meta_has_an_empty_panel(self):
        assert panel_rows({"title": "a"}, include_desk=True) == []
        assert panel_rows({"title": "a", "meta": None}, include_desk=True) == []


class TestRoom:
    """Where a value stands follows from what it is, not from how long its markup happens to be."""

    @pytest.mark.parametrize("value", [["a"], {"a": 1}, [[]], "word " * 13, "one\ntwo", "x" * 61])
    def test_nested_values_and_prose_stand_below_their_label(self, value):
        assert is_tall(value)

    @pytest.mark.parametrize(
        "value", ["x" * 60, "&<>" * 20, "https://a.example/" + "b" * 40, 5, True, None, [], {}, ""]
    )
    def test_all_else_stands_beside_it(self, value):
        assert not is_tall(value)

    def test_chips_stand_beside_their_label_however_many_and_scores_below(self):
        assert not is_tall([f"tool {n}" for n in range(40)], "tools")
        assert not is_tall([{"name": "queues", "type": "area"}] * 9, "entities")
        assert is_tall({"quality": 90}, "score")

    def test_a_row_can_be_taken_apart_and_asked(self):
        [row] = panel_rows({"meta": {"odd": 1}}, include_desk=True)
        label, value = row
        assert (label, value) == (row.label, row.value) == ("odd", "1")


class TestFolding:
    def test_a_long_value_is_folded_behind_the_number_of_its_entries_and_whole(self):
        html = shown([f"item {n}" for n in range(60)])
        assert html.startswith("<details><summary>60 entries</summary><ul")
        assert all(f">item {n}<" in html for n in range(60))

    def test_rows_further_down_count_too(self):
        assert "<summary>1 entry, 31 rows</summary>" in shown({"all": list(range(30))})

    def test_a_value_of_25_rows_is_not_folded(self):
        assert "<details>" not in shown(list(range(25)))
        assert "<details>" in shown(list(range(26)))

    def test_markup_in_a_text_counts_for_no_row(self):
        assert "<details>" not in shown(["<li>" * 100])

    def test_a_crowd_of_chips_and_of_scores_is_folded_too(self):
        assert "<summary>200 entries</summary>" in rows(tools=[f"tool {n}" for n in range(200)])["tools"]
        assert "<summary>30 entries</summary>" in rows(score={f"s{n}": n for n in range(30)})["score"]


class TestDirections:
    ARABIC = "نص قصير"

    def test_every_line_finds_its_own_direction(self):
        html = shown([self.ARABIC, "An English note"])
        assert f'<li dir="auto">{self.ARABIC}</li><li dir="auto">An English note</li>' in html

    def test_a_key_in_another_script_does_not_decide_for_its_value(self):
        assert f'<li dir="auto"><b><bdi>context</bdi>:</b> {self.ARABIC}</li>' in shown(
            {"context": self.ARABIC}
        )
        assert (
            f"<bdi>{self.ARABIC}</bdi> <i>area</i>"
            in rows(entities=[{"name": self.ARABIC, "type": "area"}])["entities"]
        )


class TestForTheDesk:
    @pytest.mark.parametrize(
        "key", ["ai_brief", "ai_outline", "score", "notes", "internal_notes", "payload", "Notes", "prompt", "prompts",
                "system_prompt", "Prompt text"],
    )  # fmt: skip
    def test_what_is_for_the_desk_is_not_shown_to_readers(self, key):
        for data in ({"meta": {key: "secret", "topic": "x"}}, {key: "secret", "topic": "x"}):
            assert [html for _, html in panel_rows(data, include_desk=False)] == ["x"]
            assert len(panel_rows(data, include_desk=True)) == 2

    def test_prompts_are_not_shown_to_readers_at_any_depth(self):
        generation = [{"model": "m", "prompts": {"user": "secret"}, "steps": [{"user_prompt": "secret"}]}]
        assert "secret" not in rows(include_desk=False, generation=generation)["generation"]
        assert "secret" in rows(include_desk=True, generation=generation)["generation"]

    def test_a_key_that_only_sounds_like_a_prompt_is_shown(self):
        assert rows(include_desk=False, promptness=1, impromptu=2) == {"impromptu": "2", "promptness": "1"}


class TestNothingRuns:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_a_hostile_text_is_inert_as_key_and_value_wherever_it_stands_S11_F12(self, text):
        meta = {
            text: text,
            "odd": [{text: [text]}],
            "score": {text: text, text + "2": 5},
            "entities": [{"name": text, "type": text}],
            "stack": [text],
            "tools": [text, 1],
            "flags": {text: True},
            "reading_time": text,
            "view_count": text,
        }
        for _, html in panel_rows({"meta": meta, "tags": [text], text: text}, include_desk=True):
            assert dangers_in(str(html)) == []

    def test_markup_is_shown_as_text(self):
        assert shown("<b>a</b>") == "&lt;b&gt;a&lt;/b&gt;"

    def test_a_title_like_text_cannot_close_a_heading_S11(self):
        assert shown("</h1><h1>") == "&lt;/h1&gt;&lt;h1&gt;"
