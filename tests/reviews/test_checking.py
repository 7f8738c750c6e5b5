"""The checks behind an import: what happens beside them, and what they leave."""

import pytest

from articles.models import Signature
from reviews import checking, checks, gate, intake, lookalikes
from reviews.erasure import erase_text
from reviews.models import CheckRun, Due, Facet, Finding, Label, Policy, Requirement, Review, SamplePlan
from tests.articles.test_signatures import prose
from tests.makers import make_document, make_person

pytestmark = pytest.mark.django_db

SECRET = f"It was run with AKI{'A' * 17}, as before.\n"


@pytest.fixture
def landed():
    """A text with a secret in it, landed and not checked yet."""
    (received,) = intake.receive_many([make_document("note-1", body=SECRET)])
    return received.revision


def test_what_is_erased_while_it_is_checked_leaves_nothing_behind_P2(landed, monkeypatch):
    look = checks.look

    def meanwhile(*arguments):
        erase_text(landed.text, by=make_person("lea"), reason="A secret.")
        return look(*arguments)

    monkeypatch.setattr(checks, "look", meanwhile)
    checking.check_due()
    assert not Finding.objects.exists()
    assert not Signature.objects.exists()
    assert not Requirement.objects.exclude(detail="").exists()
    assert not Due.objects.exists()


def test_a_text_that_somebody_opened_first_is_sent_to_review_all_the_same(landed):
    checks.catch_up(landed)
    assert checking.check_due() == {"checked": 1, "flagged": 1}
    assert CheckRun.objects.count() == 1
    assert Review.objects.open().get().reasons == ["finding"]


def test_a_batch_that_meets_another_checker_is_taken_again(landed, monkeypatch):
    store, met = checks.store, []

    def late(noticed):
        if not met:
            met.append(store(noticed))
        return store(noticed)

    monkeypatch.setattr(checks, "store", late)
    assert checking.check_due()["checked"] == 1
    assert CheckRun.objects.count() == 1


@pytest.mark.parametrize("written", ["Security.", "\uff33ecurity", "Secu\u200brity", "  SECURITY "])
def test_a_policy_on_a_tag_holds_for_every_spelling_of_it_P1(written):
    policy = Policy(name="Two", match_tag="security", approvals=2, position=1)
    policy.criteria = Policy.objects.get(is_default=True).criteria
    policy.settle(by=None)
    (received,) = intake.receive_many([make_document("note-1", tags=[written])])
    checking.check_due()
    assert not gate.look(received.revision).is_open
    assert Review.objects.open().count() == 2


def land(*names, **how):
    return [one.revision for one in intake.receive_many([make_document(name, **how) for name in names])]


def test_a_batch_takes_the_same_queries_for_one_flagged_text_and_for_many(django_assert_max_num_queries):
    land("first", body=SECRET)
    with django_assert_max_num_queries(70) as few:
        checking.check_due()
    land(*(f"note-{number}" for number in range(6)), body=SECRET)
    with django_assert_max_num_queries(len(few) + 2):
        assert checking.check_due() == {"checked": 6, "flagged": 6}
    assert Review.objects.open().count() == 7


def test_an_article_that_was_labelled_meanwhile_is_found_under_its_label(landed):
    Label.objects.create(article=landed.article, name="later", person=make_person("lea"))
    checking.check_due()
    assert Facet.objects.filter(review__article=landed.article, key="label:later").exists()


def test_an_article_that_is_drawn_and_was_labelled_meanwhile_is_found_under_its_label():
    SamplePlan(name="All", rate=100).settle(by=None)
    revision = land("clean", body="Nothing.\n")[0]
    Label.objects.create(article=revision.article, name="later", person=make_person("lea"))
    checking.check_due()
    assert Facet.objects.filter(review__article=revision.article, key="label:later").exists()


def test_an_article_that_was_archived_meanwhile_gets_no_seat(landed):
    intake.archive(landed.article)
    assert checking.check_due() == {"checked": 1, "flagged": 1}
    assert not Review.objects.exists()
    assert Requirement.objects.get().reason == "finding"


def test_seats_are_found_as_look_alikes_where_signatures_were_there_before_the_checks():
    land("one", "two", body=f"{SECRET}\n{prose(1)}")
    sum(lookalikes.rebuild())
    checking.check_due()
    assert Facet.objects.filter(key="alike:yes").count() == 2
