"""The checks behind an import: what happens beside them, and what they leave."""

import pytest

from articles.models import Signature
from reviews import checking, checks, gate, intake
from reviews.erasure import erase_text
from reviews.models import CheckRun, Due, Finding, Policy, Requirement, Review
from tests.makers import make_document, make_person

pytestmark = pytest.mark.django_db

SECRET = f"It was run with AKI{'A' * 17}, as before.\n"


@pytest.fixture
def landed():
    """A text with a secret in it, landed and not checked yet."""
    (received,) = intake.receive_many([make_document("note-1", body=SECRET)])
    return received.revision


def test_what_is_erased_while_it_is_checked_leaves_nothing_behind_P2(landed, monkeypatch):
    notice = checks.notice

    def meanwhile(*arguments):
        erase_text(landed.text, by=make_person("lea"), reason="A secret.")
        return notice(*arguments)

    monkeypatch.setattr(checks, "notice", meanwhile)
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
