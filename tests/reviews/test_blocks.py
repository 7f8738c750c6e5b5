"""Reading only what is new: what counts as the same block, and how long an approval of it is remembered."""

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.document import from_data
from articles.rendering import parse, render, render_parts
from reviews import blocks
from reviews.models import ApprovedBlock, Decision, Policy, Review
from tests.articles.hostile import HOSTILE
from tests.makers import DATA, approve, decide, make_article, make_document, make_person

BODY = """First paragraph with [a link](https://example.org/a).

## A heading

- one
- two, which has
  - a part

```python
x = 1
```
"""


def of(body):
    return [block for part in blocks.body_parts(body) for block in part]


def digests(body):
    return [block.digest for block in of(body)]


def test_a_text_falls_into_paragraphs_headings_items_and_code():
    assert [block.kind for block in of(BODY)] == ["prose", "prose", "item", "item", "code"]
    assert [block.words for block in of(BODY)][2:] == [1, 5, 2]


def test_a_block_is_the_same_wherever_it_stands():
    other = f"Something before it.\n\n# Another title\n\n{BODY}\n\nSomething behind."
    assert set(digests(BODY)) <= set(digests(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Read [this](https://a.example/).", "Read [this](https://b.example/)."),
        ("Read [this].\n\n[this]: https://a.example/", "Read [this].\n\n[this]: https://b.example/"),
        ("![a map](/one.png)", "![a map](/two.png)"),
        ("*now*", "now"),
        ("```sh\nls\n```", "```python\nls\n```"),
        ("- [ ] done", "- [x] done"),
        ("## One", "### One"),
        ("word", "word\u200b"),
    ],
    ids=["link", "definition", "image", "emphasis", "language", "task", "level", "invisible"],
)
def test_what_a_reader_sees_or_follows_makes_another_block(one, other):
    assert digests(one)[0] != digests(other)[0]


def test_a_value_of_the_meta_is_a_block_under_its_key():
    meta = blocks.meta_blocks(from_data(DATA))
    assert meta["meta.summary"].words == 7
    assert meta["title"] != meta["meta.summary"]
    changed = blocks.meta_blocks(from_data(DATA | {"meta": DATA["meta"] | {"summary": "Another."}}))
    assert {path for path in meta if meta[path] != changed[path]} == {"meta.summary"}


@pytest.mark.parametrize("body", [BODY, "a[^1]\n\n[^1]: note", *HOSTILE])
def test_the_parts_of_a_page_are_the_page(body):
    assert "".join(html for html, _ in render_parts(body)) == render(body).html
    if parse(body) is not None and body.isascii():
        assert len(render_parts(body)) == len(blocks.body_parts(body))


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet=list("ab *_`[]()#-\n>|:!<1."), max_size=200))
def test_the_parts_of_any_page_are_the_page(body):
    assert "".join(html for html, _ in render_parts(body)) == render(body).html


# What is remembered --------------------------------------------------------------------------------------------


@pytest.fixture
def ada(db):
    return make_person("ada")


def known(article):
    digests = [block.digest for block in blocks.blocks_of(article.latest_revision.document)]
    return ApprovedBlock.objects.known(digests, to=make_person("otto"))


def test_an_approval_remembers_its_blocks_and_an_import_none(ada):
    article = make_article(flagged=True)
    assert not ApprovedBlock.objects.exists()
    approve(article, ada)
    found = known(article)
    assert len(found) == ApprovedBlock.objects.count() > 5
    assert {row.decision.person for rows in found.values() for row in rows} == {ada}


@pytest.mark.parametrize("verdict", ["request_changes", "reject"])
def test_other_verdicts_remember_nothing(ada, verdict):
    article = make_article(flagged=True)
    decide(Review.objects.get(article=article), ada, verdict, "No.")
    assert not ApprovedBlock.objects.exists()


def test_what_is_remembered_ends_with_its_approval(ada):
    article = make_article(flagged=True)
    approve(article, ada)
    Decision.objects.get().revoke(by=ada, reason="I was wrong.")
    assert known(article) == {}


def test_what_is_remembered_ends_when_its_approval_grows_stale(ada):
    article = make_article(flagged=True)
    with time_machine.travel("2020-01-01", tick=False):
        approve(article, ada)
    assert ApprovedBlock.objects.exists()
    assert known(article) == {}


def test_a_text_somebody_rejects_lends_its_blocks_to_none(ada):
    policy = Policy.objects.get(is_default=True)
    policy.approvals = 2
    policy.settle(by=None)
    article = make_article(flagged=True)
    decide(Review.objects.open().for_judging_by(ada).first(), ada)
    assert known(article)
    ben = make_person("ben")
    decide(Review.objects.open().for_judging_by(ben).first(), ben, "reject", "No.")
    assert known(article) == {}


def test_what_many_texts_share_is_remembered_a_few_times(ada):
    for number in range(6):
        approve(make_article(f"note-{number}", flagged=True), ada)
    rows = known(make_article("note-9"))
    assert {len(approvals) for approvals in rows.values()} == {3}


def test_blocks_of_texts_are_parsed_once_and_then_kept(ada, django_assert_num_queries):
    articles = [make_article(f"note-{number}") for number in range(3)]
    wanted = [article.latest_revision.digest for article in articles]
    with django_assert_num_queries(1):
        first = blocks.blocks_of_texts(wanted)
    with django_assert_num_queries(0):
        assert blocks.blocks_of_texts(wanted) == first
    assert set(first[wanted[0]]) == set(blocks.blocks_of(make_document("note-0")))
