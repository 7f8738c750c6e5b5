"""What the automatic checks notice, and what they leave alone."""

import pytest

from articles.document import from_data
from reviews import checks
from reviews.checks.noticed import BLOCKING, REMARK
from tests.articles.hostile import HOSTILE
from tests.makers import BODY, DATA


def noticed(body=BODY, **meta):
    """Return [(code, severity, place, line, message)] of a document with this body and these values of its meta."""
    document = from_data(DATA | {"body": body, "meta": DATA["meta"] | meta})
    return [
        (check.code, found.severity or check.severity, found.place, found.line, found.message)
        for check, found in checks.notice(document)
    ]


def of(code, **changes):
    return [found[1:] for found in noticed(**changes) if found[0] == code]


def test_a_sound_text_has_no_findings():
    assert noticed() == []


@pytest.mark.parametrize(
    ("body", "code", "severity", "line"),
    [
        ("Well.\n\nAs an AI language model, I cannot know.", "boilerplate", BLOCKING, 3),
        ("Well.\n\nAdd [insert the command] here.", "boilerplate", BLOCKING, 3),
        ("Run it with AKIAIOSFODNN7EXAMPLE.", "secret", BLOCKING, 1),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "secret", BLOCKING, 1),
        ("if (admin\u202e) {", "invisible", BLOCKING, 1),
        ("one\u200btwo", "invisible", REMARK, 1),
        ("A.\n\n```python\ndef f(:\n    pass\n```", "code", REMARK, 4),
        ('```json\n{"a": 1,}\n```', "code", REMARK, 2),
        ("```toml\na = \n```", "code", REMARK, 2),
        ("## One\n\n#### Two", "headings", REMARK, 3),
        ("Some <b>raw</b> markup.", "markup", REMARK, 1),
    ],
)
def test_a_fault_is_found_at_its_place(body, code, severity, line):
    [found, *_] = of(code, body=body)
    assert found[:3] == (severity, "body", line)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[here]()", "is empty"),
        ("[here](http://)", "names no host"),
        ("[here](http://db.internal/)", "private network"),
        ("[here](#nowhere)", "leads to no section"),
        ("![](https://example.org/map.png)", "has no description"),
    ],
)
def test_links_that_lead_nowhere_and_images_without_words_are_remarked_on(body, said):
    [found] = of("link", body=body)
    assert said in found[-1]


@pytest.mark.parametrize(
    "body",
    [
        "[here](#what-follows)\n\n## What follows",
        "[up](#top) and [up](#)",
        "A note.[^1]\n\n[^1]: It says more.",
        "[here](/articles/another/) and [there](https://example.org/)",
    ],
)
def test_links_that_lead_somewhere_are_left_alone(body):
    assert of("link", body=body) == []


@pytest.mark.parametrize(
    ("body", "meta", "place"),
    [
        ("![a map](/map.png)", {"flags": {"has_images": False}}, "meta.flags.has_images"),
        ("No image.", {"flags": {"has_images": True}}, "meta.flags.has_images"),
        ("```go\nx\n```", {"code_language": "python"}, "meta.code_language"),
        ("word " * 3_000, {"reading_time": 2}, "meta.reading_time"),
        ("word " * 100, {"reading_time": 30}, "meta.reading_time"),
    ],
)
def test_what_the_meta_says_against_the_text_is_remarked_on(body, meta, place):
    [found] = of("meta", body=body, **meta)
    assert found[:2] == (REMARK, place)


@pytest.mark.parametrize(
    ("body", "meta"),
    [
        ("![a map](/map.png)", {"flags": {"has_images": True}}),
        ("No image.", {"flags": {}}),
        ("```py\nx\n```\n\n```yaml\na: 1\n```", {"code_language": "Python"}),
        ("```\nx\n```", {"code_language": "python"}),
        ("word " * 3_000, {"reading_time": 12}),
        ("word " * 100, {"reading_time": 3}),
        ("word " * 3_000, {"reading_time": None}),
    ],
)
def test_what_fits_well_enough_is_left_alone(body, meta):
    assert of("meta", body=body, **meta) == []


def test_what_stands_in_the_meta_is_checked_too():
    [found] = of("secret", body="Fine.", notes=["ghp_" + "a" * 36])
    assert found[:3] == (BLOCKING, "meta.notes[0]", None)


def test_a_thousand_faults_of_one_kind_are_a_few_findings():
    assert len(of("invisible", body="ok", notes=["a\u200bb"] * 500)) == checks.MOST_PER_CHECK


@pytest.mark.parametrize("body", [text for text in HOSTILE if "\ud800" not in text and "\0" not in text])
def test_no_check_falls_over_hostile_text(body):
    noticed(body=f"{body}\n\n```python\n{body}\n```\n\n```json\n{body}\n```\n\n```toml\n{body}\n```")


def test_every_check_has_a_code_of_its_own_and_a_severity():
    codes = [check.code for check in checks.CHECKS]
    assert len(set(codes)) == len(codes)
    assert {check.severity for check in checks.CHECKS} <= {BLOCKING, REMARK}
