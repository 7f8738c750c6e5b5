"""The gate against ordinary actions in an order nobody had in mind (P1, P7), and what stays out of readers' sight."""

import pytest
from django.test import Client

from articles.models import Article, Checklist
from reviews import checks, erasure, gate, intake, release
from reviews.errors import GateClosed, Incomplete, NotAllowed, Stale
from reviews.models import Criteria, Decision, Policy, Requirement, Review
from reviews.verification import verify
from tests.makers import (
    approve,
    decide,
    make_article,
    make_document,
    make_person,
    make_release,
    make_released,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def edith():
    return make_person("edith")


@pytest.fixture
def ada():
    return make_person("ada")


def fresh(article):
    return Article.objects.get(pk=article.pk)


def edit(article, by, **changes):
    latest = fresh(article).latest_revision
    return intake.edit(article, make_document(article.source_id, **changes), by=by, seen=latest.digest)


def two_for_advanced():
    Policy(
        name="Two for advanced",
        position=1,
        criteria=Criteria.objects.get(),
        match_difficulty="advanced",
        approvals=2,
    ).settle(by=None)


def test_withdrawing_is_no_way_round_the_review_of_a_change(edith):
    article = make_released()
    release.withdraw(article, by=edith, reason="For an hour.", seen=1)
    edit(article, edith, body="Other words.")
    with pytest.raises(GateClosed, match="1 more approval"):
        make_release(article, edith)


def test_two_drafts_made_before_the_first_release_are_no_way_round_it_either(edith):
    article = make_article()
    first = article.latest_revision
    edit(article, edith, body="Other words.")
    make_release(article, edith, revision=first)
    with pytest.raises(GateClosed, match="flag it for review"):
        make_release(article, edith)


def test_an_edit_does_not_lower_what_a_review_takes(edith):
    two_for_advanced()
    article = make_article(meta={"difficulty": "advanced"})
    edit(article, edith, meta={"difficulty": "beginner"})
    terms = Requirement.objects.strictest(fresh(article).latest_revision)
    assert terms.approvals == 2
    assert Review.objects.open().count() == 2


def test_authors_do_not_judge_their_own_words_after_a_release_nobody_reviewed(edith, ada):
    article = make_article()
    edit(article, ada, body="All of it is Ada's.")
    make_release(article, edith)
    revision = edit(article, edith, body="All of it is Ada's!")
    with pytest.raises(NotAllowed, match="contributed"):
        Review.objects.open().get(revision=revision).claim(by=ada)


def test_a_reviewed_release_ends_the_chain_of_contributors(edith, ada):
    article = make_article()
    edit(article, edith, body="Edith's words.")
    approve(article, ada)
    make_release(article, edith)
    revision = edit(article, ada, body="Ada's words.")
    assert {one.person for one in revision.contributors.all()} == {ada}


def test_whoever_imported_a_candidate_is_known_when_it_is_taken_over(edith, ada):
    from articles.models import ImportRun

    article = make_article()
    edit(article, edith, title="By hand")
    run = ImportRun.objects.create(source="x", format="jsonl", person=ada)
    make_article(run=run, body="From the source.")
    revision = intake.adopt(article, by=edith, seen=fresh(article).candidate.digest)
    assert set(revision.contributors.values_list("person", "role")) >= {
        (ada.pk, "imported"),
        (edith.pk, "applied"),
    }


def test_a_flag_set_later_does_not_stop_the_way_back_and_the_page_is_not_indexed_P7(edith, ada):
    article = make_released(reviewed=False)
    first = article.releases.get()
    intake.flag(article.latest_revision, by=edith)
    edit(article, edith, body="Worse.")
    approve(article, ada)
    make_release(article, edith)
    release.rollback(fresh(article), by=edith, to=first, reason="Back.", seen=2)
    assert fresh(article).current_release.revision == first.revision
    assert not Article.objects.indexable().exists()


def test_the_way_back_stays_open_when_the_checks_move_on_P7(edith, ada, monkeypatch):
    article = make_released()
    first = article.releases.get()
    edit(article, edith, body="Worse.")
    approve(article, ada)
    make_release(article, edith)
    monkeypatch.setattr(checks, "VERSION", checks.VERSION + 1)
    release.rollback(fresh(article), by=edith, to=first, reason="Back.", seen=2)
    assert fresh(article).current_release.restores == first


def test_an_approval_revoked_since_does_stop_the_way_back_P7(edith, ada):
    article = make_released()
    first = article.releases.get()
    edit(article, edith, body="Another.")
    approve(article, ada)
    make_release(article, edith)
    Decision.objects.order_by("pk").first().revoke(by=ada, reason="It was wrong.")
    with pytest.raises(GateClosed):
        release.rollback(fresh(article), by=edith, to=first, reason="Back.", seen=2)


def test_an_archived_article_is_not_released(edith):
    article = make_article()
    intake.archive(article)
    with pytest.raises(Incomplete, match="Bring it back first"):
        make_release(article, edith)


def test_a_revoked_approval_opens_no_seat_on_a_text_that_was_replaced(edith, ada):
    article = make_article(flagged=True)
    approve(article, ada)
    edit(article, edith, body="Newer.")
    Decision.objects.get().revoke(by=ada, reason="Never mind.")
    assert set(Review.objects.open().values_list("revision__number", flat=True)) == {2}


def test_an_erased_text_is_neither_reviewed_nor_imported_again(ada):
    article = make_article(flagged=True)
    approve(article, ada)
    erasure.erase_text(article.latest_revision.text, by=make_person("lea"), reason="A secret.")
    Decision.objects.get().revoke(by=ada, reason="It is gone.")
    assert not Review.objects.open().exists()
    Article.objects.filter(pk=article.pk).update(source_digest="")
    with pytest.raises(Incomplete, match="was erased"):
        intake.receive(make_document(flagged=True))


def test_a_flag_on_a_text_that_was_replaced_meanwhile_is_refused(edith):
    article = make_article()
    old = article.latest_revision
    edit(article, edith, body="Newer.")
    with pytest.raises(Stale):
        intake.flag(old, by=edith)


def test_checks_an_editor_has_written_since_are_not_for_readers(edith):
    make_released()
    checklist = Checklist.objects.get()
    checklist.revise(["an unreleased check"])
    for query in ("", "?after=1-1", "?after=99999999999999999-9"):
        assert (
            "an unreleased check" not in Client().get(checklist.get_absolute_url() + query).content.decode()
        )


@pytest.mark.parametrize(
    "meta",
    [
        {"aiBrief": "HIDDEN"},
        {"systemPrompt": "HIDDEN"},
        {"x": [{"ai_brief": "HIDDEN"}]},
        {"user-prompts": "HIDDEN"},
    ],
)
def test_what_is_for_the_desk_is_hidden_at_any_depth_and_in_any_spelling(settings, meta):
    settings.SHOW_DESK_META = False
    article = make_released(meta=meta)
    assert "HIDDEN" not in Client().get(article.get_absolute_url()).content.decode()


def test_the_gate_counts_no_contributors_approval(edith, ada):
    Policy.objects.filter(is_default=True).update(four_eyes=False)
    article = make_article(flagged=True)
    edit(article, ada, body="Ada's own.", flagged=True)
    decide(Review.objects.open().get(), ada)
    assert gate.look(fresh(article).latest_revision).is_open  # a team of one may say so in its policy
    Policy.objects.filter(is_default=True).update(four_eyes=True)
    other = make_article("other", flagged=True)
    edit(other, ada, body="Ada's own.", flagged=True)
    with pytest.raises(NotAllowed):
        decide(Review.objects.open().get(), ada)


# Whose words they are ------------------------------------------------------------------------------------------


def own_words_released_by_ben(edith, ada, ben):
    """Ada writes a second text, which Ben approves and Edith releases."""
    article = make_released()
    edit(article, ada, body="Ada's own words.")
    approve(article, ben)
    make_release(article, edith)
    return fresh(article), Decision.objects.get(person=ben)


@pytest.mark.parametrize("way_back", ["rollback", "withdraw"])
def test_authors_do_not_judge_their_own_words_after_a_release_that_was_taken_back(edith, ada, way_back):
    ben = make_person("ben")
    article, approval = own_words_released_by_ben(edith, ada, ben)
    approval.revoke(by=ben, reason="I was wrong.")
    if way_back == "rollback":
        release.rollback(article, by=edith, to=article.releases.get(n=1), reason="r", seen=2)
    else:
        release.withdraw(article, by=edith, reason="r", seen=2)
    edit(article, edith, body="Ada's own words, with a comma.")
    seat = Review.objects.open().get(revision=fresh(article).latest_revision)
    with pytest.raises(NotAllowed, match="contributed"):
        seat.claim(by=ada)


def test_authors_do_not_judge_their_own_words_when_somebody_else_puts_them_back(edith, ada):
    ben = make_person("ben")
    article, approval = own_words_released_by_ben(edith, ada, ben)
    edit(article, edith, body="Edith's words.")
    approve(article, ada)
    make_release(article, edith)
    edit(article, edith, body="Ada's own words.")
    approval.revoke(by=ben, reason="I was wrong.")
    seat = Review.objects.open().get(revision=fresh(article).latest_revision)
    with pytest.raises(NotAllowed, match="contributed"):
        seat.claim(by=ada)


def test_whoever_edits_away_and_back_takes_nothing_from_the_page_that_is_public(edith, ada):
    """Their approval of the first text was given before they had a hand in it."""
    article = make_released()
    first = article.latest_revision.document.body
    edit(article, ada, body="Other words.")
    edit(article, ada, body=first)
    assert fresh(article).indexable_until is not None
    assert gate.look(article.current_release.revision).is_reviewed


def test_a_flag_that_asks_for_four_eyes_holds_for_seats_that_are_open_already_P8(edith, ada):
    policy = Policy.objects.get(is_default=True)
    policy.four_eyes = False
    policy.settle(by=None)
    article = make_article(flagged=True)
    edit(article, ada, body="Ada's own words.", flagged=True)
    seat = Review.objects.open().get(article=article).claim(by=ada)
    policy.four_eyes = True
    policy.settle(by=None)
    intake.flag(fresh(article).latest_revision, by=edith)
    with pytest.raises(NotAllowed, match="contributed"):
        seat.decide("reject", by=ada, token=seat.claim_token, seen=seat.digest, note="No.")


# What is indexed, and what goes back to review -----------------------------------------------------------------


def test_a_rejected_text_is_not_indexed_whatever_was_approved_before_P4(edith, ada):
    article = make_released()
    first = article.latest_revision.document.body
    edit(article, ada, body="Other words.")
    edit(article, ada, body=first)  # her approval does not count for her own words, so another seat opens
    decide(Review.objects.open().get(article=article), make_person("ben"), "reject", "It is wrong.")
    assert fresh(article).is_public
    assert not Article.objects.indexable().exists()


def test_an_old_draft_the_checks_of_today_object_to_is_not_released_unreviewed(edith, monkeypatch):
    class NewCheck:
        code, severity = "new", "blocking"

        @staticmethod
        def find(document, reading):
            yield checks.noticed.Noticed(place="body", message="This is known to be wrong now.")

    article = make_article()
    monkeypatch.setattr(checks, "CHECKS", [NewCheck])
    monkeypatch.setattr(checks, "VERSION", checks.VERSION + 1)
    with pytest.raises(GateClosed, match="found something blocking"):
        make_release(article, edith)
    approve(article, make_person("ada"), why="It is meant so.")
    make_release(article, edith)
    assert fresh(article).is_public


def test_the_way_back_to_a_text_that_was_restored_before_stays_open_P7(edith, ada):
    article = make_released(reviewed=False)
    edit(article, edith, body="Second.")
    approve(article, ada)
    second = make_release(article, edith)
    first = article.releases.get(n=1)
    release.rollback(article, by=edith, to=first, reason="r", seen=2)
    intake.flag(fresh(article).current_release.revision, by=edith)
    release.rollback(article, by=edith, to=second, reason="r", seen=3)
    restored = article.releases.get(n=3)
    again = release.rollback(article, by=edith, to=restored, reason="r", seen=4)
    assert again.revision == first.revision
    assert again.restores == first


def test_a_rollback_to_a_text_that_waits_for_approval_opens_its_seat_P7(edith, ada):
    article = make_released(reviewed=False)
    first = article.releases.get(n=1)
    edit(article, edith, body="Second.")
    approve(article, ada)
    make_release(article, edith)
    release.rollback(article, by=edith, to=first, reason="r", seen=2)
    intake.flag(fresh(article).current_release.revision, by=edith)
    second = article.releases.get(n=2)
    release.rollback(article, by=edith, to=second, reason="r", seen=3)
    assert not Review.objects.open().filter(revision=first.revision).exists()
    release.rollback(article, by=edith, to=first, reason="r", seen=4)
    assert Review.objects.open().filter(revision=first.revision).count() == 1


def test_a_release_ends_the_review_of_the_text_it_replaces(edith, ada):
    article = make_released(reviewed=False)
    intake.flag(fresh(article).latest_revision, by=edith)
    edit(article, edith, body="Second.")
    assert Review.objects.open().count() == 2
    approve(article, ada)
    make_release(article, edith)
    assert not Review.objects.open().exists()


def test_a_revoked_approval_opens_a_seat_where_the_text_stands_under_another_number(edith, ada):
    article = make_article(flagged=True)
    first = article.latest_revision.document.body
    approve(article, ada)
    edit(article, edith, body="Other words.", flagged=True)
    edit(article, edith, body=first, flagged=True)
    Decision.objects.get().revoke(by=ada, reason="I was wrong.")
    assert Review.objects.open().get().revision == fresh(article).latest_revision


def test_a_text_that_is_erased_while_it_is_edited_is_refused_in_words(edith):
    lea = make_person("lea")
    article = make_article()
    latest = article.latest_revision
    edit(article, edith, body="Mine.")
    intake.receive(make_document(body="The source's newer text."))
    candidate = fresh(article).candidate
    erasure.erase_text(candidate.text, by=lea, reason="r")
    with pytest.raises(Incomplete, match="erased"):
        intake.adopt(article, by=edith, seen=candidate.digest)
    erasure.erase_text(fresh(article).latest_revision.text, by=lea, reason="r")
    with pytest.raises(Incomplete, match="erased"):
        edit(article, edith, body="Mine again.")
    assert latest.number == 1


# Policies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"active": False}, {"position": 999}])
def test_every_edit_of_a_policy_is_in_the_ledger(change):
    two_for_advanced()
    policy = Policy.objects.get(name="Two for advanced")
    before = policy.current.number
    for name, value in change.items():
        setattr(policy, name, value)
    assert policy.settle(by=None).number == before + 1


def test_a_policy_saved_from_an_old_copy_is_in_force_as_it_was_saved():
    two_for_advanced()
    mine, theirs = (Policy.objects.get(name="Two for advanced") for _ in range(2))
    theirs.approvals = 3
    theirs.settle(by=None)
    version = mine.settle(by=None)
    assert (version.number, version.terms["approvals"]) == (3, 2)
    assert Policy.objects.get(pk=mine.pk).current == version


# The same text twice -------------------------------------------------------------------------------------------


def test_a_text_that_comes_again_and_needs_more_needs_it_where_readers_see_it_P4(edith, ada):
    two_for_advanced()
    article = make_released()
    edit(article, edith, body="Other words.", meta={"difficulty": "advanced"})
    edit(article, edith)
    assert not gate.look(fresh(article).current_release.revision).is_reviewed
    assert fresh(article).indexable_until is None
    edit(article, edith, body="Somebody can still write.")
    assert verify().fault is None


def test_a_flag_on_what_readers_see_takes_it_out_of_the_index_where_it_needs_more(edith, ada):
    article = make_released(flagged=True)
    policy = Policy.objects.get(is_default=True)
    policy.approvals = 2
    policy.settle(by=None)
    intake.flag(fresh(article).current_release.revision, by=edith)
    fresh(article).rename(slug="moved", owner="")
    assert fresh(article).indexable_until is None
    assert Review.objects.open().count() == 1


def two_numbers_of_one_text(edith, ada):
    """A public text that two people approved, and the same text again as the latest; both approvals taken back."""
    policy = Policy.objects.get(is_default=True)
    policy.approvals = 2
    policy.settle(by=None)
    ben = make_person("ben")
    article = make_article(flagged=True)
    approve(article, ada, ben)
    make_release(article, edith)
    edit(article, edith, body="Other words.", flagged=True)
    edit(article, edith, flagged=True)
    for decision in Decision.objects.standing():
        decision.revoke(by=decision.person, reason="On second thoughts.")
    return article


def test_two_numbers_of_one_text_have_as_many_seats_as_the_text_needs(edith, ada):
    two_numbers_of_one_text(edith, ada)
    assert Review.objects.open().count() == 2


def test_one_person_holds_one_seat_of_a_text_under_whatever_number(edith, ada):
    article = two_numbers_of_one_text(edith, ada)
    first, second = Review.objects.open()
    Review.objects.filter(pk=second.pk).update(revision=fresh(article).current_release.revision)
    Review.objects.filter(pk=first.pk).update(revision=fresh(article).latest_revision)
    first.claim(by=ada)
    with pytest.raises(NotAllowed, match="another seat of this text"):
        Review.objects.get(pk=second.pk).claim(by=ada)
    assert not Review.objects.free().for_judging_by(ada).exists()


def test_a_rejection_ends_the_seats_of_the_text_under_every_number(edith, ada):
    two_numbers_of_one_text(edith, ada)
    decide(Review.objects.open().first(), ada, "reject", "No.")
    assert not Review.objects.open().exists()


def test_the_seats_of_what_readers_see_stay_when_the_same_text_is_edited_again(edith, ada):
    two_numbers_of_one_text(edith, ada)
    edit(fresh(Article.objects.get()), edith, body="A third text.", flagged=True)
    texts = [review.digest for review in Review.objects.open()]
    assert sorted(texts.count(digest) for digest in set(texts)) == [2, 2]


def test_an_archived_article_is_not_flagged(edith):
    article = make_article()
    intake.archive(article)
    with pytest.raises(Incomplete, match="archived"):
        intake.flag(fresh(article).latest_revision, by=edith)


def test_nothing_is_erased_twice(ada):
    lea = make_person("lea")
    article = make_article(flagged=True)
    decision = decide(Review.objects.get(), ada, "reject", "It holds a secret.")
    for erase, thing in (
        (erasure.erase_text, article.latest_revision.text),
        (erasure.erase_note, decision.note),
    ):
        erase(thing, by=lea, reason="A secret.")
        with pytest.raises(Incomplete, match="erased before"):
            erase(thing, by=lea, reason="A secret.")
