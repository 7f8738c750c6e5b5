"""The admin, for editors: every save is a revision, every act a verb, nothing typed is lost; who may not, may not."""

import json
import re

import pytest
from django.test import Client
from django.utils.formats import reset_format_cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.document import Refused, from_data
from articles.models import Article, Checklist, Entity, Person, Redirect, Revision, User
from reviews import intake
from reviews.article_form import ArticleForm
from reviews.models import Criteria, Decision, LedgerEntry, Policy, Requirement, Review
from tests.databases import around_tests
from tests.makers import (
    DATA,
    approve,
    decide,
    make_article,
    make_person,
    make_release,
    make_released,
    make_user,
)

pytestmark = pytest.mark.django_db


def signed_in(username, groups=None, **fields):
    user = User.objects.filter(username=username).first() or make_user(username, groups, **fields)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


@pytest.fixture
def editor():
    return signed_in("edith")


def url(article, name="change"):
    return f"/admin/articles/article/{article.pk}/{name}/"


def as_posted(form):
    """What a browser sends back of an untouched form: CRLF everywhere."""
    posted = {}
    for field in form:
        value = field.value()
        text = value if isinstance(value, list) else "" if value is None else str(value)
        posted[field.html_name] = (
            text if isinstance(text, list) else text.replace("\r\n", "\n").replace("\n", "\r\n")
        )
    return posted


def form_of(article, **changes):
    article = Article.objects.get(pk=article.pk)
    form = ArticleForm(
        data=article.latest_revision.document.data,
        base=article.latest_revision.digest,
        slug=article.slug,
        owner=article.owner,
    )
    return as_posted(form) | changes


# Editing -------------------------------------------------------------------------------------------------------


def test_a_save_makes_a_new_revision_and_leaves_the_old_one(editor):
    article = make_article()
    answer = editor.post(url(article), form_of(article, body="Other words."))
    assert answer.status_code == 302
    article.refresh_from_db()
    assert article.latest_revision.number == 2
    assert article.latest_revision.document.body == "Other words."
    assert article.revisions.get(number=1).document.body == DATA["body"]
    assert article.latest_revision.person.account.username == "edith"


def test_a_save_without_a_change_makes_nothing_and_says_so(editor):
    article = make_article()
    answer = editor.post(url(article), form_of(article), follow=True)
    assert "Nothing changed" in answer.content.decode()
    assert Revision.objects.count() == 1


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


KNOWN = st.sampled_from(["summary", "notes", "stack", "tools", "flags", "checklist"])


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(
    title=text,
    body=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200),
    meta=st.dictionaries(text | KNOWN, values, max_size=4),
    other=st.dictionaries(text, values, max_size=3),
)
def test_any_document_opened_and_saved_unchanged_is_the_same_document(title, body, meta, other):
    try:
        document = from_data(other | {"source_id": "a", "title": title, "body": body, "meta": meta})
    except Refused:
        return
    form = ArticleForm(as_posted(ArticleForm(data=document.data)), data=document.data)
    assert form.is_valid(), form.errors
    assert form.edited().data == document.data


@pytest.mark.parametrize(
    "body",
    [
        "\n\nbegins with empty lines",
        "ends with them\n\n\n",
        "  leading and trailing  ",
        "tabs\tand\u00a0spaces\u2028separators",
        "```\ncode   \n```",
        "e\u0301 combining",
    ],
)
def test_bodies_that_forms_like_to_mend_are_left_alone(editor, body):
    article = make_article(body=body)
    editor.post(url(article), form_of(article))
    assert Revision.objects.count() == 1


def test_every_known_field_can_be_changed_and_emptied(editor):
    article = make_article()
    changes = {
        "title": "New title",
        "summary": "New summary",
        "topic": "",
        "difficulty": "advanced",
        "reading_time": "12",
        "tags": "one\r\ntwo",
        "stack": "rust",
        "tools": "cargo\r\nclippy",
        "checklist": "look\r\nleap",
        "entities": "rust | stack\r\nborrowing | problem",
        "flags": ["needs_human_review"],
        "other": json.dumps({"meta": {"score": {"quality": 1}, "new": [1, {"a": None}]}, "shelf": True}),
    }
    answer = editor.post(url(article), form_of(article, **changes))
    assert answer.status_code == 302
    document = Article.objects.get().latest_revision.document
    assert document.title == "New title"
    assert "topic" not in document.meta
    assert document.reading_time == 12
    assert document.tags == ("one", "two", "rust")
    assert document.checklist == ("look", "leap")
    assert ("borrowing", "problem") in document.entities
    assert document.needs_human_review
    assert document.meta["new"] == [1, {"a": None}]
    assert document.data["shelf"] is True
    assert "payload" not in document.meta
    assert Review.objects.open().exists()  # the document asks for human review now


