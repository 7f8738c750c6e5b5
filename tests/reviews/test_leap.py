"""Next leaps over what is not for a person, however much of it stands in a row, and gives nothing out of order."""

from datetime import timedelta
from random import Random
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Contributor, ImportRun, Person
from reviews import intake, lapsing, queue, standing
from reviews.models import Decision, Policy, Review, Skip
from reviews.models import review as seats
from reviews.models.leap import LONGEST, written
from reviews.queue import Asked
from tests.makers import approve, decide, make_article, make_document, make_person, make_released
from tests.reviews.desk import waiting


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def ben(db):
    return make_person("ben")


def barred(**which):
    """Whom the open seats are not for, by name."""
    [said] = {seat.barred for seat in Review.objects.open().filter(**which)}
    return {str(Person.objects.get(pk=pk)) for pk in said.split()}


def place(person):
    """The rank that Next begins at for this person; None where it finds nothing for them."""
    return Person.objects.filter(pk=person.pk).values_list(seats.first_place(person), flat=True).get()


# What stands on a seat --------------------------------------------------------------------------------------------


def test_who_wrote_and_who_edited_a_text_stand_on_its_seats(ada, ben):
    article = intake.write(make_document(flagged=True), by=ada)
    assert barred() == {"ada"}
    intake.edit(
        article, make_document(flagged=True, title="Better"), by=ben, seen=article.latest_revision.digest
    )
    assert barred() == {"ada", "ben"}


@pytest.mark.parametrize("excluded", [True, False])
def test_who_ran_the_import_stands_there_where_the_policy_says_so(ada, excluded):
    Policy.objects.update(exclude_importer=excluded)
    make_article(flagged=True, run=ImportRun.objects.create(person=ada, source="x"))
    assert barred() == ({"ada"} if excluded else set())


def test_where_four_eyes_are_off_no_author_stands_there_until_it_is_asked_for(ada, ben):
    Policy.objects.update(four_eyes=False)
    article = intake.write(make_document(flagged=True), by=ada)
    assert barred() == set()
    Policy.objects.update(four_eyes=True)
    intake.flag(article.latest_revision, by=ben)
    assert barred() == {"ada"}


def test_who_decided_stands_on_the_other_seats_until_it_is_taken_back(ada, ben):
    Policy.objects.update(approvals=2)
    article = make_article(flagged=True)
    approve(article, ada)
    assert barred() == {"ada"}
    Decision.objects.get().revoke(by=ben, reason="Too fast.")
    assert barred() == set()


def test_who_approved_a_text_that_grew_old_may_take_it_again(ada, monkeypatch):
    article = make_released()
    monkeypatch.setattr(
        standing, "timezone", SimpleNamespace(now=lambda: timezone.now() + timedelta(days=1000))
    )
    Article.objects.filter(pk=article.pk).update(indexable_until=timezone.now() - timedelta(days=1))
    lapsing.ask_again()
    assert Review.objects.claim_next(by=ada).barred == ""


def test_who_stands_there_may_not_judge_it(ada, ben):
    """Written wrongly, a seat would wait for ever for who alone may take it."""
    Policy.objects.update(approvals=3, exclude_importer=True)
    run = ImportRun.objects.create(person=ben, source="x")
    article = make_article(flagged=True, run=run)
    decide(Review.objects.open().first(), ada)
    intake.edit(
        article,
        make_document(flagged=True, title="B"),
        by=make_person("edith"),
        seen=article.latest_revision.digest,
    )
    found = 0
    for seat in Review.objects.open():
        for pk in seat.barred.split():
            found += 1
            assert seat.bars(Person.objects.get(pk=pk))
    assert found == 6


def test_more_people_than_there_is_room_for_are_left_out_and_nobody_is_cut_in_half():
    many = written(range(1000, 1100))
    assert len(many) <= LONGEST
    assert {int(one) for one in many.split()} <= set(range(1000, 1100))
    assert written({30, 4}) == " 4 30 "
    assert written([]) == ""


