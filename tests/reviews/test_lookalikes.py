"""Look-alikes at the desk and in the admin: shown, compared, found in the queue, and rejected as duplicates."""

import pytest
from django.core.management import call_command
from django.test import Client

from articles.models import Contributor, LookAlike, Signature, SignatureKey
from reviews import checking, erasure, intake, lookalikes, release
from reviews.errors import Incomplete
from reviews.models import Criteria, Decision, Due, Facet, LedgerEntry, Policy, Review
from reviews.verification import verify
from tests.articles.test_signatures import prose, with_changed_words
from tests.makers import (
    approve,
    decide,
    make_article,
    make_document,
    make_person,
    make_release,
    make_released,
)
from tests.reviews.desk import forms_of, has_button, held, press, sign_in, url_of, waiting

REJECT = "Reject as a duplicate"
TEXT = prose(1)
ALIKE = with_changed_words(TEXT, 0.03)


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def ben(db):
    return make_person("ben")


@pytest.fixture
def at_desk(client, ada):
    return sign_in(client, ada)


def looks_like(response):
    return [(one["title"], one["state"]) for one in response.context["look_alikes"]]


def state_of_original(at_desk, ada):
    """What the page of a copy says of the original, which is there already."""
    [(_, state)] = looks_like(at_desk.get(url_of(held(ada, "copy", body=ALIKE))))
    return state


# What is shown ------------------------------------------------------------------------------------------------------


def test_the_page_says_what_a_text_looks_like_and_how_much_of_it(at_desk, ada):
    make_released("original", title="The original", body=TEXT)
    response = at_desk.get(url_of(held(ada, "copy", body=ALIKE)))
    assert looks_like(response) == [("The original", "released, version 1.0.0")]
    percent = LookAlike.objects.get(revision__article__source_id="copy").percent
    assert 95 <= percent < 100
    assert f"<b>{percent}%</b> like" in response.content.decode()


def test_what_looks_like_nothing_has_no_such_section(at_desk, ada):
    make_article("other", body=prose(2))
    response = at_desk.get(url_of(held(ada, body=TEXT)))
    assert looks_like(response) == []
    assert "Looks like" not in response.content.decode()
    assert not has_button(response, REJECT)


def test_the_original_in_review_shows_the_copy_that_came_later(at_desk, ada):
    seat = held(ada, "original", body=TEXT)
    make_article("copy", title="The copy", body=ALIKE)
    assert looks_like(at_desk.get(url_of(seat))) == [("The copy", "draft")]


def test_a_draft_is_called_a_draft(at_desk, ada):
    make_article("original", body=TEXT)
    assert state_of_original(at_desk, ada) == "draft"


def test_what_waits_is_called_in_review(at_desk, ada):
    waiting("original", body=TEXT)
    assert state_of_original(at_desk, ada) == "in review"


def test_what_was_rejected_is_called_rejected(at_desk, ada, ben):
    decide(waiting("original", body=TEXT), ben, "reject", note="Not ours.")
    assert state_of_original(at_desk, ada) == "rejected"


def test_while_a_second_seat_is_open_nobody_learns_how_the_first_was_decided(at_desk, ada, ben):
    """P5: a verdict on another article, which this person may still judge, is not told here."""
    policy = Policy(
        name="Two",
        match_tag="python",
        approvals=2,
        position=1,
        criteria=Criteria.objects.get(name="Standard"),
    )
    policy.settle(by=None)
    make_article("original", body=TEXT)
    decide(Review.objects.open().filter(article__source_id="original").first(), ben)
    make_article("copy", body=ALIKE)
    seat = Review.objects.open().filter(article__source_id="copy").first()
    assert [state for _, state in looks_like(at_desk.get(url_of(seat)))] == ["in review"]


def test_what_is_archived_is_called_archived(at_desk, ada):
    intake.archive(make_article("original", body=TEXT))
    assert state_of_original(at_desk, ada) == "archived"


