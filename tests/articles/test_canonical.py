"""Canonical bytes and the strict reading of JSON: what is taken is taken exactly, all else is refused with a reason."""

import hashlib
import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from articles.canonical import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_INTEGER,
    BadJSON,
    NumberText,
    canonical,
    digest,
    digest_bytes,
    faults,
    path_of,
    read_json,
)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(-1e15, 1e15, allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def refusal(raw):
    with pytest.raises(BadJSON) as caught:
        read_json(raw)
    return caught.value


def test_the_order_of_keys_and_the_spacing_change_no_byte():
    one = read_json('{"b": [1.0, true], "a": "é"}')
    other = read_json('{"a":"\\u00e9","b":[1,true]}')
    assert canonical(one) == canonical(other) == '{"a":"é","b":[1,true]}'.encode()


def test_keys_are_sorted_by_utf_16_as_rfc_8785_says():
    # Section 3.2.3: U+1F600 is written with surrogates (D83D) and so comes before U+FB33.
    assert canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@given(VALUES)
def test_the_quick_way_writes_the_bytes_of_rfc_8785(value):
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        {"a": [0.1, 1e-7, 1e21, -0.0]},
        [1.5, -2.25],
        {"a": 2.0},
        {"\ufb33": "\U0001f600", "\U0001f600": "\ufb33"},
        {"a": MAX_INTEGER, "b": -MAX_INTEGER},
        {"a": "a number in a text:1.5,[2.5"},
        {"a": '\x01\x1f\x7f\u2028 \\ " /'},
        [],
        {},
        7.0,
        "text",
    ],
)
def test_what_encoders_write_differently_is_written_as_rfc_8785_says(value):
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [[MAX_INTEGER + 1], {"a": float("nan")}, {"a": "\ud800"}])
def test_what_rfc_8785_cannot_hold_has_no_canonical_bytes(value):
    with pytest.raises(ValueError, match=r"\S"):
        canonical(value)


def test_the_digest_is_the_sha_256_of_the_canonical_bytes():
    assert digest({"a": 1}) == digest_bytes(b'{"a":1}') == hashlib.sha256(b'{"a":1}').hexdigest()


@given(VALUES)
def test_canonical_bytes_read_back_give_the_same_bytes(value):
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(VALUES)
def test_what_is_read_is_what_was_written(value):
    if not any(faults(value)):
        assert read_json(json.dumps(value)) == value


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_bytes_are_read_or_refused_with_a_reason(raw):
    try:
        reason = f"{read_json(raw)!r} was read."
    except BadJSON as bad:
        reason = bad.reason
    assert reason.endswith(".")


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert read_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("raw", [b"", b"  \n", "", b"\xef\xbb\xbf"])
def test_nothing_is_refused_as_empty(raw):
    assert refusal(raw).reason == "This is empty."


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("<html>", "a value is missing or misspelt, at column 1"),
        ('{"a" 1}', "a colon is missing after a key, at column 6"),
        ('{"a": 1 "b": 2}', "a comma or a closing bracket is missing, at column 9"),
        ('{"a": "x', "a text in double quotes does not end, at column 7"),
        ('{"a": "x\ny"}', "control character stands inside a text; escape it, at line 1, column 9"),
        ('{"a": "\\q"}', "a backslash is followed by something JSON does not know"),
        ("{a: 1}", "a key in double quotes is missing, at column 2"),
        ("{} {}", "something follows after the end of the value, at column 4"),
        ('{\n "a": 1,\n "b": what\n}', "a value is missing or misspelt, at line 3, column 7"),
    ],
)
def test_what_is_not_json_is_refused_with_the_place(raw, words):
    assert words in refusal(raw).reason


def test_other_encodings_are_refused_with_the_byte():
    assert "not UTF-8: byte 3" in refusal(b'{"\xe9": 1}').reason
    assert "not UTF-8" in refusal('{"a": 1}'.encode("utf-16")).reason
    assert "not UTF-8" in refusal('{"a": "é"}'.encode()[:8]).reason  # cut inside a character


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused_with_their_path(number):
    assert refusal(f'{{"meta": {{"list": [1, {number}]}}}}').path == "meta.list[1]"


def test_a_key_written_twice_is_refused_and_named_with_its_path():
    bad = refusal('{"meta": {"list": [{"a": 1, "b": 2, "b": 2}]}}')
    assert bad.path == "meta.list[0]"
    assert "“b”" in bad.reason


def test_a_late_repetition_among_very_many_keys_is_found():
    keys = [*range(150_000), 149_999]
    assert "“149999”" in refusal("{" + ",".join(f'"{key}":0' for key in keys) + "}").reason


