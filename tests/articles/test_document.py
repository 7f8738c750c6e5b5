"""The article document: what is taken and kept, what is altered and said so, what is refused and why."""

import json
import string
from hashlib import sha256

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.canonical import MAX_BYTES, MAX_INTEGER, canonical
from articles.document import MAX_PROBLEMS, WORD, Document, Refused, from_data, ordered_items, parse
from articles.document_schema import schema

META = {
    "topic": "Queues that can be paused",
    "summary": "How to pause a queue without losing a job.",
    "ai_outline": {"context": "night shift", "recommended action": "pause, then drain"},
    "ai_brief": "Write for somebody who is tired.",
    "stack": ["python", "queues"],
    "tools": ["git", "redis"],
    "code_language": "python",
    "difficulty": "beginner",
    "reading_time": 7,
    "view_count": 1234,
    "score": {"quality": 92, "depth": 61.5},
    "revision": {"status": "draft", "version": "1.0.0", "last_reviewed": "2025-08-02"},
    "reference": "ref-17",
    "hash": "0f0f",
    "flags": {"has_images": 0, "needs_human_review": 1},
    "checklist": ["Pause the queue", "Watch the depth"],
    "entities": [{"name": "queues", "type": "area"}, {"name": "backlog"}],
    "payload": {"generator": "a drafting engine", "paragraphs": 6, "seed": 23},
    "notes": ["Made for a test."],
}


def document(**changes):
    """A small whole document, with top-level keys changed."""
    return {"source_id": "note-17", "title": "Pause a queue", "body": "Pause it.\n", "meta": META} | changes


def with_meta(**changes):
    return document(meta=META | changes)


def problems(value):
    """The reasons a document is refused for, by path."""
    with pytest.raises(Refused) as refused:
        from_data(value)
    return {problem.path: problem.reason for problem in refused.value.problems}


def alterations(taken):
    return {alteration.path: alteration.what for alteration in taken.altered}


class TestWhatIsTaken:
    def test_every_field_arrives(self):
        taken = from_data(document())
        expected = META | {"flags": {"has_images": False, "needs_human_review": True}}
        del expected["view_count"]
        assert taken.data == document(meta=expected, lang="en", dir="ltr")
        assert taken.altered == ()

    def test_what_can_be_asked_of_a_document(self):
        taken = from_data(document(tags=["Python", "night"]))
        assert (taken.source_id, taken.title, taken.body) == ("note-17", "Pause a queue", "Pause it.\n")
        assert (taken.summary, taken.topic) == (META["summary"], META["topic"])
        assert taken.tags == ("Python", "night", "queues")
        assert taken.entities == (
            ("queues", "area"),
            ("backlog", "thing"),
            ("git", "tool"),
            ("redis", "tool"),
        )
        assert taken.flags == {"has_images": False, "needs_human_review": True}
        assert taken.needs_human_review
        assert taken.checklist == ("Pause the queue", "Watch the depth")
        assert (taken.generator, taken.difficulty) == ("a drafting engine", "beginner")
        assert (taken.reading_time, taken.reference, taken.view_count) == (7, "ref-17", 1234)

    def test_a_document_needs_no_more_than_an_id_a_title_and_a_body(self):
        taken = from_data({"source_id": "a", "title": "b", "body": ""})
        assert taken.data == {"source_id": "a", "title": "b", "body": "", "lang": "en", "dir": "ltr"}
        assert (taken.meta, taken.tags, taken.entities, taken.flags, taken.checklist) == ({}, (), (), {}, ())
        assert (taken.summary, taken.topic, taken.generator, taken.difficulty, taken.reference) == ("",) * 5
        assert (taken.reading_time, taken.view_count, taken.words) == (None, None, 0)
        assert not taken.needs_human_review

    def test_known_keys_may_say_that_nothing_is_known(self):
        nothing = dict.fromkeys(META)
        taken = from_data(document(meta=nothing))
        assert (taken.tags, taken.entities, taken.flags, taken.checklist) == ((), (), {}, ())
        assert (taken.summary, taken.generator, taken.reading_time, taken.view_count) == ("", "", None, None)
        assert "topic" in taken.meta

    def test_unknown_keys_survive_with_any_value_at_any_depth(self):
        odd = {"deep": [{"list": [[], {}, None, True, 1.5, "<b>bold</b>"]}], "": "no name"}
        taken = from_data(document(extra=odd, meta=META | {"odd": odd}))
        assert taken.data["extra"] == taken.meta["odd"] == odd

    def test_markup_is_kept_as_the_text_it_is(self):
        hostile = '<script>alert(1)</script> [x](javascript:alert(1)) "><img onerror=x>'
        taken = from_data(document(title=hostile, body=hostile, tags=[hostile]))
        assert taken.title == taken.body == taken.tags[0] == hostile

    def test_words_are_counted_without_markup_signs(self):
        assert from_data(document(body="## It's done\n\n- a well-known `x = 1`\n")).words == 6

    @given(st.text("ab_ -'.1\n\t\x7f#", max_size=30) | st.text(max_size=30))
    def test_words_in_ascii_are_counted_as_others_are(self, body):
        assert Document.stored({"body": body}).words == len(WORD.findall(body))

    def test_what_was_stored_is_read_back_without_another_check(self):
        stored = Document.stored({"title": "Old rules", "body": "x", "lang": "de", "dir": "ltr"})
        assert (stored.title, stored.lang, stored.source_id, stored.source_digest) == (
            "Old rules",
            "de",
            "",
            "",
        )

    def test_what_came_in_is_left_as_it_was(self):
        given_ = with_meta(odd={"list": ["a\r\nb"]})
        before = json.dumps(given_)
        from_data(given_).meta["odd"]["list"].append("more")
        assert json.dumps(given_) == before


