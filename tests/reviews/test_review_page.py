"""What a reviewer sees of one seat at /review/<id>/."""

import pytest

from articles.models import Article, ImportRun, Person
from reviews import erasure, intake
from reviews.models import Criteria, Decision, Policy, Review
from tests.makers import (
    decide,
    make_article,
    make_document,
    make_person,
    make_release,
    make_released,
    make_user,
)
from tests.reviews.desk import has_button, held, sign_in, url_of, waiting


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def ben(db):
    return make_person("ben")


@pytest.fixture
def at_desk(client, ada):
    return sign_in(client, ada)


def edited(article, by, **changes):
    """Save an edit of the article's latest revision and return its open seat."""
    article.refresh_from_db()
    intake.edit(
        article, make_document(article.source_id, **changes), by=by, seen=article.latest_revision.digest
    )
    return Review.objects.open().get(article=article)


@pytest.fixture
def two_seats(db):
    """The two seats of one text whose policy asks for two approvals."""
    Policy(
        name="Two",
        match_tag="python",
        approvals=2,
        position=1,
        criteria=Criteria.objects.get(name="Standard"),
    ).settle(by=None)
    return list(Review.objects.filter(article=make_article()).order_by("seat"))


@pytest.mark.parametrize("name", ["edith", "otto"])
def test_people_without_the_right_to_decide_may_not_read_a_draft_here(client, db, name):
    assert sign_in(client, make_person(name)).get(url_of(waiting())).status_code == 403


def test_signed_out_visitors_are_sent_to_sign_in_and_back(client, db):
    review = waiting()
    assert client.get(url_of(review)).url == f"/sign-in/?next=/review/{review.pk}/"


def test_a_review_that_is_not_there_is_not_found(at_desk):
    assert at_desk.get("/review/999/").status_code == 404


def test_the_page_shows_text_reasons_criteria_and_desk_meta(at_desk):
    response = at_desk.get(url_of(waiting()))
    page = response.content.decode()
    assert "Keep the way back as short as the way forward." in page
    assert "The document asks for human review" in page
    assert "The statements are right" in page
    assert "field note writer" in page  # the payload is for the desk
    assert "measure before" in page
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_findings_stand_with_their_place_and_line(at_desk):
    review = waiting(body="Fine.\n\n```python\ndef f(:\n```\n")
    response = at_desk.get(url_of(review))
    [finding] = [one for one in response.context["findings"] if one.line]
    assert finding.message in response.content.decode().replace("&#x27;", "'").replace("&quot;", '"')
    assert f"line {finding.line}" in response.content.decode()


