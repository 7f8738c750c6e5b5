"""Findings beside the text and evidence beside the questions: at their place, overruled with a reason, frozen."""

import json
import re

import pytest

from articles.models.article import ArticleQuerySet
from reviews import checks, erasure, gate
from reviews.errors import Incomplete
from reviews.models import CheckRun, Decision, Finding, LedgerEntry, Review
from reviews.verification import verify
from tests.makers import answers_for, approve, decide, make_article, make_person, make_release, make_released
from tests.reviews.desk import all_passed, fields_with, has_button, held, press, sign_in, url_of, waiting

TOKEN = "AKIAABCDEFGHIJKLMNOP"
BODY = f"One.\n\n## Two\n\nThree.\n\nUse {TOKEN} here.\n\n- four\n- five ![](https://a.example/x.png)\n"


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def at_desk(client, ada):
    return sign_in(client, ada)


def blocking_of(review):
    return Finding.objects.of(review.revision, checks.VERSION).blocking().get()


# Overruling ---------------------------------------------------------------------------------------------------------


def test_what_blocks_is_overruled_with_a_reason_or_not_approved(at_desk, ada):
    review = held(ada, body=BODY)
    finding = blocking_of(review)
    field = f"overrule_{finding.pk}"
    page = at_desk.get(url_of(review))
    assert field in fields_with(page, field)
    refused = press(at_desk, page, "Approve", **all_passed(page), note="Kept.", **{field: "  "})
    assert refused.status_code == 422
    assert f"Finding {finding.number} blocks an approval" in refused.content.decode()
    assert fields_with(refused, field)["note"] == "Kept."
    assert not Decision.objects.exists()
    why = "The sample key of the manual."
    assert press(at_desk, refused, "Approve", **all_passed(page), **{field: why}).status_code == 303
    decision = Decision.objects.get()
    assert decision.shown["overruled"] == [finding.pk]
    assert decision.note.remarks == {f"finding:{finding.number}:secret": why}
    assert gate.look(review.revision).is_open
    entry = bytes(LedgerEntry.objects.get(seq=decision.ledger_seq_id).payload).decode()
    assert json.loads(entry)["shown"]["overruled"] == [finding.pk]
    assert why not in entry
    assert why in at_desk.get(url_of(review)).content.decode()
    assert verify().fault is None


def test_a_reason_typed_and_refused_for_another_cause_stays_typed_P8(at_desk, ada):
    review = held(ada, body=BODY)
    field = f"overrule_{blocking_of(review).pk}"
    page = at_desk.get(url_of(review))
    refused = press(
        at_desk, page, "Approve", **{field: "A sample.", "link_code": "https://ci.example/1"}, ticked_2="1"
    )
    assert refused.status_code == 422
    fields = fields_with(refused, field)
    assert (fields[field], fields["link_code"], fields["ticked_2"]) == (
        "A sample.",
        "https://ci.example/1",
        "1",
    )
    assert "ticked_1" not in fields


def test_no_verb_goes_round_a_blocking_finding(ada):
    review = waiting(body=BODY)
    with pytest.raises(Incomplete, match="Finding 1 blocks an approval"):
        decide(review, ada)
    with pytest.raises(Incomplete):
        decide(review, ada, overruled={blocking_of(review).pk + 1: "Another finding."})
    decide(review, ada, why="A sample.")


def test_sending_back_overrules_nothing_and_keeps_what_was_said_of_a_finding(ada):
    review = waiting(body=BODY)
    decision = decide(review, ada, "request_changes", "Take it out.", why="It may be a sample.")
    assert decision.shown["overruled"] == []
    assert list(decision.note.remarks.values()) == ["It may be a sample."]


def test_the_public_record_says_how_many_were_overruled_and_not_why(client, ada):
    article = make_article(body=BODY, meta={"owner": "the desk"})
    approve(article, ada, why="A sample that stays inside.")
    make_release(article, make_person("edith"))
    page = client.get(f"/articles/{article.slug}/record/").content.decode()
    assert "Overruled 1 finding of the automatic checks" in page
    assert "stays inside" not in page
    record = client.get(f"/articles/{article.slug}/record.json").json()
    assert [decision["overruled"] for decision in record["decisions"]] == [1]