class TestIdentityAndDigest:
    @pytest.mark.parametrize("other", ["NOTE-é", "note-E\u0301", "  Note-É "])
    def test_one_article_whatever_the_case_of_its_id(self, other):
        assert (
            from_data(document(source_id=other)).source_key
            == from_data(document(source_id="note-é")).source_key
        )

    def test_an_id_that_grows_without_its_case_is_refused_before_it_meets_its_column(self):
        assert problems(document(source_id="\ufb03" * 200)).keys() == {"source_id"}

    def test_view_counts_do_not_change_the_source_digest(self):
        fewer, more = from_data(with_meta(view_count=1)), from_data(with_meta(view_count=2))
        assert fewer.source_digest == more.source_digest
        assert (fewer.view_count, more.view_count) == (1, 2)
        assert "view_count" not in fewer.meta

    def test_another_default_of_the_site_does_not_change_the_source_digest(self):
        english, arabic = from_data(document()), from_data(document(), lang="ar", dir="rtl")
        assert english.source_digest == arabic.source_digest
        assert (arabic.lang, arabic.dir) == ("ar", "rtl")

    def test_its_own_language_and_direction_count(self):
        taken = from_data(document(lang="he", dir="rtl"), lang="en", dir="ltr")
        assert (taken.lang, taken.dir) == ("he", "rtl")
        assert taken.source_digest != from_data(document()).source_digest

    @pytest.mark.parametrize("key", ["title", "body", "extra"])
    def test_any_other_change_changes_the_source_digest(self, key):
        assert from_data(document(**{key: "other"})).source_digest != from_data(document()).source_digest

    def test_line_ends_and_the_order_of_keys_do_not_change_the_source_digest(self):
        unix = from_data(document(body="a\nb"))
        windows = from_data(dict(reversed(document(body="a\r\nb").items())))
        assert unix.source_digest == windows.source_digest


