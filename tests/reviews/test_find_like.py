"""Find all like this: what is found, what would happen to each, and what becomes of each when it is done together."""

import pytest
from django.urls import reverse

from articles.models import Article, ImportRun
from reviews import alike, gate, holds, intake
from reviews.alike import Sought
from reviews.erasure import erase_text
from reviews.errors import NotAllowed
from reviews.models import Batch, Criteria, Decision, Hold, LedgerEntry, Policy, Review
from reviews.together import ACTS
from reviews.verification import verify
from tests.makers import approve, decide, make_article, make_document, make_person, make_released
from tests.reviews.desk import has_button, press, sign_in, url_of, waiting

pytestmark = pytest.mark.django_db

FIND, BATCHES = "/review/find/", "/review/batches/"
WRONG = "Delete the index first."
BODY = "Before.\n\nDelete   the *old*\nindex first.\n"


@pytest.fixture
def lea(db):
    return make_person("lea")


@pytest.fixture
def at_desk(client, lea):
    return sign_in(client, lea)


def wrong(source_id, **changes):
    return make_article(source_id, title=source_id.upper(), body=f"Well. {WRONG}\n", **changes)


def payload(batch="May", generator="writer"):
    return {"meta": {"payload": {"generator": generator, "batch": batch}}}


def found(response):
    return {row.match.revision.title: row.words for row in response.context["rows"]}


def titles(response):
    return sorted(found(response))


def outcomes(response):
    return {outcome.match.revision.title: outcome.words for outcome in response.context["outcomes"]}


def ask(client, act="review", **asked):
    return client.get(FIND, {"phrase": WRONG, "act": act} | asked)


def do(client, page, act, reason="A wrong command."):
    """Press the button of a page of what was found, with all that is ticked."""
    ticked = [row.match.revision.pk for row in page.context["rows"] if row.done]
    address = page.context["sought"].address(act=act)
    return client.post(address, {"reason": reason, "text": ticked, "next": page.context["next"]})


# What is found --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "hits"),
    [
        ("the *old* index", ["A"]),
        ("DELETE THE *OLD*   index", ["A"]),
        ("delete\tthe", ["A"]),
        ("a", ["A", "B"]),
        ("title of b", ["B"]),
        ("keep the way back short", ["A", "B"]),
        ("source_id", []),
        ("100%", []),
        ("_", []),
        ("\0the *old*", ["A"]),
        ("nowhere", []),
    ],
)
def test_a_phrase_is_found_wherever_a_document_says_it(at_desk, phrase, hits):
    make_article("a", title="A", body=BODY)
    make_article("b", title="Title of B", body="Nothing.\n")
    names = {"A": "A", "Title of B": "B"}
    assert [names[title] for title in titles(at_desk.get(FIND, {"phrase": phrase}))] == hits


def test_the_same_finding_is_found_and_another_of_the_same_code_is_not(at_desk):
    key = "Key: AKIAABCDEFGHIJKLMNOP\n"
    seats = [make_article(name, title=name.upper(), body=key) for name in "ab"]
    make_article("c", title="C", body="TODO: say which.\n")
    page = at_desk.get(url_of(Review.objects.open().get(article=seats[0])))
    [url] = {one.alike_url for one in page.context["findings"] if one.is_blocking}
    assert titles(at_desk.get(url)) == ["A", "B"]
    assert titles(at_desk.get(url + "&place=nowhere")) == []
    assert titles(at_desk.get(url + "&code=another")) == []


def test_a_search_stays_in_its_batch_its_generator_or_its_import_run(at_desk):
    run = ImportRun.objects.create(source="x", format="jsonl")
    wrong("a", **payload())
    wrong("b", **payload("June"))
    wrong("c", **payload("May", "other"))
    wrong("d", run=run)
    assert titles(ask(at_desk)) == ["A", "B", "C", "D"]
    assert titles(ask(at_desk, batch="may")) == ["A", "C"]
    assert titles(ask(at_desk, batch="May", generator="Writer")) == ["A"]
    assert titles(ask(at_desk, run=str(run.pk))) == ["D"]
    assert titles(ask(at_desk, run="9" * 18)) == []
    assert "rows" not in at_desk.get(FIND, {"run": "no number"}).context