@pytest.mark.parametrize("raw", ['{"a": ["\\ud800"]}', '{"a": ["\\udc00x"]}', '{"a": ["\ud800"]}'])
def test_lone_surrogates_are_refused_with_their_path(raw):
    assert refusal(raw).path == "a[0]"


def test_a_pair_of_escaped_surrogates_is_one_character():
    assert read_json('"\\ud83d\\ude00"') == "😀"


def test_nul_is_refused_in_texts_and_in_keys():
    assert refusal('{"a": ["x\\u0000"]}').path == "a[0]"
    assert "The key “\\u0000”" in refusal('{"a": {"\\u0000": 1}}').reason
    assert "control character" in refusal(b'{"a": "\0"}').reason


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_deep_nesting_is_refused_before_it_is_parsed(bracket):
    assert f"more than {MAX_DEPTH} deep" in refusal(bracket * 100_000).reason


@pytest.mark.parametrize("kind", [str, str.encode])
@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
def test_the_deepest_nesting_allowed_is_taken_and_one_more_is_not(kind, opened, closed):
    inner, innermost = MAX_DEPTH - 1, "[]" if opened == "[" else "{}"
    read_json(kind(opened * inner + innermost + closed * inner))
    assert "deep" in refusal(kind(opened * (inner + 1) + innermost + closed * (inner + 1))).reason


@pytest.mark.parametrize(
    "written",
    [
        '{"a": {"b": 1, "b": 2}}',
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": "\\u0000"}',
        '{"a": "\\uD800"}',
        json.dumps([{"k" * 201: 1}]),
    ],
)
def test_bytes_are_refused_for_what_their_text_is_refused_for(written):
    from_text, from_bytes = refusal(written), refusal(written.encode())
    assert (from_text.path, from_text.reason) == (from_bytes.path, from_bytes.reason)


def test_brackets_inside_texts_are_not_nesting():
    assert read_json(json.dumps("[" * 1000 + '"{')) == "[" * 1000 + '"{'


def test_a_long_text_of_escaped_quotes_without_end_is_refused():
    assert "does not end" in refusal('"' + '\\"' * 900_000).reason


def test_what_is_longer_than_the_limit_is_refused():
    assert read_json('"' + "x" * (MAX_BYTES - 2) + '"')
    assert f"{MAX_BYTES:,} bytes" in refusal('"' + "x" * (MAX_BYTES - 1) + '"').reason
    assert f"{MAX_BYTES:,} bytes" in refusal('"' + "é" * (MAX_BYTES // 2) + '"').reason


def test_very_many_values_are_refused():
    assert "20,000 values" in refusal("[" + "0," * 20_000 + "0]").reason


def test_long_keys_are_refused():
    assert read_json(json.dumps({"k" * 200: 1}))
    assert "201 characters" in refusal(json.dumps({"k" * 201: 1})).reason


@pytest.mark.parametrize(
    "written",
    [
        "9007199254740992",
        "-9007199254740992",
        "1" * 5000,
        "1e400",
        "1e16",
        "0.12345678901234567891",
        "1e-9999999",
    ],
)
def test_numbers_that_canonical_bytes_would_change_come_as_they_were_written(written):
    number = read_json(written)
    assert isinstance(number, NumberText)
    assert number == written


@pytest.mark.parametrize(
    "written", ["9007199254740991", "0.1", "0.30000000000000004", "1.10", "5e-324", "-0.0", "1e3"]
)
def test_numbers_that_canonical_bytes_hold_are_numbers(written):
    assert read_json(written) == float(written)


def test_python_values_that_are_not_json_are_named():
    found = dict(faults({"a": {1, 2}, "b": [b"x"], "c": {7: 1}, "d": 10**9000, "e": (1,)}))
    assert found.keys() == {"a", "b[0]", "c", "d", "e"}


def test_paths_are_written_as_people_read_them():
    assert path_of(None) == ""
    assert path_of((((None, "meta"), "entities"), 2)) == "meta.entities[2]"
    assert path_of(((None, "ai_outline"), "recommended action")) == "ai_outline.recommended action"


def test_keys_that_could_mislead_are_spelled_out_in_paths():
    assert path_of(((None, "a.b"), "x\u202ey\n")) == '["a.b"]["x\\u202ey\\u000a"]'


def test_a_very_long_path_is_cut():
    place = None
    for _ in range(60):
        place = (place, "k" * 200)
    assert len(path_of(place)) == 200