class TestSanitising:
    def test_line_ends_become_one_kind(self):
        taken = from_data(with_meta(odd="a\rb", summary="a\r\nb") | {"body": "a\r\nb\rc\n"})
        assert (taken.body, taken.summary, taken.meta["odd"]) == ("a\nb\nc\n", "a\nb", "a\nb")

    def test_one_line_fields_are_kept_on_one_line(self):
        taken = from_data(
            with_meta(
                tools=["git\nlog"],
                checklist=[" Pause\r\n  the\tqueue "],
                entities=[{"name": "a\u2028b", "type": " area "}],
            )
            | {"title": "  Pause\n\n a\tqueue ", "tags": [" night  shift "]}
        )
        assert taken.title == "Pause a queue"
        assert taken.tags[0] == "night shift"
        assert taken.checklist == ("Pause the queue",)
        assert taken.entities == (("a b", "area"), ("git log", "tool"))

    def test_no_break_spaces_inside_a_title_are_typography_and_stay(self):
        assert from_data(document(title="\u00a0Prix\u00a0: 10\u202f€\u00a0")).title == "Prix\u00a0: 10\u202f€"

    def test_white_space_of_the_body_and_of_unknown_texts_is_left_alone(self):
        taken = from_data(document(body="  \n\n    code\t\n\n", extra="  a  "))
        assert (taken.body, taken.data["extra"]) == ("  \n\n    code\t\n\n", "  a  ")

    def test_control_characters_are_removed_and_listed(self):
        taken = from_data(document(title="a \x1b b", body="\x07x\x9by\x7f", extra=[{"k": "\x01"}]))
        assert (taken.title, taken.body, taken.data["extra"]) == ("a b", "xy", [{"k": ""}])
        assert alterations(taken).keys() == {"title", "body", "extra[0].k"}

    def test_keys_are_sanitised_too(self):
        taken = from_data(document(extra={"a\x1b\n b": 1}))
        assert taken.data["extra"] == {"a b": 1}

    def test_two_keys_that_become_one_are_refused(self):
        assert problems(document(extra={"a": 1, "a\x1b": 2})).keys() == {"extra.a"}

    def test_zero_width_and_bidi_characters_stay_for_a_check_to_report(self):
        text = "a\u200b\u202eb\u2066c\ufeff"
        taken = from_data(document(title=text, body=text))
        assert (taken.title, taken.body, taken.altered) == (text, text, ())

    def test_letters_are_not_composed_or_decomposed(self):
        assert from_data(document(title="e\u0301 é")).title == "e\u0301 é"

    def test_tags_are_listed_once_whatever_their_case(self):
        taken = from_data(with_meta(stack=["PYTHON", "sql"], tags=["Sql"]) | {"tags": ["Python", "python "]})
        assert taken.tags == ("Python", "Sql")

    def test_entities_are_listed_once_whatever_their_case_but_per_type(self):
        entities = [
            {"name": "Git", "type": "tool"},
            {"name": "git", "type": "area"},
            {"name": "GIT", "type": "Tool"},
        ]
        taken = from_data(with_meta(entities=entities, tools=["git"]))
        assert taken.entities == (("Git", "tool"), ("git", "area"))

    @pytest.mark.parametrize(
        ("written", "meant"), [(0, False), (1, True), (1.0, True), (True, True), (False, False)]
    )
    def test_flags_may_be_numbers_or_booleans(self, written, meant):
        taken = from_data(with_meta(flags={"needs_human_review": written, "mine": written}))
        assert taken.meta["flags"] == {"needs_human_review": meant, "mine": meant}
        assert taken.needs_human_review is meant
        assert taken.altered == ()

    @pytest.mark.parametrize(
        ("written", "meant"), [("0", False), ("1", True), ("true", True), ("False", False)]
    )
    def test_flags_written_as_text_are_understood_and_listed(self, written, meant):
        taken = from_data(with_meta(flags={"has_images": written}))
        assert taken.flags == {"has_images": meant}
        assert alterations(taken).keys() == {"meta.flags.has_images"}

    def test_numbers_written_as_text_are_understood_and_listed(self):
        taken = from_data(with_meta(reading_time=" 7 ", view_count="12", score={"quality": "92.5"}))
        assert (taken.reading_time, taken.view_count, taken.meta["score"]) == (7, 12, {"quality": 92.5})
        assert alterations(taken).keys() == {"meta.reading_time", "meta.view_count", "meta.score.quality"}

    def test_unknown_texts_that_look_like_numbers_or_flags_stay_texts(self):
        assert from_data(with_meta(odd=["7", "true"])).meta["odd"] == ["7", "true"]

    @pytest.mark.parametrize(
        "written", ["9007199254740992", "-12345678901234567890", "1e400", "0.12345678901234567891"]
    )
    def test_numbers_that_cannot_be_kept_exactly_are_kept_as_text_and_listed(self, written):
        raw = json.dumps(with_meta(odd=[["here"]])).replace('"here"', written)
        taken = parse(raw)
        assert taken.meta["odd"] == [[written]]
        assert alterations(taken).keys() == {"meta.odd[0][0]"}

    def test_a_64_bit_seed_is_kept(self):
        taken = parse(json.dumps(with_meta(payload={"seed": 2**64 - 1})))
        assert taken.meta["payload"]["seed"] == "18446744073709551615"

    def test_a_score_with_too_many_digits_is_rounded_and_listed(self):
        raw = json.dumps(with_meta(score={"depth": "here"})).replace('"here"', "92.123456789012345678")
        taken = parse(raw)
        assert taken.meta["score"]["depth"] == pytest.approx(92.12345678901234)
        assert alterations(taken).keys() == {"meta.score.depth"}

    def test_whole_fractions_are_whole_numbers(self):
        assert from_data(with_meta(reading_time=7.0)).reading_time == 7