def test_all_of_a_batch_is_that_batch_alone_whoever_made_others_of_its_name(at_desk, lea):
    run = ImportRun.objects.create(source="x", format="jsonl")
    mine = make_article("a", title="A", **payload(generator=""))
    make_article("b", title="B", **payload())
    make_article("c", title="C", run=run, **payload())
    make_article("d", title="D", run=run, meta={"payload": {"generator": ""}})
    make_article("e", title="E", run=run)
    whole = {
        Batch("", "batch May"): ["A"],
        Batch("writer", "batch May"): ["B", "C"],
        Batch("", f"run {run.pk}"): ["D"],
        Batch("field note writer", f"run {run.pk}"): ["E"],
    }
    for batch in whole:
        holds.hold(batch, by=lea, reason="To be read.")
    for row in at_desk.get(BATCHES).context["rows"]:
        assert titles(at_desk.get(row["find_url"])) == whole[row["batch"]], row["batch"]
    # By what the source sent: an edit leaves no batch.
    edited = make_document("a", title="Edited", **payload(batch="", generator="mine"))
    intake.edit(mine, edited, by=make_person("edith"), seen=mine.latest_revision.digest)
    assert titles(at_desk.get(FIND, {"batch": "May", "exact": "1"})) == ["Edited"]
    assert (
        'name="exact" value="1" checked' in at_desk.get(FIND, {"batch": "May", "exact": "1"}).content.decode()
    )
    assert titles(at_desk.get(FIND, {"batch": "May", "exact": "x"})) == ["B", "C"]


def test_a_batch_without_a_phrase_is_all_of_it_and_nothing_is_not_everything(at_desk):
    make_article("a", title="A", **payload())
    assert titles(at_desk.get(FIND, {"batch": "May"})) == ["A"]
    for asked in ({}, {"phrase": " "}, {"generator": "writer"}):
        assert "rows" not in at_desk.get(FIND, asked).context


def test_what_readers_see_and_a_newer_draft_are_two_texts(at_desk):
    article = make_released("a", title="Public", body=f"{WRONG}\n")
    wrong("a")
    assert {match.revision.title for match in Sought(phrase=WRONG).page(make_person("lea")).matches} == {
        "Public",
        "A",
    }
    intake.archive(wrong("b"))
    assert titles(ask(at_desk)) == ["A", "Public"]
    assert article.is_public


def test_pages_go_on_where_the_last_one_ended_and_lose_nothing(at_desk, monkeypatch):
    monkeypatch.setattr(alike, "PAGE_SIZE", 3)
    monkeypatch.setattr(alike, "CHUNK", 2)
    monkeypatch.setattr(alike, "MOST_READ", 4)
    for number in range(9):
        (wrong if number % 2 else make_article)(f"n{number}")
    seen, page = [], ask(at_desk)
    for _ in range(9):
        seen += found(page)
        if not page.context["next_url"]:
            break
        assert "there are more to read" in page.content.decode()
        page = at_desk.get(page.context["next_url"])
    assert seen == ["N1", "N3", "N5", "N7"]


def test_an_erased_text_is_found_by_no_phrase_and_left_alone(at_desk, lea):
    article = wrong("a", **payload())
    erase_text(article.latest_revision.text, by=lea, reason="A secret.")
    assert titles(ask(at_desk)) == []


# What is done ---------------------------------------------------------------------------------------------------


def test_a_preview_says_what_would_happen_and_does_nothing(at_desk):
    wrong("draft")
    wrong("waiting", flagged=True)
    approve(wrong("approved"), make_person("ada"))
    decide(waiting("rejected", title="REJECTED", body=f"{WRONG}\n"), make_person("ada"), "reject", "No.")
    before = LedgerEntry.objects.count()
    assert found(ask(at_desk)) == {
        "DRAFT": "Goes to review",
        "WAITING": "Left alone: it waits for review already",
        "APPROVED": "Left alone: somebody approved it; take the approval back to have it reviewed anew",
        "REJECTED": "Left alone: somebody sent it back or rejected it",
    }
    done = {title for title, words in found(ask(at_desk, "reopen")).items() if not words.startswith("Left")}
    assert done == {"APPROVED"}
    assert LedgerEntry.objects.count() == before


