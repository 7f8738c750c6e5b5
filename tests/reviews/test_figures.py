"""Figures for leads at /review/figures/: each against a plain count in Python, and who may see them."""

import csv
import io
import math
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from statistics import median_low

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from articles.models import Article
from reviews import figures, intake
from reviews.models import Criteria, Decision, Finding, Policy, Review
from tests.makers import answers_for, decide, make_article, make_person
from tests.reviews.desk import sign_in

PAGE = "/review/figures/"
NOW = datetime(2026, 11, 20, 15, 40, tzinfo=UTC)
PERIOD = figures.Period(date(2026, 11, 1), date(2026, 11, 20))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def lea(db):
    return make_person("lea")


@pytest.fixture
def at_figures(client, lea):
    return sign_in(client, lea)


@pytest.fixture
def two_readers(db):
    """A policy that gives every text about Python two seats."""
    criteria = Criteria.objects.get(name="Standard")
    Policy(name="Two", match_tag="python", approvals=2, position=1, criteria=criteria).settle(by=None)


def at(day, hour=9, minute=0):
    return time_machine.travel(datetime(2026, 11, day, hour, minute, tzinfo=UTC), tick=False)


def seats_of(source_id, **changes):
    article = make_article(source_id, title=source_id, flagged=True, **changes)
    return list(Review.objects.open().filter(article=article).order_by("seat"))


def judge(seat, person, verdict="approve", *, failed=(), shown=None):
    """Decide a seat with these questions failed and this on the screen."""
    seat = seat.claim(by=person)
    answers = [
        answer | {"answer": "fail" if answer["id"] in failed else "pass"} for answer in answers_for(seat)
    ]
    return seat.decide(
        verdict,
        by=person,
        token=seat.claim_token,
        seen=seat.digest,
        answers=answers,
        note="Mend it." if verdict != "approve" else "",
        shown=shown,
    )


def rows_of(name, person=None, period=PERIOD):
    with time_machine.travel(NOW, tick=False):
        return figures.FIGURES[name].find(period, person)


def csv_of(response):
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(b"".join(response).decode(), newline="")))


# Who may --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ada", "edith", "otto"])
@pytest.mark.parametrize("path", [PAGE, f"{PAGE}people.csv"])
def test_reviewers_editors_and_auditors_may_not_see_figures(client, db, name, path):
    assert sign_in(client, make_person(name)).get(path).status_code == 403


def test_signed_out_visitors_sign_in_first_and_nothing_is_stored_or_indexed(client, lea):
    assert client.get(PAGE).url == f"/sign-in/?next={PAGE}"
    headers = sign_in(client, lea).get(f"{PAGE}queue.csv").headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Robots-Tag"] == "noindex"


def test_only_leads_find_a_link_to_the_figures_at_the_desk(client, lea):
    assert f'href="{PAGE}"' in sign_in(client, lea).get("/review/").content.decode()
    assert f'href="{PAGE}"' not in sign_in(client, make_person("ada")).get("/review/").content.decode()


# Which days -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("", ("2026-10-22", "2026-11-20")),
        ("?from=2026-11-01&to=2026-11-05", ("2026-11-01", "2026-11-05")),
        ("?from=2026-11-01&to=2030-01-01", ("2026-11-01", "2026-11-20")),
        ("?from=2026-11-19", ("2026-11-19", "2026-11-20")),
        ("?to=2026-11-05", ("2026-10-07", "2026-11-05")),
        ("?from=2025-11-20&to=2026-11-20", ("2025-11-20", "2026-11-20")),
    ],
)
def test_the_days_are_those_asked_for_else_the_last_thirty(at_figures, query, days):
    with time_machine.travel(NOW):
        context = at_figures.get(PAGE + query).context
    assert (str(context["period"].first), str(context["period"].last)) == days
    assert not context["complaint"]


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2026-11-05&to=2026-11-04",
        "from=2026-11-21&to=2026-11-22",
        "from=2025-11-19&to=2026-11-20",
        "to=0001-01-01",
        "from=2026-02-30",
    ],
)
def test_days_that_cannot_be_shown_get_one_sentence_and_the_last_thirty_but_no_file(at_figures, query):
    with time_machine.travel(NOW):
        response = at_figures.get(f"{PAGE}?{query}")
        refused = at_figures.get(f"{PAGE}queue.csv?{query}")
    assert response.context["period"] == figures.Period(date(2026, 10, 22), date(2026, 11, 20))
    assert response.context["complaint"] in response.content.decode()
    assert refused.status_code == 400
    assert refused.content.decode() == response.context["complaint"]