def test_a_text_that_was_replaced_since_is_not_shown(at_desk, ada):
    article = make_article("original", body=TEXT)
    seat = held(ada, "copy", body=ALIKE)
    assert looks_like(at_desk.get(url_of(seat)))
    make_article(article.source_id, body=prose(5))
    assert looks_like(at_desk.get(url_of(seat))) == []


def test_the_public_text_is_shown_while_its_newer_draft_is_another(at_desk, ada):
    make_released("original", body=TEXT)
    make_article("original", body=prose(5))
    assert state_of_original(at_desk, ada) == "released, version 1.0.0"


def test_a_text_that_a_rollback_brings_back_is_found_again(at_desk, ada, django_capture_on_commit_callbacks):
    article = make_released("original", title="The original", body=TEXT)
    for body in (prose(3), prose(4)):
        make_article("original", body=body)
        approve(article, ada)
        make_release(article, make_person("edith"))
    meanwhile = make_article("meanwhile", body=with_changed_words(TEXT, 0.02), flagged=True)
    assert lookalikes.look_alikes(meanwhile.latest_revision) == []
    with django_capture_on_commit_callbacks(execute=True):
        release.rollback(
            article,
            by=make_person("edith"),
            to=article.releases.get(n=1),
            reason="It was right before.",
            seen=3,
        )
    assert [one["state"] for one in lookalikes.look_alikes(meanwhile.latest_revision)] == [
        "released, version 1.0.3"
    ]
    assert Facet.objects.filter(review__article=meanwhile, key="alike:yes").exists()
    found = looks_like(at_desk.get(url_of(held(ada, "copy", body=ALIKE))))
    assert ("The original", "released, version 1.0.3") in found


def test_a_rebuild_lists_a_text_that_came_back_before_rollbacks_listed_it(db):
    original, _ = make_released("original", body=TEXT), make_article("copy", body=ALIKE)
    revision = original.latest_revision
    SignatureKey.objects.filter(revision=revision).delete()
    Signature.objects.filter(revision=revision).update(is_listed=False)
    call_command("rebuild_signatures")
    assert Signature.objects.listed().filter(revision=revision).exists()
    assert SignatureKey.objects.filter(revision=revision).exists()


def test_three_are_shown_of_many_the_most_alike_first(at_desk, ada):
    for number in range(5):
        make_article(
            f"o-{number}", title=f"Original {number}", body=with_changed_words(TEXT, number / 50, number)
        )
    found = at_desk.get(url_of(held(ada, "copy", body=TEXT))).context["look_alikes"]
    assert len(found) == 3
    assert found[0]["title"] == "Original 0"
    assert [one["percent"] for one in found] == sorted((one["percent"] for one in found), reverse=True)


def test_how_alike_is_set_for_the_site(at_desk, ada, settings):
    make_article("original", body=TEXT)
    seat = held(ada, "copy", body=with_changed_words(TEXT, 0.2))
    assert looks_like(at_desk.get(url_of(seat))) == []
    settings.LOOKALIKE_PERCENT = 60
    assert looks_like(at_desk.get(url_of(seat)))


def test_look_alikes_cost_the_page_one_query_and_none_where_there_are_none(
    at_desk, ada, django_assert_max_num_queries
):
    seat = held(ada, "copy", body=TEXT)
    at_desk.get(url_of(seat))
    with django_assert_max_num_queries(40) as without:
        at_desk.get(url_of(seat))
    for number in range(4):
        make_article(f"o-{number}", body=with_changed_words(TEXT, 0.02, number))
    with django_assert_max_num_queries(len(without) + 1):
        assert len(looks_like(at_desk.get(url_of(seat)))) == 3


def test_a_hostile_title_stays_a_title(at_desk, ada):
    """S16"""
    make_article("original", title="<script>alert(1)</script>", body=TEXT)
    response = at_desk.get(url_of(held(ada, "copy", body=ALIKE)))
    assert "<script>alert(1)" not in response.content.decode()
    assert "&lt;script&gt;alert(1)" in response.content.decode()