@pytest.mark.parametrize(
    "text",
    ["<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "</textarea><script>alert(1)</script>"],
)
def test_hostile_text_is_inert_at_the_desk_s11(at_desk, text):
    review = waiting(title=text, body=text, meta={"unknown": {text: [text]}, "summary": text})
    page = at_desk.get(url_of(review)).content.decode()
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page


def test_reading_changes_nothing(at_desk):
    review = waiting()
    at_desk.get(url_of(review))
    before = Review.objects.values().get(pk=review.pk)
    for path in ("", "?verdict=approve", "?restore=1"):
        assert at_desk.get(url_of(review) + path).status_code == 200
    assert Review.objects.values().get(pk=review.pk) == before
    assert not Decision.objects.exists()


@pytest.mark.parametrize("verb", ["take/", "give-back/", "renew/"])
def test_an_address_opened_takes_gives_back_and_renews_nothing(at_desk, verb):
    assert at_desk.get(url_of(waiting()) + verb).status_code == 405


def test_what_is_free_can_be_taken_and_what_is_mine_can_be_decided(at_desk, ada, ben):
    free = at_desk.get(url_of(waiting("free")))
    assert has_button(free, "Take this review")
    assert not has_button(free, "Approve")
    mine = at_desk.get(url_of(held(ada, "mine")))
    assert has_button(mine, "Approve")
    assert not has_button(mine, "Take this review")
    bens = at_desk.get(url_of(held(ben, "bens")))
    assert not has_button(bens, "Take this review")
    assert not has_button(bens, "Approve")
    assert "Held by" in bens.content.decode()


def test_a_changed_release_is_shown_against_what_is_public(at_desk):
    article = make_released()
    review = edited(article, make_person("edith"), body="Another text.\n")
    response = at_desk.get(url_of(review))
    assert response.context["compared_with"].endswith("version 1.0.0, which is public")
    assert "Another text." in "".join(
        part.text
        for field in response.context["difference"]
        for block in field.blocks
        for part in block.parts
        if part.op == "ins"
    )


def test_a_draft_that_was_sent_back_is_shown_against_what_was_reviewed(at_desk, ben):
    review = waiting()
    decide(review, ben, "request_changes", note="The second step is missing.")
    newer = edited(review.article, make_person("edith"), body="With the second step.\n")
    response = at_desk.get(url_of(newer))
    assert response.context["compared_with"] == "revision 1, the last one reviewed"
    assert [row["note"] for row in response.context["previous_decisions"]] == ["The second step is missing."]


def test_a_first_draft_is_compared_with_nothing(at_desk):
    assert at_desk.get(url_of(waiting())).context["difference"] is None


def test_an_invisible_change_is_named_in_the_difference(at_desk):
    article = make_released(body="Run it once.\n")
    review = edited(article, make_person("edith"), body="Run it\u200b once.\n")
    assert "[zero width space]" in at_desk.get(url_of(review)).content.decode()


def test_tabs_that_indent_code_stay_tabs_in_a_difference_and_all_else_unseen_is_named(at_desk):
    code = "```go\nfunc main() {{\n\tif ok {{\n\t\trun({})\n\t}}\n}}\n```\n"
    article = make_released(body=code.format("one"))
    review = edited(article, make_person("edith"), body=code.format("two\u200b, \ttabbed"))
    page = at_desk.get(url_of(review)).content.decode()
    tab = '<span class="tab">\t</span>'
    assert f"<del>{tab}{tab}run(one)" in page
    assert f"<ins>{tab}{tab}run(two" in page
    assert "[zero width space]" in page
    assert page.count("[tab]") == 1


def test_a_tab_in_prose_is_named(at_desk):
    article = make_released(body="Run it once.\n")
    review = edited(article, make_person("edith"), body="Run\tit once.\n")
    assert "[tab]" in at_desk.get(url_of(review)).content.decode()


def test_differences_are_headed_one_level_below_the_title(at_desk):
    article = make_released()
    review = edited(article, make_person("edith"), body="Another text.\n")
    assert '<h2 class="name">body</h2>' in at_desk.get(url_of(review)).content.decode()


def test_language_and_direction_are_said_where_they_are_not_the_sites(at_desk, settings):
    review = waiting()
    assert "Language" not in at_desk.get(url_of(review)).content.decode()
    arabic = waiting("arabic", lang="ar", dir="rtl")
    assert "Language ar, right to left" in at_desk.get(url_of(arabic)).content.decode()
    settings.ARTICLE_LANG = "de"
    assert "Language en, left to right" in at_desk.get(url_of(review)).content.decode()


def test_what_only_a_script_can_keep_is_promised_by_the_script(at_desk, ben):
    page = at_desk.get(url_of(held(ben))).content.decode()
    assert "<span data-scripted hidden>What you type here is kept in this browser.</span>" in page


def test_a_second_skip_link_leads_to_the_decision_where_there_is_one(at_desk, ada, ben):
    link, place = 'class="skip" href="#decide"', 'id="decide" tabindex="-1"'
    review = held(ada)
    page = at_desk.get(url_of(review)).content.decode()
    assert link in page
    assert place in page
    decide(review, ada)
    assert link not in at_desk.get(url_of(review)).content.decode()


def test_one_asked_for_changes_to_a_revision(at_desk, ben):
    review = waiting()
    decide(review, ben, "request_changes", note="Shorter.")
    assert "asked for changes to revision 1" in at_desk.get(url_of(review)).content.decode()


def test_nobody_sees_how_another_seat_decided_before_giving_their_own_verdict(at_desk, ada, ben, two_seats):
    first, second = two_seats
    decide(first, ben, note="Ben's reasons.")
    for seat in (first, second):
        response = at_desk.get(url_of(seat))
        assert response.context["previous_decisions"] == []
        assert response.context["decided"] is None
        assert "Ben&#x27;s reasons." not in response.content.decode()
        assert "ben approved" not in response.content.decode()
    decide(second, ada)
    response = at_desk.get(url_of(second))
    assert [row["note"] for row in response.context["previous_decisions"]] == ["Ben's reasons."]


def test_who_cannot_judge_a_text_may_know_how_others_did(client, ben, two_seats):
    decide(two_seats[0], ben)
    otto = make_person("otto")
    assert Decision.objects.visible_to(otto).count() == 1
    assert Decision.objects.visible_to(ben).count() == 1
    assert Decision.objects.visible_to(make_person("ada")).count() == 0


def test_a_decided_seat_says_how_and_by_whom(at_desk, ben):
    review = waiting()
    decide(review, ben, "reject", note="Wrong from the start.")
    response = at_desk.get(url_of(review))
    assert response.context["decided"]["who"] == "ben"
    assert "Wrong from the start." in response.content.decode()
    assert not has_button(response, "Approve")


def test_who_may_release_is_led_from_an_approval_to_the_release(client, ada, ben):
    review = waiting()
    lea = make_person("lea", is_staff=True)
    for person in (lea, ada):
        assert not sign_in(client, person).get(url_of(review)).context["release_url"]
    decide(review, ben)
    assert not sign_in(client, ada).get(url_of(review)).context["release_url"]
    url = sign_in(client, lea).get(url_of(review)).context["release_url"]
    assert client.get(url).status_code == 200
    make_release(review.article, lea)
    assert not client.get(url_of(review)).context["release_url"]


@pytest.mark.parametrize("size", [1, 6])
def test_the_page_costs_the_same_queries_whatever_happened_before(
    at_desk, ada, ben, size, django_assert_num_queries
):
    review = waiting()
    edith = make_person("edith")
    for number in range(size):
        decide(review, ben, "request_changes", note=f"Change {number}.")
        review = edited(
            review.article, edith, body=f"Text {number}.\n" + "```python\ndef f(:\n```\n\n" * size
        )
    review.claim(by=ada)
    with django_assert_num_queries(QUERIES):
        response = at_desk.get(url_of(review))
    assert len(response.context["previous_decisions"]) == size
    assert len(response.context["findings"]) >= size


# Session, account with its person, its permissions; the seat with its texts; requirements; findings; the article's
# revisions and the one it is compared with; what bars this person; what of the text was approved before; earlier
# decisions; who could take it over; the threads; what its source sent before
# an edit. One more where somebody skipped it, one for the hold of its batch, and one where it looks like another.
QUERIES = 14


def test_the_importer_is_barred_only_where_the_policy_says_so(client, ada):
    run = ImportRun.objects.create(source="a file", format="jsonl", person=ada)
    make_article("free", run=run, flagged=True)
    Policy(
        name="Not the importer",
        match_tag="python",
        position=1,
        exclude_importer=True,
        criteria=Criteria.objects.get(name="Standard"),
    ).settle(by=None)
    make_article("barred", run=run)
    barred, free = (Review.objects.get(article__source_id=name) for name in ("barred", "free"))
    at_desk = sign_in(client, ada)
    assert has_button(at_desk.get(url_of(free)), "Take this review")
    response = at_desk.get(url_of(barred))
    assert "You ran the import" in response.content.decode()
    assert not has_button(response, "Take this review")


def test_an_account_without_a_person_gets_one_on_first_use(client, db):
    client.force_login(make_user("new", ["Reviewers"]))
    client.get("/review/")
    assert Person.objects.get(account__username="new").name == "new"


def test_a_public_text_that_grew_old_is_compared_with_nothing(at_desk):
    article = Article.objects.locked(make_released().pk)
    intake.require([(article.latest_revision, article, [("stale", "Its review grew old.")])])
    [review] = intake.reopen(article.latest_revision, article)
    response = at_desk.get(url_of(review))
    assert response.context["difference"] is None
    assert "Its review grew old." in response.content.decode()


def test_an_erased_text_is_not_shown_and_cannot_be_decided(at_desk):
    review = waiting()
    erasure.erase_text(review.revision.text, by=make_person("lea"), reason="It held a password.")
    response = at_desk.get(url_of(review))
    assert "This text was erased." in response.content.decode()
    assert not has_button(response, "Take this review")