def test_days_without_anything_say_so_in_words(at_figures):
    text = at_figures.get(PAGE).content.decode()
    for figure in figures.FIGURES.values():
        assert figure.empty in text
    assert "<table" not in text


# The queue ------------------------------------------------------------------------------------------------------------


def scattered_seats(rng, count):
    """Seats opened, decided and superseded at any time from before the period until now."""
    article = make_article("scattered")
    revision = article.latest_revision
    span = (NOW - datetime(2026, 10, 10, tzinfo=UTC)).total_seconds()
    rows = []
    for number in range(count):
        midnight = datetime(2026, 11, 20, tzinfo=UTC) - rng.randint(0, 30) * DAY
        opened = rng.choice(
            [NOW - timedelta(seconds=rng.uniform(0, span)), midnight, midnight - timedelta(microseconds=1)]
        )
        closed = opened + timedelta(seconds=rng.choice([0, rng.uniform(0, span)]))
        closed = closed if closed < NOW and rng.random() < 0.8 else None
        rows.append(
            Review(
                article=article,
                revision=revision,
                digest=revision.digest,
                seat=number + 1,
                rank=0,
                opened_at=opened,
                closed_at=closed,
                state=rng.choice([*figures.VERDICTS, "superseded", "moot"]) if closed else "open",
            )
        )
    return Review.objects.bulk_create(rows)


def expected_day(seats, day):
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = begin + DAY
    closed = [seat for seat in seats if seat.closed_at and begin <= seat.closed_at < end]
    decided = [seat for seat in closed if seat.state in figures.VERDICTS]
    still = [
        seat for seat in seats if seat.opened_at < end and (seat.closed_at is None or seat.closed_at >= end)
    ]
    # Today is counted up to the end of this hour, so that ages are begun hours there, too.
    until = min(end, NOW.replace(minute=0) + HOUR)
    ages = [math.ceil((until - seat.opened_at) / HOUR) * 60 for seat in still]
    return [
        day,
        sum(begin <= seat.opened_at < end for seat in seats),
        len(decided),
        len(closed) - len(decided),
        len(still),
        max(ages, default=None),
        median_low(ages) if ages else None,
    ]


@pytest.mark.parametrize("seed", range(3))
def test_each_day_of_the_queue_is_what_counting_seat_by_seat_gives(db, seed):
    seats = scattered_seats(random.Random(seed), 150)
    rows = rows_of("queue")
    assert rows == [expected_day(seats, day) for day in reversed(PERIOD.days)]
    for earlier, later in zip(rows[1:], rows, strict=False):
        _, opened, decided, otherwise, still_open, *_ = later
        assert still_open - earlier[4] == opened - decided - otherwise


# Decisions ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def decided(lea):
    """Twelve texts, decided on four days by two people; one verdict is taken back."""
    ada, ben = make_person("ada"), make_person("ben")
    verdicts = ["approve", "request_changes", "approve", "reject"]
    for number in range(12):
        with at(2 + number % 4, 8):
            [seat] = seats_of(f"text-{number}")
        with at(3 + number % 4 * 2, 9, number):
            judge(seat, [ada, ben, ada][number % 3], verdicts[number % 4])
    with at(19):
        Decision.objects.order_by("pk").first().revoke(by=lea, reason="Too early.")
    Review.objects.open().delete()  # the fresh seat, which would keep its text out of figures of single people
    with at(1, 0), time_machine.travel(datetime(2026, 10, 31, 23, 59, tzinfo=UTC), tick=False):
        [seat] = seats_of("before")
        judge(seat, ada)
    return list(
        Decision.objects.verdicts().select_related("person", "review").filter(decided_at__gte=PERIOD.start)
    )