# Comparing ----------------------------------------------------------------------------------------------------------


def test_both_texts_are_compared_word_by_word(at_desk, ada):
    make_article("original", title="The original", body=TEXT)
    page = at_desk.get(url_of(held(ada, "copy", title="The copy", body=ALIKE)))
    [one] = page.context["look_alikes"]
    assert one["compare_url"] in page.content.decode()
    response = at_desk.get(one["compare_url"])
    said = response.content.decode()
    assert response.status_code == 200
    assert "“The original”, revision 1" in said
    assert "“The copy”, revision 1" in said
    assert "<ins>new" in said.replace("\n", "")


@pytest.mark.parametrize("name", ["edith", "otto"])
def test_people_without_the_right_to_decide_compare_nothing_here(client, db, name):
    """S1"""
    one, other = (make_article(source, body=TEXT).latest_revision_id for source in ("one", "other"))
    assert sign_in(client, make_person(name)).get(lookalikes.compare_url(one, other)).status_code == 403
    assert Client().get(lookalikes.compare_url(one, other)).status_code in (302, 403)


@pytest.mark.parametrize("pair", [(0, 0), (1, 10**12), (10**30, 1)])
def test_revisions_that_are_not_there_are_not_found(at_desk, pair):
    assert at_desk.get("/review/revisions/{}/{}/".format(*pair)).status_code == 404


def test_comparing_costs_few_queries(at_desk, ada, django_assert_max_num_queries):
    one, other = (make_article(source, body=TEXT).latest_revision_id for source in ("one", "other"))
    with django_assert_max_num_queries(5):
        at_desk.get(lookalikes.compare_url(one, other))


def test_an_erased_original_is_neither_shown_nor_compared(at_desk, ada):
    original = make_article("original", title="A secret", body=TEXT)
    seat = held(ada, "copy", body=ALIKE)
    url = at_desk.get(url_of(seat)).context["look_alikes"][0]["compare_url"]
    erasure.erase_text(original.latest_revision.text, by=make_person("lea"), reason="It holds a secret.")
    assert looks_like(at_desk.get(url_of(seat))) == []
    assert "was erased" in at_desk.get(url).content.decode()


# Rejecting as a duplicate -------------------------------------------------------------------------------------------


def test_one_button_rejects_a_text_as_a_duplicate_and_says_of_what(at_desk, ada):
    original = make_released("original", body=TEXT).latest_revision
    seat = held(ada, "copy", body=ALIKE)
    response = press(at_desk, at_desk.get(url_of(seat)), REJECT)
    assert response.status_code in (302, 303)
    decision = Decision.objects.get(review=seat)
    assert decision.verdict == "reject"
    assert decision.shown["duplicate_of"] == {
        "id": original.pk,
        "article": str(original.article.uuid),
        "revision": 1,
        "digest": original.digest,
        "percent": LookAlike.objects.get(other=original).percent,
    }
    assert decision.shown["look_alikes"] == [[original.pk, decision.shown["duplicate_of"]["percent"]]]
    entry = LedgerEntry.objects.get(pk=decision.ledger_seq_id)
    assert original.digest.encode() in bytes(entry.payload)
    assert not verify().fault


def test_words_beside_it_are_kept_and_the_decided_page_says_what_it_repeats(at_desk, ada):
    make_article("original", body=TEXT)
    seat = held(ada, "copy", body=ALIKE)
    press(at_desk, at_desk.get(url_of(seat)), REJECT, note="The older one reads better.")
    said = at_desk.get(url_of(seat)).content.decode()
    assert "The older one reads better." in said
    assert "As a duplicate:" in said


def test_sent_twice_it_is_one_decision_and_no_conflict(at_desk, ada):
    make_article("original", body=TEXT)
    seat = held(ada, "copy", body=ALIKE)
    page = at_desk.get(url_of(seat))
    assert [press(at_desk, page, REJECT).status_code for _ in range(2)] == [303, 303]
    assert Decision.objects.count() == 1


