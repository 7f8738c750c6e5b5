"""Checks whose texts are looked at by processes beside the one that writes end as one process does (P1, F1)."""

import signal

import pytest
from django.db import transaction

from articles.models import Article, LookAlike, Signature, StaffWords
from reviews import checking, gate, intake
from reviews.models import CheckRun, Due, Facet, Finding, Requirement, Review
from reviews.verification import verify
from tests.articles.test_signatures import prose
from tests.makers import make_document
from tests.processes import output_of, wait_for_the_end_of

SECRET = f"AKI{'A' * 17}"
MANY = 14

CHECK = """
from multiprocessing import active_children
import os, signal
from django.conf import settings
from reviews import checking
from tests import test_checking_beside

checking.BATCH, checking.HERE, settings.PROCESSES = 2, 1, 2
{before}
for number, done in enumerate(checking.batches()):
    print(*[one.pid for one in active_children()], flush=True)
    if number == 2:
        {what}
"""


def script(what="pass", before=""):
    return CHECK.replace("{what}", what).replace("{before}", before)


def fails(texts):
    raise ValueError("A check fails.")


def gives_what_cannot_be_sent(texts):
    return lambda: None


@pytest.fixture(autouse=True)
def landed(committed_database):
    """Drafts of which every other one holds a secret, and some look like another."""
    return intake.receive_many(
        [
            make_document(
                f"note-{number}", body=f"{SECRET if number % 2 else 'Nothing'}.\n\n{prose(number % 5)}"
            )
            for number in range(MANY)
        ]
    )


@pytest.fixture
def undisturbed(landed, settings):
    """What is there after one process checked all; it is taken back."""
    settings.PROCESSES = 1
    with transaction.atomic():
        checking.check_due()
        found = rows()
        transaction.set_rollback(True)
    assert LookAlike.objects.count() == 0
    return found


def rows():
    key = "revision__article__source_key"
    return [
        sorted(Finding.objects.values_list(f"run__{key}", "number", "code", "place", "message")),
        sorted(CheckRun.objects.values_list(key, "version")),
        sorted((row, bytes(sketch)) for row, sketch in Signature.objects.values_list(key, "sketch")),
        sorted(LookAlike.objects.values_list(key, "other__article__source_key", "percent")),
        sorted(Requirement.objects.values_list(key, "reason", "detail")),
        sorted(Review.objects.values_list("article__source_key", "state", "reasons")),
        sorted(Facet.objects.values_list("review__article__source_key", "key")),
        sorted(StaffWords.objects.values_list("article__source_key", "format")),
        sorted(StaffWords.objects.find(SECRET).articles),
        Due.objects.count(),
    ]


def unchecked_ones_are_held():
    due = set(Due.objects.values_list("pk", flat=True))
    latest = [article.latest_revision for article in Article.objects.select_related("latest_revision")]
    return due and not any(gate.look(revision).is_open for revision in latest if revision.pk in due)


def test_processes_beside_it_find_the_same_as_one_alone(spawn, undisturbed):
    output_of(spawn(script()))
    assert rows() == undisturbed
    assert verify().fault is None


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("os.kill(active_children()[1].pid, signal.SIGKILL)", 1),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
        ("raise KeyboardInterrupt", 1),
    ],
    ids=["one of them killed", "the one that writes killed", "asked to end", "stopped by hand"],
)
def test_disturbed_and_run_again_it_ends_as_undisturbed_P1_F1(spawn, undisturbed, what, status):
    process = spawn(script(what))
    output, errors = process.communicate(timeout=120)
    assert process.returncode == status, errors
    for child in set(output.split()):
        wait_for_the_end_of(int(child))
    assert unchecked_ones_are_held()
    checking.check_due()
    assert rows() == undisturbed
    assert verify().fault is None


@pytest.mark.parametrize(
    ("look", "told"),
    [(fails, "A check fails."), (gives_what_cannot_be_sent, "pickle")],
    ids=["fails", "unsent"],
)
def test_a_look_that_fails_there_is_told_whole_and_what_it_looked_at_is_held_P1(spawn, look, told):
    # The first batch is looked at by this process, as ever.
    before = f"checking.HERE = 0; checking.look = test_checking_beside.{look.__name__}"
    process = spawn(script(before=before))
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert told in errors
    assert Due.objects.count() == MANY
    assert unchecked_ones_are_held()


def test_a_signal_to_end_that_reaches_all_of_them_is_for_the_one_that_writes(spawn, undisturbed):
    output_of(spawn(script("[os.kill(one.pid, signal.SIGTERM) for one in active_children()]")))
    assert rows() == undisturbed