def test_what_a_document_may_not_hold_is_said_at_its_field_and_nothing_is_lost(editor):
    article = make_article()
    answer = editor.post(url(article), form_of(article, title="", body="Kept words.", reading_time="soon"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Kept words." in page
    assert Revision.objects.count() == 1
    answer = editor.post(url(article), form_of(article, other="{not json", body="Kept words."))
    assert answer.status_code == 422
    assert "{not json" in answer.content.decode()


def test_a_stale_save_is_refused_with_both_texts_and_can_be_saved_after_reading_P8(editor):
    article = make_article()
    mine = form_of(article, body="My words.")
    theirs = from_data(
        article.latest_revision.document.data | {"title": "Their title", "body": "Their words."}
    )
    intake.edit(article, theirs, by=make_person("lea"), seen=article.latest_revision.digest)
    answer = editor.post(url(article), mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "My words." in page
    assert "Their" in page
    assert Revision.objects.count() == 2
    form = answer.context["form"]
    assert form["title"].value() == "Their title"  # where I changed nothing, theirs stands
    again = {field.html_name: field.value() for field in form}
    assert editor.post(url(article), again).status_code == 302
    latest = Article.objects.get().latest_revision.document
    assert (latest.title, latest.body) == ("Their title", "My words.")


def test_a_save_leaves_alone_what_a_colleague_did_to_address_and_owner_P8(editor):
    article = make_article()
    mine = form_of(article, body="My words.")
    article.rename(slug="theirs", owner="their desk")
    assert editor.post(url(article), mine).status_code == 302
    article.refresh_from_db()
    assert (article.slug, article.owner) == ("theirs", "their desk")
    assert article.latest_revision.document.body == "My words."


def test_what_was_typed_stands_on_the_page_that_says_the_text_was_erased_P8(editor):
    from reviews.erasure import erase_text

    article = make_article()
    mine = form_of(article, body="Typed meanwhile.")
    erase_text(article.latest_revision.text, by=make_person("lea"), reason="A secret.")
    assert "Typed meanwhile." in editor.post(url(article), mine).content.decode()


def test_a_restored_page_is_shown_filled_and_saves_nothing(editor):
    article = make_article()
    answer = editor.post(url(article), form_of(article, body="Typed before.", restore="1"))
    assert "Typed before." in answer.content.decode()
    assert Revision.objects.count() == 1


def test_another_address_leaves_a_redirect_and_a_taken_one_is_refused(editor):
    article, other = make_article("a"), make_article("b", title="Other")
    make_release(article, make_person("edith"))
    old = article.get_absolute_url()
    assert editor.post(url(article), form_of(article, slug=other.slug)).status_code == 422
    assert editor.post(url(article), form_of(article, slug="moved")).status_code == 302
    assert Revision.objects.count() == 2
    answer = Client().get(old)
    assert (answer.status_code, answer["Location"]) == (301, "/articles/moved/")
    assert Redirect.objects.count() == 1


def test_an_article_can_be_written_by_hand_and_its_author_may_not_approve_it(editor):
    posted = {"title": "By hand", "body": "Words.", "dir": "ltr", "lang": "en", "other": "{}", "owner": "me"}
    posted["source_id"] = "desk-1"
    answer = editor.post("/admin/articles/article/add/", posted)
    assert answer.status_code == 302
    article = Article.objects.get()
    again = editor.post("/admin/articles/article/add/", posted | {"title": "Sent twice"})
    assert "already" in again.content.decode()
    assert Article.objects.count() == 1
    assert article.latest_revision.contributors.get().role == "wrote"
    assert article.owner == "me"


# Acting --------------------------------------------------------------------------------------------------------


def release_fields(article, **changes):
    revision = Article.objects.get(pk=article.pk).latest_revision
    return {
        "seen": revision.digest,
        "revision": revision.pk,
        "version": "1.0.0",
        "owner": "the desk",
        "expected_result": "fewer questions",
        "rollback_note": "roll back",
        "commands": "make\r\nmake test",
        "figures": "",
        "assumptions": "",
    } | changes


def test_a_release_through_its_form_is_live_and_keeps_its_evidence(editor):
    article = make_article()
    page = editor.get(url(article, "release")).content.decode()
    assert 'value="1.0.0"' in page
    assert "No person has reviewed it" in page
    assert editor.post(url(article, "release"), release_fields(article)).status_code == 302
    article.refresh_from_db()
    assert article.current_release.evidence["commands"] == ["make", "make test"]
    assert Client().get(article.get_absolute_url()).status_code == 200


def test_a_closed_gate_is_explained_and_keeps_what_was_typed(editor):
    article = make_article(flagged=True)
    answer = editor.post(url(article, "release"), release_fields(article, owner="somebody typed this"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "1 more approval" in page
    assert "somebody typed this" in page
    assert not Article.objects.public().exists()


def test_what_cannot_be_done_says_so_at_once_and_offers_no_button(editor):
    waits, live, away = make_article("a", flagged=True), make_article("b"), make_article("c")
    make_release(live, make_person("edith"))
    intake.archive(away)
    cases = [
        (waits, "release", "1 more approval"),
        (live, "release", "public already"),
        (away, "release", "This article is archived"),
        (live, "archive", "Withdraw it first"),
        (live, "rollback", "no earlier version"),
        (waits, "withdraw", "not public"),
        (waits, "candidate", "No newer text"),
    ]
    for article, name, reason in cases:
        page = editor.get(url(article, name)).content.decode()
        assert reason in page, name
        assert 'type="submit"' not in page.partition('id="content-main"')[2], name
        assert "<textarea" not in page, name


def test_a_closed_gate_keeps_what_was_typed_beside_its_reasons_without_a_button(editor):
    article = make_article(flagged=True)
    answer = editor.post(url(article, "release"), release_fields(article, expected_result="Typed."))
    page = answer.content.decode()
    assert "Typed.</textarea>" in page
    assert "Release it" not in page.partition('id="content-main"')[2]


def test_a_text_that_moved_meanwhile_is_not_released(editor):
    article = make_article()
    answer = editor.post(url(article, "release"), release_fields(article, seen="0" * 64))
    assert answer.status_code == 409
    assert "not the text you saw" in answer.content.decode()


def test_rollback_and_withdrawal_are_one_form_each_and_need_a_reason(editor):
    article = make_article()
    edith = make_person("edith")
    make_release(article, edith)
    editor.post(url(article), form_of(article, body="Second."))
    approve(article, make_person("ada"))
    make_release(article, edith)
    first = article.releases.get(n=1)
    assert (
        editor.post(url(article, "rollback"), {"to": first.pk, "seen": 2, "reason": " "}).status_code == 422
    )
    assert (
        editor.post(url(article, "rollback"), {"to": first.pk, "seen": 2, "reason": "Worse."}).status_code
        == 302
    )
    assert editor.post(url(article, "withdraw"), {"seen": 2, "reason": "Gone."}).status_code == 409
    assert editor.post(url(article, "withdraw"), {"seen": 3, "reason": "Gone."}).status_code == 302
    assert Client().get(article.get_absolute_url()).status_code == 410
    assert list(article.releases.order_by("n").values_list("kind", flat=True)) == [
        "release",
        "release",
        "rollback",
        "withdrawal",
    ]


def test_flagging_archiving_and_bringing_back(editor):
    article = make_article()
    assert editor.post(url(article, "flag"), {"detail": "Look at the figures."}).status_code == 302
    assert Requirement.objects.get().detail == "Look at the figures."
    assert editor.post(url(article, "archive")).status_code == 302
    assert not Review.objects.open().exists()
    assert editor.post(url(article, "archive")).status_code == 302
    assert Review.objects.open().exists()


def test_a_candidate_is_compared_taken_or_put_aside(editor):
    article = make_article()
    editor.post(url(article), form_of(article, title="By hand"))
    make_article(body="From the source.")
    article.refresh_from_db()
    page = editor.get(url(article, "candidate")).content.decode()
    assert "What the source changed" in page
    assert "How it differs from the latest revision" in page
    assert page.count("<ins>") >= 2
    seen = article.candidate.digest
    assert editor.post(url(article, "candidate"), {"seen": seen}).status_code == 302
    article.refresh_from_db()
    assert article.candidate is None
    assert article.latest_revision.document.body == "From the source."
    assert editor.post(url(article, "candidate"), {"seen": seen, "dismiss": "1"}).status_code == 409


def test_a_candidate_is_not_released_beside_the_review_it_has_not_had_P1(editor):
    article = make_released(flagged=True)
    editor.post(url(article), form_of(article, title="By hand"))
    make_article(flagged=True, body="From the source.")
    candidate = Article.objects.get().candidate
    posted = release_fields(article, seen=candidate.digest, revision=candidate.pk, version="2.0.0")
    answer = editor.post(url(article, "release"), posted)
    assert answer.status_code == 409
    assert "Take it over first" in answer.content.decode()
    assert Article.objects.get().current_release.revision.number == 1


def test_a_decision_is_revoked_by_its_own_person_or_a_lead_and_by_no_other():
    make_released()
    article, approval = Article.objects.get(), Decision.objects.get()
    edith, lea = signed_in("edith"), signed_in("lea")
    revoke = {"decision": approval.pk, "reason": "A flag was renamed."}
    assert edith.post(url(article, "revoke"), revoke).status_code == 403
    assert lea.post(url(article, "revoke"), revoke | {"reason": ""}).status_code == 422
    assert lea.post(url(article, "revoke"), revoke).status_code == 302
    assert not Article.objects.indexable().exists()


# Looking -------------------------------------------------------------------------------------------------------


def test_a_preview_is_for_staff_and_is_stored_nowhere_S2(editor):
    article = make_article()
    answer = editor.get(url(article, "preview"))
    assert "Preview of revision 1" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"
    assert Client().get(url(article, "preview")).status_code == 302


def test_two_revisions_of_one_article_are_compared_and_never_those_of_two_S1_S3(editor):
    article, other = make_article("a"), make_article("b", title="Secret title of another")
    editor.post(url(article), form_of(article, body="Second text."))
    page = editor.get(f"{url(article, 'compare')}?old=1&new=2").content.decode()
    assert "Second text." in page
    foreign = other.latest_revision
    for query in (f"old=1&new={foreign.pk + 50}", "old=x&new=2", "old=1", f"old={foreign.pk}&new=99"):
        assert editor.get(f"{url(article, 'compare')}?{query}").status_code == 404
    assert editor.get(f"{url(article, 'preview')}?revision=77").status_code == 404


def test_the_list_shows_states_at_a_glance_with_a_fixed_number_of_queries(
    editor, django_assert_max_num_queries
):
    def fill(numbers):
        for number in numbers:
            article = make_article(f"note-{number}", flagged=number % 3 == 0)
            if number % 3 == 1:
                make_release(article, make_person("edith"))

    fill(range(4))
    with django_assert_max_num_queries(9) as few:
        editor.get("/admin/articles/article/")
    fill(range(4, 25))
    with django_assert_max_num_queries(9) as many:
        page = editor.get("/admin/articles/article/").content.decode()
    assert len(few) == len(many)
    assert "waiting for review" in page
    assert "1.0.0" in page


def test_the_list_leaves_out_what_nearly_all_have_and_names_three_entities(editor):
    entities = [{"name": f"name {number}", "type": "area"} for number in range(5)]
    flags = {"ai_generated_style": True, "image_heavy": True}
    make_article(meta={"flags": flags, "entities": entities, "tools": [], "stack": []})
    page = editor.get("/admin/articles/article/").content.decode()
    assert "ai generated style" not in page
    assert "image heavy" in page
    assert [f"name {number}</a><small>area</small>" in page for number in range(5)] == [True] * 3 + [
        False
    ] * 2
    assert '<small title="name 3, name 4">+2</small>' in page


def test_where_an_article_stands_is_said_on_its_page_as_in_the_list_and_no_verdict_while_a_seat_is_open():
    editor = signed_in("edith")
    article = make_article(flagged=True)
    glance = '<span class="state {}">{}</span>'
    waits, rejected = glance.format("waiting", "waiting for review"), glance.format("sent-back", "rejected")
    assert waits in editor.get(url(article)).content.decode()
    decide(Review.objects.get(), make_person("ada"), "reject", note="Wrong.")
    for page in (url(article), url(article, "history"), "/admin/articles/article/"):
        assert rejected in editor.get(page).content.decode()
    Policy(name="Two", match_tag="python", approvals=2, position=1, criteria=Criteria.objects.get()).settle(
        by=None
    )
    other = make_article("two", title="Two seats")
    decide(other.reviews.first(), make_person("ada"))
    page = editor.get(url(other)).content.decode()
    assert waits in page
    assert ">approved<" not in page


def test_moments_are_written_one_way(settings):
    settings.FORMAT_MODULE_PATH = "editorial.formats"
    reset_format_cache()
    article = make_released()
    boss = signed_in("boss", [], is_superuser=True)
    when = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC")
    for page in ("/admin/articles/article/", url(article, "history"), "/admin/articles/release/"):
        said = boss.get(page).content.decode()
        assert when.search(said), page
        assert "p.m." not in said, page
        assert "a.m." not in said, page
    reset_format_cache()


def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name():
    article = make_released()
    lea = signed_in("lea", ["Leads", "Auditors", "Editors"])
    page = lea.get(url(article, "history")).content.decode()
    for name in ("Revisions", "Decisions", "Releases"):
        assert f'tabindex="0" role="region" aria-label="{name}"' in page
    entry = lea.get(f"/admin/reviews/ledgerentry/{LedgerEntry.objects.first().pk}/change/")
    assert '<pre tabindex="0" role="region" aria-label="Payload">' in entry.content.decode()


def test_an_alias_field_says_what_it_is(editor):
    make_article()
    entity = Entity.objects.get(name="python")
    page = editor.get(f"/admin/articles/entity/{entity.pk}/change/").content.decode()
    assert re.search(r'name="aliases-0-name"[^>]*aria-label="Alias"', page)


def test_an_erased_text_is_said_to_be_erased(editor):
    from reviews.erasure import erase_text

    article = make_article()
    erase_text(article.latest_revision.text, by=make_person("lea"), reason="A secret.")
    for name in ("change", "preview"):
        assert "were erased" in editor.get(url(article, name)).content.decode()
    assert editor.get(url(article, "history")).status_code == 200


# Rows that are edited here -------------------------------------------------------------------------------------


def test_a_policy_saved_is_a_version_in_the_ledger_and_what_is_frozen_stays():
    lea = signed_in("lea")
    make_article(flagged=True)
    policy = Policy.objects.get(is_default=True)
    entries = LedgerEntry.objects.count()
    fields = {
        "name": policy.name,
        "position": 1000,
        "approvals": 3,
        "criteria": policy.criteria_id,
        "match_flag": "",
        "due_hours": 5,
    }
    assert lea.post(f"/admin/reviews/policy/{policy.pk}/change/", fields).status_code == 302
    policy.refresh_from_db()
    assert policy.current.terms["approvals"] == 3
    assert LedgerEntry.objects.count() == entries + 1
    assert Requirement.objects.get().approvals == 1
    assert make_article("later", flagged=True).reviews.count() == 3


def test_criteria_are_edited_as_lines_and_keep_their_ids():
    lea = signed_in("lea")
    criteria = Criteria.objects.get()
    before = {question["text"]: question["id"] for question in criteria.in_force().questions}
    kept = next(iter(before))
    posted = {"name": criteria.name, "questions": f"* {kept}\r\nIs it short? | Under 500 words"}
    assert lea.post(f"/admin/reviews/criteria/{criteria.pk}/change/", posted).status_code == 302
    asked = Criteria.objects.get().current.questions
    assert asked == [
        {"id": before[kept], "text": kept, "help": "", "must_pass": True},
        {"id": "is-it-short", "text": "Is it short?", "help": "Under 500 words", "must_pass": False},
    ]


def test_a_checklist_edited_is_a_new_version_and_articles_keep_theirs(editor):
    article = make_article()
    checklist = Checklist.objects.get()
    posted = {"title": checklist.title, "slug": checklist.slug, "items": "something else"}
    assert editor.post(f"/admin/articles/checklist/{checklist.pk}/change/", posted).status_code == 302
    assert Checklist.objects.get().current.number == 2
    article.refresh_from_db()
    assert article.latest_revision.checklist.number == 1


def test_an_alias_is_edited_beside_its_entity(editor):
    make_article()
    entity = Entity.objects.get(name="python")
    posted = {
        "type": "stack",
        "name": "python",
        "aliases-TOTAL_FORMS": 1,
        "aliases-INITIAL_FORMS": 0,
        "aliases-0-name": "CPython",
    }
    assert editor.post(f"/admin/articles/entity/{entity.pk}/change/", posted).status_code == 302
    assert entity.aliases.get().key == "cpython"


# Who may not ---------------------------------------------------------------------------------------------------

LOOKING_ONLY = [
    "reviews/review",
    "reviews/requirement",
    "reviews/decision",
    "articles/release",
]


@pytest.mark.parametrize("model", [*LOOKING_ONLY, "reviews/ledgerentry"])
def test_history_is_for_looking_only_also_for_a_superuser_S16(model):
    make_released()
    boss = signed_in("boss", [], is_superuser=True)
    name = model.split("/")[1]
    rows = {"review": Review, "requirement": Requirement, "decision": Decision, "ledgerentry": LedgerEntry}
    row = rows[name].objects.first() if name in rows else None
    assert boss.get(f"/admin/{model}/").status_code == 200
    assert boss.post(f"/admin/{model}/add/", {}).status_code == 403
    if row:
        assert boss.get(f"/admin/{model}/{row.pk}/change/").status_code == 200
        assert boss.post(f"/admin/{model}/{row.pk}/change/", {"state": "approve"}).status_code == 403
        assert boss.post(f"/admin/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    posted = {"action": "delete_selected", "_selected_action": [1]}
    boss.post(f"/admin/{model}/", posted)
    assert Decision.objects.count() == 1


MATRIX = {
    # page: who may open it
    "change": {"edith", "lea", "otto", "ada"},
    "history": {"edith", "lea", "otto", "ada"},
    "preview": {"edith", "lea", "otto", "ada"},
    "compare": {"edith", "lea", "otto", "ada"},
    "flag": {"edith", "lea"},
    "archive": {"edith", "lea"},
    "candidate": {"edith", "lea"},
    "release": {"edith", "lea"},
    "rollback": {"edith", "lea"},
    "withdraw": {"edith", "lea"},
}


class TestPages:
    @pytest.fixture(scope="class")
    @classmethod
    def released(cls, django_db_setup, django_db_blocker):
        with around_tests(django_db_blocker):
            yield make_released()

    @pytest.mark.parametrize("name", MATRIX)
    @pytest.mark.parametrize("who", ["edith", "lea", "otto", "ada", "nobody"])
    def test_each_page_opens_for_whoever_may_and_for_no_other(self, released, name, who):
        client = signed_in(who, None if who != "nobody" else [])
        answer = client.get(url(released, name) + ("?old=1&new=1" if name == "compare" else ""))
        assert answer.status_code == (200 if who in MATRIX[name] else 403)
        if who not in MATRIX[name] or name in ("change",):
            before = (Revision.objects.count(), released.releases.count())
            answer = client.post(url(released, name), {"reason": "r", "seen": 1, "body": "x", "title": "y"})
            if who not in MATRIX[name]:
                assert answer.status_code == 403
            assert (Revision.objects.count(), released.releases.count()) == before


def test_an_editor_without_the_right_to_release_is_not_offered_it():
    article = make_article()
    client = signed_in("only-editor", ["Editors"])
    assert url(article, "release") not in client.get(url(article)).content.decode()
    assert client.post(url(article, "release"), release_fields(article)).status_code == 403
    assert not Article.objects.public().exists()


@pytest.mark.parametrize("name", [*MATRIX, "revoke"])
def test_a_forged_form_does_nothing_S15(name):
    article = make_released()
    make_user("mallory", ["Leads"], is_staff=True)
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(username="mallory"))
    before = (Revision.objects.count(), article.releases.count(), Decision.objects.count())
    answer = client.post(url(article, name), form_of(article, body="forged", reason="forged", seen=1))
    assert answer.status_code == 403
    assert (Revision.objects.count(), article.releases.count(), Decision.objects.count()) == before


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def test_hostile_text_is_inert_on_every_page_of_the_admin_S11_S12(editor):
    article = make_article(
        title=f"T {HOSTILE}",
        body=HOSTILE,
        meta={
            "summary": HOSTILE,
            "stack": [HOSTILE],
            "tools": [HOSTILE],
            "entities": [{"name": HOSTILE, "type": HOSTILE}],
            "checklist": [HOSTILE],
            HOSTILE: {HOSTILE: HOSTILE},
        },
    )
    editor.post(url(article, "flag"), {"detail": HOSTILE})
    editor.post(url(article), form_of(article, body=f"{HOSTILE} second"))
    pages = [url(article, name) for name in MATRIX] + [
        f"{url(article, 'compare')}?old=1&new=2",
        "/admin/articles/article/",
        "/admin/articles/tag/",
        "/admin/articles/entity/",
        "/admin/articles/checklist/",
        "/admin/reviews/review/",
        "/admin/reviews/requirement/",
    ]
    for page in pages:
        said = editor.get(page).content.decode()
        assert "<script>alert" not in said, page
        assert "<img src=x" not in said, page


def test_a_person_cannot_be_deleted_and_an_account_can():
    make_released()
    person = Person.objects.get(account__username="ada")
    person.account.delete()
    person.refresh_from_db()
    assert person.account is None
    assert Decision.objects.get().person == person