def test_the_key_stands_on_the_first_button(at_desk, ada):
    make_article("original", body=TEXT)
    response = at_desk.get(url_of(held(ada, "copy", body=ALIKE)))
    [button] = [form.buttons[REJECT] for form in forms_of(response) if REJECT in form.buttons]
    assert (button["data-key"], button["form"]) == ("d", "decision")
    assert "<kbd>d</kbd>" in response.content.decode()


def test_nobody_rejects_without_holding_the_seat(at_desk, ada):
    make_article("original", body=TEXT)
    assert not has_button(at_desk.get(url_of(waiting("copy", body=ALIKE))), REJECT)


@pytest.mark.parametrize("chosen", ["0", "-1", "x", "9" * 20, "' OR 1=1"])
def test_only_a_look_alike_that_the_page_showed_can_be_named(at_desk, ada, chosen):
    """S3: the page is sealed, so that no other id can be put in its place."""
    make_article("original", body=TEXT)
    seat = held(ada, "copy", body=ALIKE)
    page = at_desk.get(url_of(seat))
    page_form = next(form for form in forms_of(page) if form.id == "decision")
    other = make_article("other", body=prose(9)).latest_revision_id
    for value in (chosen, str(other)):
        response = at_desk.post(url_of(seat), page_form.fields | {"duplicate_of": value, "note": "Kept."})
        assert response.status_code == 422
        assert "no such look-alike" in response.content.decode() or value == "9" * 20 + "0"
        assert "Kept." in response.content.decode()
    assert not Decision.objects.exists()


def test_an_approval_names_no_duplicate(ada):
    seat = held(ada)
    with pytest.raises(Incomplete, match="Only a rejection"):
        seat.decide("approve", by=ada, token=seat.claim_token, seen=seat.digest, duplicate_of={"id": 1})
    with pytest.raises(Incomplete, match="Say in a note"):
        seat.decide("reject", by=ada, token=seat.claim_token, seen=seat.digest)


def test_who_wrote_a_text_does_not_reject_it_as_a_duplicate(at_desk, ada):
    make_article("original", body=TEXT)
    seat = waiting("copy", body=ALIKE)
    Contributor.objects.create(revision=seat.revision, person=ada, role="edited")
    page = at_desk.get(url_of(seat))
    assert looks_like(page)
    assert not has_button(page, REJECT)


# The queue ----------------------------------------------------------------------------------------------------------


def listed(client, **asked):
    return sorted(row["title"] for row in client.get("/review/", asked).context["rows"])


def test_the_queue_narrows_to_what_looks_like_another(at_desk, django_capture_on_commit_callbacks):
    waiting("original", title="The original", body=TEXT)
    waiting("other", title="Another", body=prose(2))
    # Seats of other articles are filed behind the commit: their decisions wait for the ledger that it holds.
    with django_capture_on_commit_callbacks(execute=True):
        waiting("copy", title="The copy", body=ALIKE)
    assert listed(at_desk, alike="yes") == ["The copy", "The original"]
    assert listed(at_desk, alike="no") == []
    assert len(listed(at_desk)) == 3


def test_a_seat_that_opens_later_for_a_look_alike_is_found_too(at_desk, ada):
    make_article("original", body=TEXT)
    copy = make_article("copy", title="The copy", body=ALIKE)
    assert listed(at_desk, alike="yes") == []
    intake.flag(copy.latest_revision, by=ada)
    assert listed(at_desk, alike="yes") == ["The copy"]


# Where they come from -----------------------------------------------------------------------------------------------


def test_what_an_import_brought_is_compared_by_its_checks_later(db):
    documents = [make_document("one", body=TEXT), make_document("two", body=ALIKE, flagged=True)]
    intake.receive_many(documents)
    assert not Signature.objects.exists()
    checking.check_due()
    assert not Due.objects.exists()
    assert Signature.objects.count() == 2
    assert LookAlike.objects.count() == 2
    assert Facet.objects.filter(key="alike:yes").count() == 1