def counted(decisions):
    by_verdict = Counter(decision.verdict for decision in decisions)
    return [
        len(decisions),
        *(by_verdict[verdict] for verdict in figures.VERDICTS),
        sum(not decision.is_standing for decision in decisions),
    ]


def test_decisions_are_counted_by_day_and_by_person_with_those_revoked_since(decided):
    assert rows_of("decisions") == [
        [day, *counted([one for one in decided if one.decided_at.date() == day])]
        for day in reversed(PERIOD.days)
    ]
    assert rows_of("people") == [
        [name, *counted([one for one in decided if str(one.person) == name])] for name in ("ada", "ben")
    ]
    assert sum(row[5] for row in rows_of("people")) == 1


def test_how_a_text_was_judged_that_others_still_judge_is_in_no_figure_of_single_people_P5(lea, two_readers):
    ada, ben = make_person("ada"), make_person("ben")
    with at(3):
        first, second = seats_of("pair")
        judge(first, ada)
        assert rows_of("people") == []
        assert rows_of("decisions")[-3][:2] == [date(2026, 11, 3), 1]
        judge(second, ben)
    assert [row[:2] for row in rows_of("people")] == [["ada", 1], ["ben", 1]]


def nearest_rank(times, share):
    return sorted(times)[math.ceil(len(times) * share) - 1] // MINUTE


def test_time_to_decide_counts_from_opening_and_from_taking(decided):
    for number, decision in enumerate(decided[1:]):  # of the first nobody knows when it was taken
        Review.objects.filter(pk=decision.review_id).update(
            claimed_at=decision.decided_at - number**2 * MINUTE - timedelta(seconds=30)
        )
    Review.objects.filter(pk=decided[0].review_id).update(claimed_at=None)
    expected = []
    for name in (None, "ada", "ben"):
        some = [one for one in decided if name in (None, str(one.person))]
        reviews = {one: Review.objects.get(pk=one.review_id) for one in some}
        waited = [one.decided_at - reviews[one].opened_at for one in some]
        judged = [one.decided_at - reviews[one].claimed_at for one in some if reviews[one].claimed_at]
        expected.append([name or "Everybody"])
        for times in (waited, judged):
            expected[-1] += [len(times), nearest_rank(times, 0.5), nearest_rank(times, 0.9)]
    assert rows_of("time") == expected


def test_when_a_seat_was_taken_is_known_after_its_claim_ended(lea):
    [seat] = seats_of("taken")
    decision = decide(seat, make_person("ada"))
    seat.refresh_from_db()
    assert seat.claimed_by is None
    assert abs(decision.decided_at - seat.claimed_at) < HOUR


# Second reviews -------------------------------------------------------------------------------------------------------


def test_agreement_compares_each_verdict_with_those_of_others_on_the_same_text(lea, two_readers):
    ada, ben = make_person("ada"), make_person("ben")
    for number, verdict in enumerate(["approve", "approve", "reject"]):
        with at(4, number):
            first, second = seats_of(f"pair-{number}")
            judge(first, ada)
            judge(second, ben, verdict)
    with at(5):
        first, second = seats_of("taken-back")
        judge(first, ada).revoke(by=lea, reason="By mistake.")
        judge(second, ben, "reject")
    with at(6):
        judge(seats_of("alone")[0], ada)
    assert rows_of("agreement") == [["Everybody", 3, 2, 2 / 3], ["ada and ben", 3, 2, 2 / 3]]
    [[text, when, before, then]] = rows_of("disagreements", lea)
    rejection = Decision.objects.get(verdict="reject", article__source_id="pair-2")
    assert (text, text.url) == ("pair-2", reverse("reviews:review", args=[rejection.review_id]))
    assert (when, before, then) == (rejection.decided_at, "ada approved", "ben rejected")