class TestWhatIsRefused:
    @pytest.mark.parametrize("value", [None, True, 7, "text", [], [document()]])
    def test_what_is_not_one_map(self, value):
        assert "one map" in problems(value)[""]

    @pytest.mark.parametrize(
        "raw", ["", "{", "not json", "[" * 100_000, '{"a": NaN}', '{"a": 1, "a": 2}', b"\xff\xfe"]
    )
    def test_what_is_not_json_is_refused_the_same_way(self, raw):
        with pytest.raises(Refused) as refused:
            parse(raw)
        assert len(refused.value.problems) == 1

    def test_an_empty_document_misses_three_things(self):
        assert problems({}) == dict.fromkeys(["source_id", "title", "body"], "This is missing.")

    def test_all_problems_are_told_at_once(self):
        found = problems({"source_id": "", "title": 7, "meta": {"checklist": "one", "score": {"depth": 101}}})
        assert found == {
            "body": "This is missing.",
            "source_id": "This is empty.",
            "title": "This must be a text, not a number.",
            "meta.checklist": "This must be a list, not a text.",
            "meta.score.depth": "This must be a number from 0 to 100.",
        }

    @pytest.mark.parametrize(
        ("key", "value", "path"),
        [
            ("topic", 7, "meta.topic"),
            ("summary", ["a"], "meta.summary"),
            ("ai_outline", "text", "meta.ai_outline"),
            ("stack", "python", "meta.stack"),
            ("stack", ["python", 7], "meta.stack[1]"),
            ("tools", {"git": 1}, "meta.tools"),
            ("tools", [""], "meta.tools[0]"),
            ("tags", ["x" * 101], "meta.tags[0]"),
            ("tags", ["t"] * 201, "meta.tags"),
            ("code_language", True, "meta.code_language"),
            ("difficulty", "x" * 501, "meta.difficulty"),
            ("reading_time", "soon", "meta.reading_time"),
            ("reading_time", -1, "meta.reading_time"),
            ("reading_time", 10_001, "meta.reading_time"),
            ("reading_time", 7.5, "meta.reading_time"),
            ("reading_time", True, "meta.reading_time"),
            ("view_count", MAX_INTEGER + 1, "meta.view_count"),
            ("view_count", 10**1000, "meta.view_count"),
            ("score", [92], "meta.score"),
            ("score", {"clarity": -0.5}, "meta.score.clarity"),
            ("revision", {"last_reviewed": "2025-02-30"}, "meta.revision.last_reviewed"),
            ("revision", {"last_reviewed": "yesterday"}, "meta.revision.last_reviewed"),
            ("revision", {"version": 2}, "meta.revision.version"),
            ("hash", 2**70, "meta.hash"),
            ("flags", ["needs_human_review"], "meta.flags"),
            ("flags", {"needs_human_review": "perhaps"}, "meta.flags.needs_human_review"),
            ("flags", {"needs_human_review": None}, "meta.flags.needs_human_review"),
            ("flags", {"mine": 2}, "meta.flags.mine"),
            ("checklist", "one", "meta.checklist"),
            ("checklist", [{"step": 1}], "meta.checklist[0]"),
            ("checklist", [" \n "], "meta.checklist[0]"),
            ("entities", ["queues"], "meta.entities[0]"),
            ("entities", [{"name": "a"}, {"type": "area"}], "meta.entities[1].name"),
            ("entities", [{"name": "x" * 101}], "meta.entities[0].name"),
            ("payload", "text", "meta.payload"),
            ("payload", {"paragraphs": -1}, "meta.payload.paragraphs"),
            ("notes", "one", "meta.notes"),
        ],
    )
    def test_known_keys_with_a_wrong_value_are_refused_with_their_path(self, key, value, path):
        assert problems(with_meta(**{key: value})).keys() == {path}

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("source_id", 17),
            ("source_id", "x" * 201),
            ("source_id", "a\nb"),
            ("source_id", "a\x1bb"),
            ("title", " \n\t "),
            ("title", "x" * 10_000),
            ("title", ["a"]),
            ("body", None),
            ("body", "x" * 1_000_001),
            ("lang", "english!"),
            ("lang", None),
            ("dir", "up"),
            ("meta", []),
            ("meta", None),
            ("tags", "a, b"),
        ],
    )
    def test_wrong_top_level_values_are_refused_with_their_path(self, key, value):
        assert problems(document(**{key: value})).keys() == {key}

    @pytest.mark.parametrize("key", ["title", "source_id", "meta", "dir"])
    def test_a_number_too_large_to_keep_is_no_text_where_another_kind_is_known(self, key):
        raw = json.dumps(document(**{key: "here"})).replace('"here"', "12345678901234567890")
        with pytest.raises(Refused) as refused:
            parse(raw)
        assert [problem.path for problem in refused.value.problems] == [key]

    def test_a_long_title_is_refused_with_its_length_and_the_limit(self):
        assert (
            problems(document(title="x" * 10_000))["title"]
            == "This is 10,000 characters long; the limit is 300."
        )

    def test_a_date_that_does_not_exist_is_refused_with_what_it_must_be(self):
        found = problems(with_meta(revision={"last_reviewed": "2025-02-30"}))
        assert (
            found["meta.revision.last_reviewed"]
            == "This must be a date that exists, written like 2025-08-02."
        )

    def test_the_limits_themselves_are_taken(self):
        taken = from_data(
            document(
                source_id="x" * 200,
                title="é" * 300,
                body="x" * 1_000_000,
                tags=["t" * 100] * 200,
                meta={"reading_time": 10_000, "view_count": MAX_INTEGER, "score": {"depth": 100}},
            )
        )
        assert len(taken.title) == 300

    def test_a_leap_day_is_a_date(self):
        assert from_data(with_meta(revision={"last_reviewed": "2024-02-29"}))

    def test_a_document_too_long_in_bytes_is_refused_although_its_body_is_not_in_characters(self):
        assert f"{MAX_BYTES:,} bytes" in problems(document(body="語" * 900_000))[""]

    def test_nul_lone_surrogates_nan_and_foreign_values_are_refused_with_their_path(self):
        found = problems(with_meta(odd=["\0", "\ud800", float("nan"), {1: 2}, b"bytes"]))
        assert found.keys() == {f"meta.odd[{index}]" for index in range(5)}

    def test_deep_nesting_is_refused_without_recursion(self):
        value = []
        for _ in range(100_000):
            value = [value]
        assert any("nested more than" in reason for reason in problems(document(extra=value)).values())

    def test_of_very_many_problems_only_some_are_told(self):
        with pytest.raises(Refused) as refused:
            from_data(document(tags=[7] * 200))
        assert len(refused.value.problems) == MAX_PROBLEMS

    def test_the_reasons_can_be_read_as_one_text(self):
        with pytest.raises(
            Refused, match=r"title: This is empty\. meta\.notes: This must be a list, not a text\."
        ):
            from_data(document(title="", meta={"notes": "x"}))