def test_drafts_are_sent_to_review_together_each_with_its_entry_and_a_second_time_nothing_happens_P6(at_desk):
    articles = [wrong(name) for name in "abc"]
    page = ask(at_desk)
    entries = LedgerEntry.objects.filter(kind="requirement")
    assert outcomes(do(at_desk, page, "review")) == dict.fromkeys("ABC", "Goes to review")
    assert entries.count() == 3
    assert {row.detail for article in articles for row in article.latest_revision.requirements.all()} == {
        "A wrong command."
    }
    assert all(not gate.look(article.latest_revision).is_open for article in articles)
    again = outcomes(do(at_desk, page, "review"))
    assert set(again.values()) == {"Left alone: it waits for review already"}
    assert (entries.count(), Review.objects.open().count()) == (3, 3)
    assert verify().fault is None


def test_approvals_are_taken_back_together_and_fresh_seats_open(at_desk):
    articles = [wrong(name) for name in "ab"]
    for article in articles:
        approve(article, make_person("ada"))
    page = ask(at_desk, "reopen")
    assert set(outcomes(do(at_desk, page, "reopen")).values()) == {"Loses its approvals and is reviewed anew"}
    assert Review.objects.open().count() == Decision.objects.filter(verdict="revoke").count() == 2
    assert set(outcomes(do(at_desk, page, "reopen")).values()) == {
        "Left alone: nobody has approved it, as far as you may know"
    }
    assert Decision.objects.filter(verdict="revoke").count() == 2


def test_pages_are_taken_from_readers_together_and_drafts_are_left_alone(at_desk):
    make_released("a", title="A", body=f"{WRONG}\n")
    wrong("b")
    page = ask(at_desk, "withdraw")
    assert found(page)["B"] == "Left alone: readers do not see this text"
    assert outcomes(do(at_desk, page, "withdraw")) == {"A": "Is taken from readers"}
    article = Article.objects.get(source_id="a")
    assert (article.is_public, article.current_release.reason) == (False, "A wrong command.")
    assert outcomes(do(at_desk, page, "withdraw")) == {"A": "Left alone: readers do not see this text"}
    assert article.releases.count() == 2


def test_what_cannot_be_done_stops_no_other_and_leaves_nothing_half_done(at_desk, monkeypatch):
    articles = [wrong(name) for name in "abc"]
    page = ask(at_desk)
    intake.archive(articles[1])
    intake.edit(
        articles[2],
        make_document("c", title="C", body="Mended.\n"),
        by=make_person("edith"),
        seen=articles[2].latest_revision.digest,
    )
    assert outcomes(do(at_desk, page, "review")) == {"A": "Goes to review"}
    assert Review.objects.open().count() == 1


def test_a_refusal_of_a_verb_is_told_beside_its_text(at_desk, lea, monkeypatch):
    wrong("a")
    wrong("b")
    matches = Sought(phrase=WRONG).page(lea).matches
    intake.archive(Article.objects.get(source_id="a"))
    done = ACTS["review"].carry_out(matches, by=lea, reason="Wrong.")
    assert [outcome.words for outcome in done] == [
        "Left alone: This article is archived. Bring it back first.",
        "Goes to review",
    ]


def test_without_a_reason_nothing_is_done_and_what_was_ticked_stays(at_desk):
    wrong("a")
    response = do(at_desk, ask(at_desk), "review", reason=" ")
    assert (response.status_code, titles(response)) == (422, ["A"])
    assert "Give the reason" in response.content.decode()
    assert not Review.objects.exists()


def test_only_leads_find_and_each_act_needs_its_own_right_S4(client):
    match = wrong("a")
    for name, status in {"ada": 403, "edith": 403, "otto": 403, "lea": 200}.items():
        person = sign_in(client, make_person(name))
        for address in (FIND, BATCHES):
            assert person.get(address).status_code == status
        assert person.post(FIND, {"reason": "x", "text": match.latest_revision.pk}).status_code == status
    assert Review.objects.count() == 1
    arranger = make_person("arranger", ["Reviewers"])
    arranger.account.user_permissions.add(permission("arrange_review"))
    arranger = type(arranger).objects.get(pk=arranger.pk)
    page = sign_in(client, arranger).get(FIND, {"phrase": WRONG, "act": "withdraw"})
    assert [name for name, _ in page.context["acts"]] == ["review"]
    assert page.context["name"] == "review"
    for name in ("reopen", "withdraw"):
        with pytest.raises(NotAllowed):
            ACTS[name].carry_out([], by=arranger, reason="x")


def permission(codename):
    from django.contrib.auth.models import Permission

    return Permission.objects.get(codename=codename)