def test_a_lead_who_may_still_judge_a_text_learns_of_no_disagreement_on_it_P5(at_figures, lea):
    ada, ben = make_person("ada"), make_person("ben")
    criteria = Criteria.objects.get(name="Standard")
    Policy(name="Two", match_tag="python", approvals=2, position=1, criteria=criteria).settle(by=None)
    with at(4):
        first, second = seats_of("blind")
        judge(first, ada)
        judge(second, ben, "reject")
        revision = Article.objects.get(source_id="blind").latest_revision
        Decision.objects.get(verdict="reject").revoke(by=ben, reason="Look again.")
    with at(5):
        third = Review.objects.open().get(article=revision.article)
        judge(third, lea, "request_changes")
    assert len(rows_of("disagreements", lea)) == 1  # her own, against Ada's
    with at(6):
        intake.flag(revision, by=make_person("edith"))
    zoe = make_person("zoe", ["Leads"])
    assert Review.objects.free().for_judging_by(zoe).filter(revision=revision).exists()
    assert rows_of("disagreements", zoe) == []
    assert rows_of("agreement", zoe) == []
    assert len(rows_of("disagreements", lea)) == 1


# Sending back ---------------------------------------------------------------------------------------------------------


def test_reasons_for_sending_back_are_failed_questions_blocking_findings_shown_and_why_it_was_reviewed(lea):
    ada = make_person("ada")
    broken = {"body": "As an AI, I cannot. [insert a name here]"}
    with at(7):
        [one], [two], [three], [good] = (
            seats_of("one", **broken),
            seats_of("two", **broken),
            seats_of("three"),
            seats_of("good"),
        )
        first, second = [answer["id"] for answer in answers_for(one)][:2]
        judge(one, ada, "reject", failed=[first], shown={"findings": blocking_of(one)})
        judge(two, ada, "request_changes", failed=[first, second], shown={"findings": []})
        judge(three, ada, "request_changes", failed=[second])
        judge(good, ada)
    texts = {answer["id"]: answer["text"] for answer in answers_for(one)}
    code = Finding.objects.get(pk=blocking_of(one)[0]).code
    assert sorted(rows_of("sent-back")) == sorted(
        [
            [texts[first], "Question", 1, 1, 2, 2 / 3],
            [texts[second], "Question", 2, 0, 2, 2 / 3],
            [code, "Finding", 0, 1, 1, 1 / 3],
            ["The document asks for human review", "Reason", 2, 1, 3, 1.0],
            ["A check found something blocking", "Reason", 1, 1, 2, 2 / 3],
        ]
    )
    assert [row[4] for row in rows_of("sent-back")] == [3, 2, 2, 2, 1]


def blocking_of(seat):
    return list(
        Finding.objects.blocking().filter(run__revision=seat.revision_id).values_list("pk", flat=True)
    )


# Reading --------------------------------------------------------------------------------------------------------------


def test_words_and_new_words_are_summed_by_day_and_by_generator(lea):
    ada = make_person("ada")
    for number, (generator, day, words, new) in enumerate(
        [("alpha", 3, 100, 100), ("alpha", 3, 300, 100), ("beta", 9, 50, 10), (None, 9, 0, 0)]
    ):
        with at(day):
            meta = {"payload": {"generator": generator} if generator else {}}
            [seat] = seats_of(f"read-{number}", meta=meta)
            judge(seat, ada, shown={"words": words, "new_words": new, "folded": []})
    with at(9):
        judge(seats_of("before words were counted")[0], ada)
    days = {row[0]: row[1:] for row in rows_of("reading")}
    assert days[date(2026, 11, 3)] == [2, 400, 200, 0.5]
    assert days[date(2026, 11, 9)] == [2, 50, 10, 0.8]
    assert days[date(2026, 11, 4)] == [0, 0, 0, None]
    assert len(days) == len(PERIOD.days)
    assert rows_of("generators") == [
        ["alpha", 2, 400, 200, 0.5],
        ["beta", 1, 50, 10, 0.8],
        ["(not said)", 1, 0, 0, None],
    ]


# Files and people -----------------------------------------------------------------------------------------------------


