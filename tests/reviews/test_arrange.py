"""Many at once: what a lead does to seats they tick, what is left alone, and what nobody can do this way."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.utils import timezone

from articles.models import Contributor, Person
from reviews import arranging, intake
from reviews.errors import NotAllowed
from reviews.models import Criteria, Decision, Label, Look, Policy, Review
from tests.makers import decide, make_article, make_document, make_person
from tests.reviews.desk import form_of, has_button, held, press, sign_in, sign_in_again, waiting

QUEUE, ARRANGE = "/review/", "/review/arrange/"


@pytest.fixture
def lea(db):
    return make_person("lea")


@pytest.fixture
def at_desk(client, lea):
    return sign_in(client, lea)


@pytest.fixture
def three(db):
    return [waiting(name, title=name.upper()) for name in "abc"]


def ask(client, action, seats, query=""):
    """Tick seats, choose an action and go on."""
    return client.post(ARRANGE + query, {"action": action, "seat": [seat.pk for seat in seats]})


def outcomes(response):
    return {outcome.seat.revision.title: outcome.words for outcome in response.context["outcomes"]}


def arrange(client, action, seats, button, **typed):
    page = ask(client, action, seats)
    form = form_of(page, button)
    fields = form.fields | typed | {"seat": [seat.pk for seat in seats]}
    return client.post(ARRANGE, fields)


def now_of(seat):
    return Review.objects.get(pk=seat.pk)


def test_nobody_but_leads_may_arrange_the_queue(client, three):
    ada = sign_in(client, make_person("ada"))
    assert not has_button(ada.get(QUEUE), "Go on")
    assert ask(ada, "label", three).status_code == 403
    for verb, value in [
        (arranging.keep_for, make_person("ben")),
        (arranging.label, "x"),
        (arranging.unlabel, "x"),
        (arranging.set_due, timezone.now()),
        (arranging.put_off, None),
        (arranging.send_back, "No."),
    ]:
        with pytest.raises(NotAllowed):
            verb(three, value, by=make_person("ada"))
    assert not Decision.objects.exists()


def test_what_is_ticked_is_shown_before_anything_is_done(at_desk, three):
    page = ask(at_desk, "put_off", three[:2])
    assert [seat.revision.title for seat in page.context["seats"]] == ["A", "B"]
    assert now_of(three[0]).deferred_until is None


def test_seats_are_kept_for_a_colleague_but_not_those_somebody_holds_or_the_colleague_wrote(at_desk, three):
    ada = make_person("ada")
    first, second, third = three
    Contributor.objects.create(revision=second.revision, person=ada, role="edited")
    third.claim(by=make_person("ben"))
    response = arrange(at_desk, "keep", three, "Keep these", colleague=str(ada.uuid), note="Your field.")
    left = "Left alone: somebody holds it, or ada may not judge it"
    assert outcomes(response) == {"A": "Kept for ada", "B": left, "C": left}
    assert now_of(first).reserved_for == ada
    assert Review.objects.claim_next(by=make_person("cleo", ["Reviewers"])) == second


def test_articles_are_labelled_found_by_it_and_unlabelled(at_desk, three):
    arrange(at_desk, "label", three[:2], "Label these", label="  Before  launch ")
    arrange(at_desk, "label", three[:1], "Label these", label="Before launch")
    page = at_desk.get(QUEUE, {"label": "before launch"})
    assert sorted(row["title"] for row in page.context["rows"]) == ["A", "B"]
    arrange(at_desk, "unlabel", three[:1], "Take it off", label="Before launch")
    page = at_desk.get(QUEUE, {"label": "before launch"})
    assert [row["title"] for row in page.context["rows"]] == ["B"]
    assert Label.objects.count() == 1


def test_a_label_is_one_in_every_spelling_and_none_that_grows_too_long(at_desk, three):
    arrange(at_desk, "label", three[:1], "Label these", label="Urgent")
    arrange(at_desk, "label", three[:1], "Label these", label="URGENT")
    assert Label.objects.count() == 1
    arrange(at_desk, "unlabel", three[:1], "Take it off", label="urgent")
    assert Label.objects.count() == 0
    response = arrange(at_desk, "label", three[:1], "Label these", label="ß" * 60)
    assert response.status_code == 422


def test_a_label_stays_with_the_article_when_its_text_is_edited(at_desk, three):
    arrange(at_desk, "label", three[:1], "Label these", label="Watched")
    make_article("a", title="A, rewritten", flagged=True)
    page = at_desk.get(QUEUE, {"label": "watched"})
    assert [row["title"] for row in page.context["rows"]] == ["A, rewritten"]


def test_a_due_date_is_set_for_every_open_seat_of_the_text(at_desk):
    criteria = Criteria.objects.get(name="Standard")
    Policy(name="Two", match_tag="python", approvals=2, position=1, criteria=criteria).settle(by=None)
    seats = list(Review.objects.filter(article=make_article("two")))
    day = timezone.now().date() + timedelta(days=3)
    arrange(at_desk, "due", seats[:1], "Set it", due=str(day))
    assert [now_of(seat).due_at.date() for seat in seats] == [day, day]


@pytest.mark.parametrize("day", ["2020-01-01", "2999-01-01", "soon", ""])
def test_a_day_that_is_none_is_refused_and_what_was_ticked_stays(at_desk, three, day):
    response = arrange(at_desk, "due", three, "Set it", due=day)
    assert response.status_code == 422
    assert len(response.context["seats"]) == 3
    assert now_of(three[0]).due_at == three[0].due_at


def test_what_is_put_off_is_offered_to_nobody_until_it_is_brought_back(at_desk, lea, three):
    day = timezone.now().date() + timedelta(days=2)
    arrange(at_desk, "put_off", three, "Put these off", until=str(day))
    assert Review.objects.claim_next(by=lea) is None
    assert len(at_desk.get(QUEUE, {"show": "put_off"}).context["rows"]) == 3
    arrange(at_desk, "put_off", three[1:2], "Put these off", until="")
    assert Review.objects.claim_next(by=lea) == three[1]


def test_texts_are_sent_back_together_each_by_a_decision_of_its_own(at_desk, lea, three):
    first, second, third = three
    Contributor.objects.create(revision=second.revision, person=lea, role="edited")
    third.claim(by=make_person("ben"))
    response = arrange(at_desk, "send_back", three, "Send these back", note="Name the version.")
    assert outcomes(response) == {
        "A": "Sent back",
        "B": "Left alone: You contributed to this text, so somebody else decides on it.",
        "C": "Left alone: ben holds it",
    }
    [decision] = Decision.objects.all()
    assert (decision.digest, decision.person, str(decision.note)) == (first.digest, lea, "Name the version.")
    assert now_of(second).is_open
    assert now_of(third).claimed_by == make_person("ben")


def test_who_sends_many_back_has_looked_at_none_of_them_and_gets_none_of_them_first(lea, three):
    lea.account.groups.add(Group.objects.get(name="Reviewers"))
    lea = Person.objects.get(pk=lea.pk)
    arranging.send_back([Review.objects.select_related("revision").get(pk=three[0].pk)], "No.", by=lea)
    decide(three[1], lea, "request_changes", note="No.")
    for seat in three[:2]:
        document = make_document(seat.article.source_id, flagged=True, body="New.")
        intake.edit(seat.article, document, by=make_person("edith"), seen=seat.digest)
    kept = Review.objects.open().filter(reserved_for=lea)
    assert list(kept.values_list("article", flat=True)) == [three[1].article_id]
    assert list(Look.objects.values_list("article", flat=True)) == [three[1].article_id]


def test_nothing_is_approved_or_rejected_many_at_once(at_desk, three):
    for action in ("approve", "reject", "", "send_back.approve"):
        assert ask(at_desk, action, three).status_code == 422
    page = ask(at_desk, "send_back", three)
    fields = form_of(page, "Send these back").fields | {"note": "x", "verdict": "approve"}
    at_desk.post(ARRANGE, fields)
    assert not Decision.objects.approvals().exists()


def test_all_that_is_listed_can_be_chosen_and_no_more_than_is_named_on_the_page(at_desk, three, monkeypatch):
    waiting("other", title="Other", meta={"stack": ["go"]})
    page = at_desk.post(f"{ARRANGE}?tag=python", {"action": "label", "everything": "1"})
    assert len(page.context["seats"]) == 3
    monkeypatch.setattr(arranging, "MOST_AT_ONCE", 2)
    page = at_desk.post(f"{ARRANGE}?tag=python", {"action": "label", "everything": "1"})
    assert (len(page.context["seats"]), page.context["more"]) == (2, True)


def test_what_was_closed_meanwhile_is_not_among_what_is_chosen(at_desk, three):
    Review.objects.filter(pk=three[0].pk).close(Review.State.MOOT)
    assert len(ask(at_desk, "label", three).context["seats"]) == 2
    assert ask(at_desk, "label", three[:1]).status_code == 422
    assert ask(at_desk, "label", []).status_code == 422


def test_a_seat_that_closes_between_the_look_and_the_act_is_said_to_be_left_alone(lea, three):
    Review.objects.filter(pk=three[0].pk).close(Review.State.MOOT)
    found = {
        one.seat: one.done for one in arranging.put_off(three, timezone.now() + timedelta(days=1), by=lea)
    }
    assert found == {three[0]: False, three[1]: True, three[2]: True}
    assert now_of(three[0]).deferred_until is None


def test_who_arranged_it_stands_in_the_articles_history(at_desk, lea, three):
    arrange(at_desk, "label", three[:1], "Label these", label="Watched")
    [entry] = LogEntry.objects.filter(user=lea.account)
    assert entry.object_id == str(three[0].article_id)
    assert "Labelled “watched”" in entry.get_change_message()


def test_a_lost_session_keeps_the_note_and_does_nothing(at_desk, lea, three):
    page = ask(at_desk, "send_back", three[:1])
    fields = form_of(page, "Send these back").fields | {"note": "Name the version.", "seat": three[0].pk}
    at_desk.logout()
    response = at_desk.post(ARRANGE, fields)
    response = sign_in_again(at_desk, response, "lea")
    assert form_of(response, "Send these back").fields["note"] == "Name the version."
    assert not Decision.objects.exists()


def test_arranging_costs_the_same_queries_for_two_and_for_seven(at_desk, lea, django_assert_max_num_queries):
    seats = [waiting(f"n-{number}") for number in range(7)]
    for verb, value in [
        (arranging.keep_for, make_person("ada")),
        (arranging.label, "x"),
        (arranging.put_off, None),
    ]:
        with django_assert_max_num_queries(12):
            verb(seats, value, by=lea)


def test_a_held_seat_is_marked_where_it_is_chosen(at_desk):
    seat = held(make_person("ada"))
    assert "held by ada" in ask(at_desk, "label", [seat]).content.decode()


def test_the_queue_offers_it_to_leads(at_desk, three):
    page = at_desk.get(QUEUE)
    assert has_button(page, "Go on")
    response = press(at_desk, page, "Go on", everything="1", action="label")
    assert len(response.context["seats"]) == 3