# Old versions of the checks -----------------------------------------------------------------------------------------


@pytest.fixture
def before(monkeypatch):
    """Do something while an older version of the checks is in force, which knew of no secrets."""

    def call(act, *args, **more):
        with monkeypatch.context() as then:
            then.setattr(checks, "VERSION", checks.VERSION - 1)
            then.setattr(checks, "CHECKS", [])
            return act(*args, **more)

    return call


@pytest.fixture
def checked_before(db, before):
    """A seat whose text only the older checks saw."""
    return before(waiting, body=BODY)


def test_taking_a_text_that_older_checks_saw_runs_those_of_today(at_desk, checked_before):
    page = at_desk.get(url_of(checked_before))
    assert "as soon as somebody takes it" in page.content.decode()
    assert CheckRun.objects.count() == 1, "reading changes nothing"
    press(at_desk, page, "Take this review")
    page = at_desk.get(url_of(checked_before))
    assert page.context["checks_finished"]
    assert [finding.code for finding in page.context["findings"]] == ["secret", "image", "meta", "owner"]


def test_the_next_item_is_checked_too(checked_before, ada):
    Review.objects.claim_next(by=ada)
    assert CheckRun.objects.filter(version=checks.VERSION).exists()


def test_a_decision_on_a_text_taken_before_the_checks_grew_meets_what_they_find_now(ada, before):
    review = before(held, ada, body=BODY)
    with pytest.raises(Incomplete, match="blocks an approval"):
        review.decide(
            "approve", by=ada, token=review.claim_token, seen=review.digest, answers=answers_for(review)
        )


def test_a_page_from_before_the_checks_grew_is_refused_with_the_field_that_overrules(at_desk, ada, before):
    page = before(lambda: at_desk.get(url_of(held(ada, body=BODY))))
    refused = press(at_desk, page, "Approve", **all_passed(page))
    assert "blocks an approval" in refused.content.decode()
    field = f"overrule_{Finding.objects.blocking().get().pk}"
    assert press(at_desk, refused, "Approve", **all_passed(page), **{field: "A sample."}).status_code == 303


def test_an_editor_who_opens_a_release_has_the_text_checked_first(client, checked_before):
    edith = make_person("edith", is_staff=True)
    page = sign_in(client, edith).get(f"/admin/articles/article/{checked_before.article_id}/release/")
    assert page.status_code == 200
    assert "have not finished" not in page.content.decode()
    assert CheckRun.objects.filter(version=checks.VERSION).exists()


@pytest.mark.parametrize(
    ("meanwhile", "runs"),
    [
        (lambda seat: checks.run(seat.revision, seat.revision.document), 2),
        (lambda seat: erasure.erase_text(seat.revision.text, by=make_person("lea"), reason="A key."), 1),
    ],
)
def test_what_happens_to_a_text_while_its_checks_wait_for_its_lock_counts(
    checked_before, monkeypatch, meanwhile, runs
):
    locked, done = ArticleQuerySet.locked, []

    def late(articles, *pks):
        if not done:
            done.append(True)
            meanwhile(Review.objects.get(pk=checked_before.pk))
        return locked(articles, *pks)

    monkeypatch.setattr(ArticleQuerySet, "locked", late)
    checks.catch_up(Review.objects.get(pk=checked_before.pk).revision)
    assert done
    assert CheckRun.objects.count() == runs


def test_an_erased_text_is_taken_without_checks(checked_before, ada):
    erasure.erase_text(checked_before.revision.text, by=make_person("lea"), reason="A key.")
    checks.catch_up(Review.objects.get(pk=checked_before.pk).revision)
    assert CheckRun.objects.count() == 1


# At their place -----------------------------------------------------------------------------------------------------


def test_a_finding_leads_to_its_part_and_a_mark_there_leads_back(at_desk):
    page = at_desk.get(url_of(waiting(body=BODY))).content.decode()
    findings = dict(re.findall(r'<li id="finding-(\d+)".*?<a href="#([a-z]+-\d+)">', page, re.DOTALL))
    assert (findings["1"], findings["2"]) == ("part-4", "part-5")
    for number, part in list(findings.items())[:2]:
        start = page.index(f'id="{part}"')
        assert f'href="#finding-{number}"' in page[start : page.index("</div>", start)]
    assert re.findall(r'id="part-(\d+)"', page) == ["1", "2", "3", "4", "5"]