def test_how_others_judged_a_blind_seat_is_told_to_no_lead_who_may_still_judge_it_P5(at_desk, lea):
    Policy(
        name="Two",
        match_tag="python",
        approvals=2,
        position=1,
        criteria=Criteria.objects.get(name="Standard"),
    ).settle(by=None)
    wrong("a")
    decide(Review.objects.open().first(), make_person("ada"))
    page = ask(at_desk, "reopen")
    assert "approval" not in page.context["rows"][0].match.state
    assert found(page)["A"].startswith("Left alone")


def test_the_page_reads_texts_in_few_queries_however_many_there_are(at_desk, django_assert_max_num_queries):
    for number in range(3):
        wrong(f"n{number}")
    with django_assert_max_num_queries(12) as few:
        ask(at_desk)
    for number in range(3, 12):
        wrong(f"n{number}")
    with django_assert_max_num_queries(len(few)):
        assert len(found(ask(at_desk))) == 12


def test_a_title_that_is_markup_is_shown_as_text_S13(at_desk):
    make_article("a", title="<img src=x onerror=alert(1)>", body=WRONG)
    for page in (ask(at_desk), do(at_desk, ask(at_desk), "review", "<b>x</b>")):
        assert "<img src=x" not in page.content.decode()


def test_the_seat_of_a_lead_leads_to_all_of_its_batch_and_that_of_others_does_not(client, lea):
    seat = waiting("a", meta={"payload": {"generator": "writer", "batch": "May"}})
    assert "find_url" not in sign_in(client, make_person("ada")).get(url_of(seat)).context
    page = sign_in(client, lea).get(url_of(seat))
    assert page.context["find_url"] == f"{FIND}?generator=writer&batch=May&exact=1"
    assert titles(client.get(page.context["find_url"])) == [seat.revision.title]


# The page of batches --------------------------------------------------------------------------------------------


def test_a_lead_holds_a_batch_and_lifts_it_on_its_page(at_desk, lea):
    article = wrong("a", flagged=True, **payload())
    page = at_desk.get(BATCHES)
    assert "nothing is held" in page.content.decode()
    press(at_desk, page, "Hold", generator="writer", batch="batch May", reason="Half is wrong.")
    page = at_desk.get(BATCHES)
    [row] = page.context["rows"]
    assert (row["batch"], row["hold"].reason) == (Batch("writer", "batch May"), "Half is wrong.")
    assert titles(at_desk.get(row["find_url"])) == ["A"]
    assert [one["title"] for one in at_desk.get(row["queue_url"]).context["rows"]] == ["A"]
    seat = at_desk.get(url_of(Review.objects.open().get(article=article)))
    assert "Its batch is held:" in seat.content.decode()
    press(at_desk, page, "Lift it", reason="Mended.")
    assert Hold.objects.newest().first().reason == "Mended."
    assert at_desk.get(BATCHES).context["rows"] == []


def test_a_hold_without_a_reason_or_a_batch_is_refused_and_what_was_typed_stays(at_desk):
    page = at_desk.get(BATCHES)
    for typed in ({"batch": "batch May", "reason": ""}, {"batch": "May", "reason": "Because."}):
        response = press(at_desk, page, "Hold", generator="writer", **typed)
        assert response.status_code == 422
        assert response.context["typed"]["batch"] == typed["batch"]
    assert not Hold.objects.exists()


def test_the_page_of_batches_counts_each_sample_in_few_queries(at_desk, lea, django_assert_max_num_queries):
    from reviews.models import SamplePlan

    SamplePlan(name="All", rate=100).settle(by=None)
    for number in range(3):
        make_article(f"a{number}", **payload("May"))
    make_article("b", **payload("June"))
    decide(Review.objects.open().first(), make_person("ada"), "reject", "No.")
    holds.hold(Batch("writer", "batch July"), by=lea, reason="Late.")
    with django_assert_max_num_queries(9) as few:
        rows = at_desk.get(BATCHES).context["rows"]
    counted = {row["batch"].name: (row["drawn"], row["decided"], row["failed"]) for row in rows}
    assert counted == {"batch July": (0, 0, 0), "batch June": (1, 0, 0), "batch May": (3, 1, 1)}
    for number in range(10):
        make_article(f"c{number}", **payload(f"Week {number}"))
    with django_assert_max_num_queries(len(few)):
        assert len(at_desk.get(BATCHES).context["rows"]) == 13


def test_the_buttons_of_batches_stand_there_without_scripts(at_desk):
    assert has_button(at_desk.get(BATCHES), "Hold")
    assert reverse("reviews:find") == FIND