def test_an_edit_is_compared_at_once(db):
    make_article("original", body=TEXT)
    article = make_article("copy", body=prose(3))
    intake.edit(
        article,
        make_document("copy", body=ALIKE),
        by=make_person("edith"),
        seen=article.latest_revision.digest,
    )
    assert LookAlike.objects.filter(revision__number=2, revision__article=article).count() == 1


def test_signatures_are_rebuilt_from_the_texts_and_again_changes_nothing(db, capsys):
    """P6"""
    make_article("original", body=TEXT)
    make_article("copy", body=ALIKE)
    before = sorted(SignatureKey.objects.values_list("key", "revision"))
    pairs = sorted(LookAlike.objects.values_list("revision", "other", "percent"))
    Signature.objects.all().delete()
    SignatureKey.objects.all().delete()
    LookAlike.objects.all().delete()
    for done in ("2", "0"):
        call_command("rebuild_signatures")
        assert f"{done} revisions" in capsys.readouterr().out
        assert sorted(SignatureKey.objects.values_list("key", "revision")) == before
        assert sorted(LookAlike.objects.values_list("revision", "other", "percent")) == pairs


def test_a_rebuild_that_was_stopped_goes_on_where_it_stopped(db, monkeypatch):
    """P6"""
    for number in range(3):
        make_article(f"note-{number}", body=prose(number))
    Signature.objects.all().delete()
    SignatureKey.objects.all().delete()
    monkeypatch.setattr(lookalikes, "BATCH", 1)
    steps = lookalikes.rebuild()
    next(steps)
    steps.close()
    assert Signature.objects.count() == 1
    assert sum(lookalikes.rebuild()) == 2


def test_signatures_of_another_format_are_made_anew(db):
    make_article("original", body=TEXT)
    Signature.objects.update(format=0)
    assert sum(lookalikes.rebuild()) == 1
    assert Signature.objects.get().format != 0
    assert SignatureKey.objects.count() == 13


# The admin ----------------------------------------------------------------------------------------------------------


def test_the_admin_says_what_an_article_looks_like_and_compares_them(client, db):
    editor = sign_in(client, make_person("edith", is_staff=True))
    original = make_released("original", title="The original", body=TEXT)
    article = make_article("copy", body=ALIKE)
    said = editor.get(f"/admin/articles/article/{article.pk}/change/").content.decode()
    percent = LookAlike.objects.get(revision=article.latest_revision).percent
    assert f"{percent}% like" in said
    assert "released, version 1.0.0" in said
    url = f"/admin/articles/article/{article.pk}/alike/?with={original.latest_revision_id}"
    assert url in said
    assert "<ins>new" in editor.get(url).content.decode().replace("\n", "")


@pytest.mark.parametrize("asked", ["", "?with=", "?with=x", "?with=0", f"?with={9**30}"])
def test_the_admin_compares_with_what_is_there(client, db, asked):
    article = make_article("copy", body=ALIKE)
    editor = sign_in(client, make_person("edith", is_staff=True))
    own = f"?with={article.latest_revision_id}"
    for query in (asked, own):
        assert editor.get(f"/admin/articles/article/{article.pk}/alike/{query}").status_code == 404


def test_nobody_without_the_right_to_see_articles_compares_them_in_the_admin(client, db):
    """S1"""
    one, other = (make_article(source, body=TEXT) for source in ("one", "other"))
    url = f"/admin/articles/article/{one.pk}/alike/?with={other.latest_revision_id}"
    stranger = make_person("stranger", groups=[], is_staff=True)
    assert sign_in(client, stranger).get(url).status_code == 403


def test_the_editor_reads_what_a_rejected_text_repeats(client, ada):
    make_article("original", body=TEXT)
    seat = held(ada, "copy", body=ALIKE)
    page = sign_in(client, ada).get(url_of(seat))
    press(client, page, REJECT)
    said = sign_in(Client(), make_person("edith", is_staff=True)).get(
        f"/admin/articles/article/{seat.article_id}/change/"
    )
    assert "As a duplicate" in said.content.decode()