class TestCutShort:
    def test_a_document_cut_anywhere_is_refused(self):
        """F11: never half an article."""
        raw = json.dumps(document(lang="fr", title="Été"), ensure_ascii=False).encode()
        for length in range(len(raw)):
            with pytest.raises(Refused):
                parse(raw[:length])

    def test_white_space_around_a_document_changes_nothing(self):
        raw = json.dumps(document())
        assert parse(f"\n {raw}\r\n").source_digest == parse(raw).source_digest


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)
NAMES = st.text(string.ascii_letters + " \t\r\n\x1b\u00a0éß", min_size=1, max_size=20).map(
    lambda name: f"n{name}"
)
LIKELY_META = st.fixed_dictionaries(
    {},
    optional={
        "summary": TEXTS,
        "stack": st.lists(NAMES, max_size=3),
        "tools": st.lists(NAMES, max_size=3),
        "reading_time": st.integers(0, 10_000) | st.integers(0, 10_000).map(str),
        "view_count": st.none() | st.integers(0, 10**6),
        "flags": st.dictionaries(
            NAMES, st.booleans() | st.sampled_from([0, 1, "0", "1", "true", "FALSE"]), max_size=2
        ),
        "checklist": st.lists(NAMES, max_size=3),
        "entities": st.lists(st.fixed_dictionaries({"name": NAMES}, optional={"type": NAMES}), max_size=3),
        "odd": ANYTHING,
    },
)
LIKELY = st.fixed_dictionaries(
    {"source_id": st.text(string.printable[:90], min_size=1, max_size=20), "title": NAMES, "body": TEXTS},
    optional={
        "meta": LIKELY_META,
        "tags": st.lists(NAMES, max_size=3),
        "lang": st.just("pt-BR"),
        "extra": ANYTHING,
    },
)