def test_a_finding_in_the_meta_leads_to_its_row_and_back(at_desk):
    page = at_desk.get(url_of(waiting(meta={"notes": ["fine", TOKEN]}))).content.decode()
    [row] = re.findall(r'<small><a href="#(row-\d+)">meta.notes\[1\]</a>', page)
    start = page.index(f'id="{row}"')
    assert 'href="#finding-1"' in page[start : page.index("</dt>", start)]


def test_what_blocks_is_not_folded_though_it_was_approved_before(at_desk, ada):
    ben = make_person("ben")
    approve(make_article("first", flagged=True, body=BODY), ben, why="A sample.")
    runs = at_desk.get(url_of(held(ada, "second", body=BODY + "\n\nNew."))).context["runs"]
    shown = "".join(run["html"] for run in runs if not run["folded"])
    assert TOKEN in shown
    assert "five" not in shown, "a remark does not unfold what was approved"


def test_readers_pages_have_neither_marks_nor_anchors_of_the_desk(client, ada):
    article = make_released(body="One ![](https://a.example/x.png)\n")
    page = client.get(article.get_absolute_url()).content.decode()
    assert not re.search(r'id="(part|row|finding)-|class="mark', page)


# Evidence -----------------------------------------------------------------------------------------------------------


def test_a_link_stands_beside_an_answer_as_evidence(at_desk, ada):
    review = held(ada)
    page = at_desk.get(url_of(review))
    press(at_desk, page, "Approve", **all_passed(page), link_code="https://ci.example/run/7?a=1&b=2")
    decision = Decision.objects.get()
    assert decision.note.remarks == {"link:code": "https://ci.example/run/7?a=1&b=2"}
    assert "ci.example" not in bytes(LedgerEntry.objects.get(seq=decision.ledger_seq_id).payload).decode()
    link = '<a href="https://ci.example/run/7?a=1&amp;b=2" rel="nofollow noopener noreferrer">'
    assert link in at_desk.get(url_of(review)).content.decode()


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "ci.example/run", "https://", "https://a b", "http://["]
)
def test_what_is_no_web_address_is_no_evidence_and_stays_typed_P8(at_desk, ada, link):
    page = at_desk.get(url_of(held(ada)))
    refused = press(at_desk, page, "Reject", note="No.", link_code=link)
    assert refused.status_code == 422
    assert "is no whole web address" in refused.content.decode()
    assert fields_with(refused, "link_code")["link_code"] == link


def test_a_question_that_fails_and_need_not_pass_asks_why_it_is_approved_all_the_same(at_desk, ada):
    page = at_desk.get(url_of(held(ada)))
    answers = all_passed(page) | {"answer_useful": "fail"}
    refused = press(at_desk, page, "Approve", **answers)
    assert "fails: say in its remark why" in refused.content.decode()
    assert press(at_desk, page, "Approve", **answers, remark_useful="For a few.").status_code == 303


def test_the_articles_own_checks_are_ticked_beside_the_questions_and_frozen(at_desk, ada):
    review = held(ada)
    page = at_desk.get(url_of(review))
    assert [tick["text"] for tick in page.context["ticks"]] == ["measure before", "measure after"]
    press(at_desk, page, "Approve", **all_passed(page), ticked_2="1", ticked_9="1")
    assert Decision.objects.get().shown["ticked"] == [2]
    closed = at_desk.get(url_of(review)).content.decode()
    assert "Held 1 check of the article’s own list against the text: 2" in closed
    assert "measure before" in closed


def test_only_checks_the_article_has_can_be_ticked(ada):
    assert decide(waiting(), ada, ticked=[2, 2, 7, 0]).shown["ticked"] == [2]


def test_who_may_not_decide_is_asked_for_no_reason(at_desk, ada):
    review = waiting(body=BODY)
    decide(review, ada, "reject", "No.")
    page = at_desk.get(url_of(review))
    assert not has_button(page, "Approve")
    assert "Overrule, because" not in page.content.decode()