def test_every_table_is_a_file_with_the_same_rows_and_a_name_that_says_what_it_is(at_figures, decided):
    query = f"?from={PERIOD.first}&to={PERIOD.last}"
    with time_machine.travel(NOW):
        for name, figure in figures.FIGURES.items():
            response = at_figures.get(f"{PAGE}{name}.csv{query}")
            assert response.streaming
            assert response["Content-Type"].startswith("text/csv; charset=utf-8")
            assert (
                response["Content-Disposition"]
                == f'attachment; filename="review-{name}-2026-11-01-to-2026-11-20.csv"'
            )
            assert len(csv_of(response)) == 1 + len(figure.find(PERIOD, decided[0].person))
        raw = b"".join(at_figures.get(f"{PAGE}time.csv{query}"))
        missing = at_figures.get(f"{PAGE}nothing.csv")
    assert raw.count(b"\r\n") == raw.count(b"\n") == 4
    assert raw.startswith(b'"Who","Decisions","Opened to decided, median (minutes)"')
    assert missing.status_code == 404


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_what_a_spreadsheet_would_run_is_inert_in_a_file_S11(at_figures, lea, name):
    with at(3):
        [seat] = seats_of("generated", meta={"payload": {"generator": name}})
        person = make_person("mallory", ["Reviewers"])
        person.name = name
        person.save()
        judge(seat, person, shown={"words": 5, "new_words": 5})
    with time_machine.travel(NOW):
        _, [who, *_] = csv_of(at_figures.get(f"{PAGE}people.csv"))
        _, [generator, *_] = csv_of(at_figures.get(f"{PAGE}generators.csv"))
    assert who == f"'{name}"
    assert generator.startswith("'") or not generator.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_title_is_one_cell_whatever_separates_the_cells_of_a_spreadsheet_S11(at_figures, lea, two_readers):
    with at(3):
        first, second = seats_of("x;=HYPERLINK(1)")
        judge(first, make_person("ada"))
        judge(second, make_person("ben"), "reject")
    with time_machine.travel(NOW):
        raw = b"".join(at_figures.get(f"{PAGE}disagreements.csv")).decode()
    assert raw.splitlines()[1].startswith('"x;=HYPERLINK(1)",')


def test_all_that_two_people_judged_differently_is_listed_and_not_only_what_comes_first(
    at_figures, lea, two_readers
):
    """What the person who asks may not know of yet takes nobody's place."""
    with at(3):
        for number in range(3):
            first, second = seats_of(f"text-{number}")
            judge(first, make_person("ada"))
            judge(second, make_person("ben"), "reject")
    assert len(rows_of("disagreements", lea)) == 3


@pytest.mark.parametrize("name", figures.FIGURES)
def test_every_table_is_one_query(decided, lea, name, django_assert_num_queries):
    lea.account.get_all_permissions()
    with time_machine.travel(NOW, tick=False), django_assert_num_queries(1):
        figures.FIGURES[name].find(PERIOD, lea)


def test_a_site_that_wants_no_figures_of_single_people_has_none(at_figures, decided, settings):
    settings.FIGURES_BY_PERSON = False
    query = f"?from={PERIOD.first}&to={PERIOD.last}"
    with time_machine.travel(NOW):
        text = at_figures.get(PAGE + query).content.decode()
        assert at_figures.get(f"{PAGE}people.csv{query}").status_code == 404
        assert [row[0] for row in csv_of(at_figures.get(f"{PAGE}time.csv{query}"))] == ["Who", "Everybody"]
    assert "Everybody" in text
    assert ">ada<" not in text
    assert ">ben<" not in text


def test_the_page_asks_as_much_of_the_database_however_much_there_is(at_figures, lea, two_readers):
    def judged(count, start):
        for number in range(start, start + count):
            first, second = seats_of(f"text-{number}")
            judge(first, make_person("ada"))
            judge(second, make_person("ben"), "reject", failed=[answers_for(second)[0]["id"]])

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert at_figures.get(PAGE).status_code == 200
        return len(captured)

    judged(1, 0)
    few = queries()
    judged(6, 1)
    assert queries() == few <= 17