class TestAlwaysTrue:
    @given(LIKELY)
    def test_what_went_through_once_goes_through_unchanged(self, value):
        try:
            once = from_data(value)
        except Refused:
            return  # generated keys may become equal, and ids may be blank
        again = from_data(once.data)
        assert again.data == once.data
        assert again.altered == ()
        assert canonical(again.data) == canonical(once.data)
        assert (again.tags, again.entities, again.words) == (once.tags, once.entities, once.words)

    @given(LIKELY)
    def test_what_is_kept_survives_canonical_bytes(self, value):
        try:
            taken = from_data(value)
        except Refused:
            return
        stored = Document.stored(json.loads(canonical(taken.data)))
        assert stored.data == taken.data

    @given(
        ANYTHING
        | st.fixed_dictionaries(
            {"title": ANYTHING, "meta": ANYTHING | st.dictionaries(st.sampled_from(sorted(META)), ANYTHING)}
        )
    )
    def test_any_value_is_taken_or_refused_with_reasons(self, value):
        try:
            from_data(value)
            found = ()
        except Refused as refused:
            found = refused.problems
        assert all(problem.reason.endswith(".") for problem in found)


class TestSchema:
    def test_the_published_schema_is_a_valid_schema(self):
        jsonschema_rs.meta.validate(schema())

    def test_what_is_kept_fits_the_published_schema(self):
        taken = from_data(with_meta(reading_time="7", flags={"mine": "1"}))
        jsonschema_rs.Draft202012Validator(schema(), validate_formats=True).validate(taken.data)

    def test_every_refusal_has_words_of_its_own(self):
        """A keyword that `document_schema` has no words for would show the general sentence."""
        worded = {"minLength", "maxLength", "maxItems", "maxProperties", "type", "required"}
        needing_words = {"pattern", "format", "enum", "minimum", "maximum"}
        known = (
            worded | needing_words | {"properties", "additionalProperties", "items", "$ref", "description"}
        )
        nodes = [schema() | {"$schema": None}]
        while nodes:
            node = nodes.pop()
            assert "x-must-be" in node or not needing_words & node.keys()
            assert {key for key in node if not key.startswith(("x-", "$", "title"))} <= known
            nodes += node.get("properties", {}).values()
            nodes += node.get("$defs", {}).values()
            nodes += [node[key] for key in ("items", "additionalProperties") if key in node]


