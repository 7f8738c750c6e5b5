"""The proposed version: patch for wording, minor for sections or steps, major for code or commands."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.rendering import parse
from reviews.versions import is_after, next_version, parse_version, proposed

BODY = """Measure first, with `pytest -q tests`, and keep `pytest` at hand.

## Why this matters

One change at a time.

```python
def health():
    return {'ok': True}
```

    indented --code

## Steps

1. look at the plan
2. add the index

- write it down
"""
DOCUMENT = {
    "source_id": "field-note-1",
    "title": "Keep releases easy to undo",
    "body": BODY,
    "lang": "en",
    "dir": "ltr",
    "meta": {"checklist": ["measure", "undo"], "revision": {"version": "7.7.7"}, "difficulty": "beginner"},
}


def changed(old="", new="", **fields):
    """Return DOCUMENT with `old` replaced in its body, or with other fields set."""
    assert old in BODY
    return copy.deepcopy(DOCUMENT) | ({"body": BODY.replace(old, new)} if old else {}) | fields


def test_the_first_release_is_1_0_0_whatever_the_document_claims():
    proposal = proposed(None, DOCUMENT, None)
    assert (proposal.version, proposal.change) == ("1.0.0", "first")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("One change at a time.", "Change one thing, then look."),
        ("## Why this matters", "## *Why* this matters!"),
        ("look at the plan", "Look at the plan."),
        ("look at the plan", "look at the [plan](https://example.org/plan)"),
        ("`pytest` at hand", "`pytest-xdist` at hand"),
        ("One change", "See `PORT`. One change"),
        ("- write it down", "* write it down"),
        ("```python", "```py"),
        ("One change at a time.\n", "One change at a time.\n\nA paragraph more.\n"),
    ],
)
def test_wording_is_a_patch(old, new):
    proposal = proposed(DOCUMENT, changed(old, new), "1.4.2")
    assert (proposal.version, proposal.change, proposal.why) == ("1.4.3", "patch", "Only wording changed.")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("## Why this matters", "## When to do it"),
        ("## Steps\n", "## Steps\n\n### First of all\n"),
        ("## Why this matters\n\n", ""),
    ],
)
def test_sections_are_minor(old, new):
    proposal = proposed(DOCUMENT, changed(old, new), "1.4.2")
    assert (proposal.version, proposal.change) == ("1.5.0", "minor")
    assert proposal.why.startswith("Sections changed")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2. add the index\n", "2. add the index\n3. compare\n"),
        ("1. look at the plan\n2. add the index", "1. add the index\n2. look at the plan"),
        ("add the index", "drop the table"),
        ("- write it down\n", ""),
    ],
)
def test_steps_are_minor(old, new):
    proposal = proposed(DOCUMENT, changed(old, new), "1.4.2")
    assert (proposal.version, proposal.change) == ("1.5.0", "minor")
    assert proposal.why.startswith("Steps changed")


def test_the_checklist_is_minor():
    checks = DOCUMENT["meta"] | {"checklist": ["measure", "undo", "tell the owner"]}
    proposal = proposed(DOCUMENT, changed(meta=checks), "1.4.2")
    assert (proposal.version, proposal.change) == ("1.5.0", "minor")
    assert proposal.why.startswith("The checklist changed")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("True", "False", "Code changed in 1 block."),
        ("indented --code", "indented --force", "Code changed in 1 block."),
        ("    return {'ok': True}", "        return {'ok': True}", "Code changed in 1 block."),
        ("## Steps\n", "```sh\nmake\n```\n\n## Steps\n", "Code changed in 1 block."),
        ("pytest -q tests", "pytest -x tests", "Commands changed in 1 place."),
        ("`pytest` at hand", "`--reuse-db` at hand", "Commands changed in 1 place."),
        ("One change", "Run `rm -rf var` first. One change", "Commands changed in 1 place."),
    ],
)
def test_code_and_commands_are_major(old, new, why):
    proposal = proposed(DOCUMENT, changed(old, new), "1.4.2")
    assert (proposal.version, proposal.change, proposal.why) == ("2.0.0", "major", why)


def test_every_block_of_code_that_differs_is_counted():
    new = changed(body=BODY.replace("True", "False").replace("indented", "other"))
    assert proposed(DOCUMENT, new, "1.0.0").why == "Code changed in 2 blocks."


def test_code_in_another_order_is_major():
    old, new = changed(body="```\na\n```\n\n```\nb\n```\n"), changed(body="```\nb\n```\n\n```\na\n```\n")
    assert proposed(old, new, "1.0.0").change == "major"


@pytest.mark.parametrize(
    "fields", [{"title": "Undo"}, {"meta": DOCUMENT["meta"] | {"difficulty": "expert"}}, {}]
)
def test_what_stands_beside_the_text_is_a_patch(fields):
    assert proposed(DOCUMENT, changed(**fields), "1.4.2").version == "1.4.3"


def test_what_a_document_claims_about_its_version_feeds_nothing():
    """P4: meta.revision.version is the source's word."""
    new = changed(meta=DOCUMENT["meta"] | {"revision": {"version": "9.0.0"}})
    assert proposed(DOCUMENT, new, "1.4.2").version == "1.4.3"


def test_after_a_withdrawal_there_is_nothing_to_compare_with():
    assert proposed(None, DOCUMENT, "1.4.2").version == "1.5.0"


def test_a_text_too_large_to_read_is_taken_for_the_largest_change():
    large = changed(body="word " * 400_000)
    assert parse(large["body"]) is None
    proposal = proposed(DOCUMENT, large, "1.4.2")
    assert proposal.change == "major"
    assert "too large" in proposal.why
    assert proposed(large, large | {"title": "Undo"}, "1.4.2").change == "patch"


@given(st.text(), st.text())
def test_any_text_gets_a_proposal_that_follows_the_last_version(old, new):
    proposal = proposed(changed(body=old), changed(body=new), "1.4.2")
    assert is_after(proposal.version, "1.4.2")
    assert proposal.why.endswith(".")


@pytest.mark.parametrize(
    ("last", "change", "following"),
    [
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "major", "2.0.0"),
        ("1.2.999999", "patch", "1.3.0"),
        ("1.999999.3", "minor", "2.0.0"),
        ("1.999999.999999", "patch", "2.0.0"),
    ],
)
def test_a_number_that_is_full_carries_over(last, change, following):
    assert next_version(last, change) == following


@pytest.mark.parametrize(("last", "change"), [("999999.999999.999999", "patch"), ("999999.0.0", "major")])
def test_where_no_version_can_follow_a_sentence_says_so(last, change):
    with pytest.raises(ValueError, match=f"No version can follow {last}"):
        next_version(last, change)


NUMBERS = st.tuples(*[st.integers(0, 999_999)] * 3)


@given(NUMBERS, NUMBERS)
def test_versions_are_ordered_by_number_and_not_by_letter(one, two):
    first, second = (".".join(map(str, numbers)) for numbers in (one, two))
    assert parse_version(first) == one
    assert is_after(first, second) == (one > two)


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.3-rc1", "-1.2.3", "1.2.-3", "1.2.x", " 1.2.3", "1.2.3\n"),
        *("01.2.3", "1.02.3", "1.2.03", "1.2.1000000", "1٢.0.0", "١.٢.٣", "１.0.0", "1.2.3 " * 1000),
    ],
)
def test_what_is_no_version_is_refused_in_words(text):
    with pytest.raises(ValueError, match="is not a version: write three whole numbers") as caught:
        parse_version(text)
    assert len(str(caught.value)) < 200