# Leaping ----------------------------------------------------------------------------------------------------------


def bar(person, *reviews):
    """Give this person a hand in these texts, as intake writes it down."""
    for one in reviews:
        Contributor.objects.create(revision=one.revision, person=person, role="edited")
        Review.objects.filter(pk=one.pk).note_barred()


@pytest.fixture
def seven(db):
    return [waiting(f"n-{number}", title=f"N {number}") for number in range(7)]


def test_what_is_not_theirs_is_one_step_however_much_it_is(seven, ada, ben, monkeypatch):
    monkeypatch.setattr(seats, "NEAR", 2)
    bar(ada, *seven[:5])
    assert place(ada) == seven[5].rank
    assert Review.objects.claim_next(by=ada) == seven[5]
    assert place(ben) == seats.UNBOUND, "the top of the queue is for him: he has nothing to leap over"
    assert Review.objects.claim_next(by=ben) == seven[0]


def test_where_nothing_is_theirs_they_get_nothing(seven, ada, monkeypatch):
    monkeypatch.setattr(seats, "NEAR", 2)
    bar(ada, *seven)
    assert place(ada) is None
    assert Review.objects.claim_next(by=ada) is None


def test_somebody_whose_number_stands_in_another_number_is_not_taken_for_them(seven, monkeypatch):
    monkeypatch.setattr(seats, "NEAR", 2)
    ada = make_person("ada")
    longer = Person.objects.create(pk=int(f"{ada.pk}{ada.pk}"))
    bar(longer, *seven[:5])
    assert place(ada) == seats.UNBOUND
    assert Review.objects.claim_next(by=ada) == seven[0]


@pytest.mark.parametrize("seed", range(12))
def test_leaping_gives_what_looking_at_each_gives(seed, ada, ben, monkeypatch):
    """Whatever is barred, held, skipped, kept and put off: the same seat, to the last one."""
    monkeypatch.setattr(seats, "NEAR", 1)
    chance = Random(seed)
    people = [ada, ben, make_person("cem", ["Reviewers"])]
    Policy.objects.update(approvals=2)
    for number in range(12):
        make_article(f"n-{number}", flagged=True)
    later = timezone.now() + timedelta(hours=1)
    for seat in Review.objects.open():
        for person in chance.sample(people, chance.choice([0, 0, 1, 2])):
            if not Contributor.objects.filter(revision=seat.revision, person=person).exists():
                bar(person, seat)
        match chance.randrange(8):
            case 0:
                Skip.objects.get_or_create(
                    person=chance.choice(people), review=seat, defaults={"reason": "x"}
                )
            case 1:
                Review.objects.filter(pk=seat.pk).reserve(chance.choice(people))
            case 2:
                Review.objects.filter(pk=seat.pk).update(deferred_until=later)
    # What was open before seats said so is passed over one by one.
    Review.objects.filter(pk__in=chance.sample(range(1, 99), 9)).update(barred="")
    while True:
        person = chance.choice(people)
        asked = chance.choice([Asked(), Asked(narrowed={"tag": "python"})])
        offered = asked.seats(person).offered_to(person)
        wanted = offered.kept_for(person).first() or offered.first()
        given = queue.take_next(person, asked)
        assert given == wanted
        if given is None and not any(Review.objects.offered_to(one).exists() for one in people):
            break
        if given and chance.random() < 0.5:
            Review.objects.filter(pk=given.pk).close(Review.State.MOOT)
        elif given:
            Review.objects.filter(pk=given.pk).update(claimed_until=Now() + timedelta(hours=9))


def test_in_a_list_that_is_narrowed_one_index_finds_orders_and_bounds(seven, ada):
    with CaptureQueriesContext(connection) as seen:
        queue.take_next(ada, Asked(narrowed={"tag": "python"}))
    [claiming] = [one["sql"] for one in seen if one["sql"].startswith("UPDATE")]
    assert claiming.count('JOIN "reviews_facet"') == 1