class TestOrder:
    def test_known_keys_come_first_in_their_order_then_others_by_name(self):
        meta = {"zebra": 1, "notes": [], "apple": 2, "topic": "x", "score": {}}
        assert [key for key, _ in ordered_items("meta", meta)] == [
            "topic",
            "score",
            "notes",
            "apple",
            "zebra",
        ]

    def test_the_order_of_nested_maps_is_known_too(self):
        assert ordered_items("meta.score", {"a": 1, "depth": 2, "quality": 3}) == [
            ("quality", 3),
            ("depth", 2),
            ("a", 1),
        ]
        assert ordered_items("meta.entities[12]", {"type": "t", "name": "n"}) == [
            ("name", "n"),
            ("type", "t"),
        ]
        assert ordered_items("", {"meta": {}, "x": 0, "title": "t"}) == [
            ("title", "t"),
            ("meta", {}),
            ("x", 0),
        ]

    def test_unknown_maps_are_ordered_by_name(self):
        assert ordered_items("meta.odd.deep", {"b": 1, "a": 2}) == [("a", 2), ("b", 1)]


@pytest.mark.parametrize("key", ["0", "7", "007", "+7"])
def test_a_problem_under_a_key_that_looks_like_a_number_is_named(key):
    with pytest.raises(Refused) as refused:
        from_data({"source_id": "a", "title": "t", "body": "", "meta": {"flags": {key: None}}})
    assert refused.value.problems[0].path.startswith("meta.flags")


class TestWhereADraftComesFrom:
    @staticmethod
    def said(**payload):
        document = from_data({"source_id": "a", "title": "A", "body": "", "meta": {"payload": payload}})
        return document.model, document.prompt, document.batch

    def test_model_prompt_and_batch_are_what_the_document_says(self):
        named = {"model": "fern", "model_version": "4.1", "prompt_name": "runbook v3", "batch": 2026}
        assert self.said(**named) == ("fern 4.1", "runbook v3", "2026")

    def test_a_version_that_the_name_holds_is_not_said_twice(self):
        assert self.said(model="fern-4.1", model_version="4.1")[0] == "fern-4.1"

    def test_a_prompt_without_a_name_is_known_by_its_hash_and_never_by_its_words(self):
        _, prompt, _ = self.said(prompt="Write like a careful engineer.")
        assert prompt == "sha256 " + sha256(b"Write like a careful engineer.").hexdigest()[:16]
        assert self.said(prompt="Another.")[1] != prompt

    def test_other_kinds_of_value_name_nothing_and_are_kept(self):
        assert self.said(model={"name": "fern"}, batch=["a"], prompt=7, run=True) == ("", "", "")

    def test_what_stands_in_meta_counts_where_payload_says_nothing(self):
        document = from_data({"source_id": "a", "title": "A", "body": "", "meta": {"model": "m", "run": "r"}})
        assert (document.model, document.batch) == ("m", "r")
