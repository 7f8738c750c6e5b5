"""What many processes do to one another, with real processes on both engines. Each test prints its figures (`-s`)."""

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from articles import bulk
from articles.models import Article, Person, Revision
from reviews import checking, intake
from reviews.models import Decision, LedgerEntry, Policy, Review
from reviews.models.ledger import GENESIS, entry_hash
from reviews.verification import verify
from seeds import importer
from tests.makers import DATA, answers_for, make_article, make_document, make_person
from tests.processes import output_of

PROCESSES = 8

# Short runs keep the promise in every test run; long ones give the figures of the note.
ROUNDS = [pytest.param(20, id="short"), pytest.param(500, id="long", marks=pytest.mark.long)]
APPENDS = [pytest.param(25, id="short"), pytest.param(500, id="long", marks=pytest.mark.long)]


def report(what, **figures):
    print(
        f"\n{connection.vendor}: {what}: " + ", ".join(f"{name} {value}" for name, value in figures.items())
    )


APPEND = """
from django.db import transaction
from reviews.models import LedgerEntry
for number in range(int(sys.argv[2])):
    with transaction.atomic():
        LedgerEntry.objects.append({"kind": "tried", "process": int(sys.argv[1]), "number": number})
"""


@pytest.mark.parametrize("appends", APPENDS)
def test_appends_from_many_processes_never_fork_the_ledger_L3(spawn, appends):
    began = time.monotonic()
    spawn.together(PROCESSES, APPEND, appends, seconds=600)
    seconds = time.monotonic() - began
    entries = list(LedgerEntry.objects.order_by("seq"))
    assert [entry.seq for entry in entries] == list(range(1, PROCESSES * appends + 1))
    previous, forks = GENESIS, 0
    for entry in entries:
        forks += entry.previous != previous
        assert entry.hash == entry_hash(entry.seq, entry.previous, bytes(entry.payload))
        previous = entry.hash
    assert forks == 0
    report("appends", entries=len(entries), forks=forks, seconds=f"{seconds:.1f}")


ASK = """
from reviews.models import Criteria
for number in range(150):
    Criteria.objects.get().ask([{"id": "q", "text": f"Question {number}", "help": "", "must_pass": True}], by=None)
"""


def test_the_ledger_is_verified_while_others_append_to_it_L6(spawn):
    writer = spawn(ASK)
    proofs = []
    while writer.poll() is None:
        proofs.append(verify())
    assert output_of(writer) == ""
    assert [proof.fault for proof in proofs if proof.fault] == []
    assert len({proof.entries for proof in proofs}) > 1, "nothing was written meanwhile"
    assert verify().entries == 150


DECIDE = """
import json, time
from articles.models import Person
from reviews.errors import Conflict, NotDone
from reviews.models import Review
number, start, rounds = int(sys.argv[1]), float(sys.argv[2]), json.loads(sys.argv[3])
ada = Person.objects.get(name="ada")
won, told = 0, 0
for turn, (pk, token, digest, answers) in enumerate(rounds):
    while (left := start + turn * 0.02 - time.time()) > 0:
        time.sleep(max(left - 0.002, 0))
    verdict = "approve" if number % 2 else "reject"
    try:
        Review.objects.get(pk=pk).decide(verdict, by=ada, token=token, seen=digest, answers=answers, note="n")
        won += 1
    except Conflict as conflict:
        told += "ada" in str(conflict)
    except NotDone as refused:
        told += "decided on this text already" in str(refused)
print(json.dumps([won, told]))
"""


@pytest.mark.parametrize("rounds", ROUNDS)
def test_many_deciders_of_one_seat_have_one_winner_and_all_others_are_told_F7(spawn, rounds):
    ada = make_person("ada")
    seats = []
    for number in range(rounds):
        article = make_article(f"note-{number}", flagged=True)
        review = Review.objects.get(article=article).claim(by=ada)
        seats.append((review.pk, str(review.claim_token), review.digest, answers_for(review)))
    began = time.monotonic()
    outputs = spawn.together(PROCESSES, DECIDE, time.time() + 1.5, json.dumps(seats), seconds=600)
    seconds = time.monotonic() - began
    results = [json.loads(output) for output in outputs]
    won, told = sum(result[0] for result in results), sum(result[1] for result in results)
    per_review = list(Decision.objects.values_list("review", flat=True))
    doubles = len(per_review) - len(set(per_review))
    assert (won, doubles) == (rounds, 0)
    assert told == rounds * (PROCESSES - 1)
    assert verify().fault is None
    report("decisions", rounds=rounds, winners=won, doubles=doubles, seconds=f"{seconds:.1f}")


CLAIM = """
import json
from articles.models import Person
from reviews.models import Review
me = Person.objects.get(name=f"person{sys.argv[1]}")
mine = []
while review := Review.objects.claim_next(by=me):
    mine.append(review.pk)
print(json.dumps(mine))
"""


@pytest.mark.parametrize(
    "items", [pytest.param(40, id="short"), pytest.param(200, id="long", marks=pytest.mark.long)]
)
def test_every_item_is_claimed_once_whoever_asks_Q1(spawn, items):
    for number in range(PROCESSES):
        make_person(f"person{number}", ["Reviewers"])
    for number in range(items):
        make_article(f"note-{number}", flagged=True)
    outputs = spawn.together(PROCESSES, CLAIM, seconds=300)
    claimed = [pk for output in outputs for pk in json.loads(output)]
    assert len(claimed) == items
    assert sorted(claimed) == sorted(Review.objects.values_list("pk", flat=True))
    assert {review.claimed_by.name for review in Review.objects.select_related("claimed_by")} <= {
        f"person{number}" for number in range(PROCESSES)
    }
    report("claims", items=items, doubles=len(claimed) - len(set(claimed)))


LEAP = """
from articles.models import Person
from reviews.models import Review, review as module
from tests.makers import answers_for
module.NEAR = 1
me = Person.objects.get(name=f"person{sys.argv[1]}")
while Review.objects.offered_to(me).exists():
    if seat := Review.objects.claim_next(by=me):
        seat.decide("approve", by=me, token=seat.claim_token, seen=seat.digest, answers=answers_for(seat))
"""


def test_what_changes_whom_seats_are_for_while_others_leap_hides_none_from_them_Q1(spawn):
    """Each approval writes on the other seat of its text that one more person may not take it."""
    Policy.objects.filter(is_default=True).update(approvals=2)
    people = [make_person(f"person{number}") for number in range(4)]
    for number in range(12):
        intake.write(make_document(f"note-{number}", flagged=True), by=people[number // 6])
    spawn.together(len(people), LEAP)
    assert not Review.objects.open().exists()
    assert Decision.objects.values("article", "person").distinct().count() == 24
    assert verify().fault is None


SIT = """
import json
from articles.models import Person
from reviews.errors import NotDone
from reviews.models import Review
ada = Person.objects.get(name="ada")
taken = []
for review in Review.objects.order_by("pk" if int(sys.argv[1]) % 2 else "-pk"):
    try:
        taken.append(review.claim(by=ada).pk)
    except NotDone:
        pass
print(json.dumps(taken))
"""


def test_one_person_in_many_windows_never_holds_two_seats_of_one_text(spawn):
    Policy.objects.filter(is_default=True).update(approvals=2)
    make_person("ada")
    for number in range(10):
        make_article(f"note-{number}", flagged=True)
    assert Review.objects.count() == 20
    spawn.together(PROCESSES, SIT)
    held = list(Review.objects.exclude(claimed_by=None).values_list("revision", flat=True))
    assert sorted(held) == sorted(Revision.objects.values_list("pk", flat=True))


PAUSED = """
from datetime import timedelta
from articles.models import Person
from reviews.errors import Conflict
from reviews.models import Review, review as module
module.lease = lambda: timedelta(seconds=0.5)
from tests.makers import answers_for
ada = Person.objects.get(name="ada")
mine = Review.objects.claim_next(by=ada)
answers = answers_for(mine)
print("claimed", flush=True)
sys.stdin.readline()
try:
    mine.decide("approve", by=ada, token=mine.claim_token, seen=mine.digest, answers=answers)
    print("decided")
except Conflict as conflict:
    print(conflict)
"""


def test_a_paused_holder_who_wakes_up_late_cannot_decide_F15(spawn):
    make_person("ada")
    ben = make_person("ben")
    make_article(flagged=True)
    zombie = spawn(PAUSED)
    assert zombie.stdout.readline() == "claimed\n"
    zombie.send_signal(signal.SIGSTOP)
    deadline = time.monotonic() + 20
    while (review := Review.objects.claim_next(by=ben)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    review.decide(
        "approve", by=ben, token=review.claim_token, seen=review.digest, answers=answers_for(review)
    )
    zombie.stdin.write("\n")
    zombie.stdin.flush()
    zombie.send_signal(signal.SIGCONT)
    assert output_of(zombie).startswith("ben approved this seat")
    assert Decision.objects.get().person == ben


LATE = """
from datetime import timedelta
from articles.models import Person
from reviews.errors import Conflict
from reviews.models import Review, review as module
module.lease = lambda: timedelta(seconds=0.5)
from tests.makers import answers_for
ada, cem = (Person.objects.get(name=name) for name in ("ada", "cem"))
mine = Review.objects.claim_next(by=ada)
mine_is = {"by": ada, "token": mine.claim_token}
answers = answers_for(mine)
print("claimed", flush=True)
sys.stdin.readline()
for act in (
    lambda: mine.decide("approve", seen=mine.digest, answers=answers, **mine_is),
    lambda: mine.renew(**mine_is),
    lambda: mine.skip(reason="not my field", **mine_is),
    lambda: mine.hand_over(to=cem, **mine_is),
):
    try:
        act()
        print("done")
    except Conflict as conflict:
        print(conflict)
print(mine.give_back(**mine_is))
"""


def test_a_paused_holder_who_wakes_up_late_does_nothing_to_who_holds_it_by_then_F15(spawn):
    """The token is the fence: not the verdict alone, all that only a holder may do."""
    for name in ("ada", "cem"):
        make_person(name, ["Reviewers"])
    ben = make_person("ben")
    make_article(flagged=True)
    zombie = spawn(LATE)
    assert zombie.stdout.readline() == "claimed\n"
    zombie.send_signal(signal.SIGSTOP)
    deadline = time.monotonic() + 20
    while (review := Review.objects.claim_next(by=ben)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    before = Review.objects.values().get(pk=review.pk)
    zombie.stdin.write("\n")
    zombie.stdin.flush()
    zombie.send_signal(signal.SIGCONT)
    assert output_of(zombie).splitlines() == ["ben holds this review now."] * 4 + ["False"]
    assert Review.objects.values().get(pk=review.pk) == before
    review.decide(
        "approve", by=ben, token=review.claim_token, seen=review.digest, answers=answers_for(review)
    )
    assert Decision.objects.get().person == ben


@pytest.mark.long
def test_what_is_kept_for_each_of_many_is_their_first_and_no_item_is_claimed_twice_Q1(spawn):
    people = [make_person(f"person{number}", ["Reviewers"]) for number in range(PROCESSES)]
    for number in range(3 * PROCESSES):
        make_article(f"note-{number}", flagged=True)
    seats = list(Review.objects.in_order())
    kept = dict(zip(people, reversed(seats), strict=False))  # the last by rank
    for person, seat in kept.items():
        Review.objects.filter(pk=seat.pk).reserve(person)
    claimed = [json.loads(output) for output in spawn.together(PROCESSES, CLAIM, seconds=300)]
    assert [mine[0] for mine in claimed] == [kept[person].pk for person in people]
    assert sorted(pk for mine in claimed for pk in mine) == sorted(seat.pk for seat in seats)


def test_a_lease_that_ends_while_the_decision_waits_for_the_lock_ends_it_F8(spawn):
    """The clock is read by the statement that judges, not when its transaction began."""
    make_person("ada")
    article = make_article(flagged=True)
    late = spawn(PAUSED)
    assert late.stdout.readline() == "claimed\n"
    with transaction.atomic():
        Article.objects.locked(article.pk)
        late.stdin.write("\n")
        late.stdin.flush()
        time.sleep(1.0)  # longer than the lease
    assert "ran out" in output_of(late)
    assert not Decision.objects.exists()


IMPORT = """
from django.core.management import call_command
call_command("import_articles", sys.argv[2])
"""


def test_one_file_imported_by_two_processes_at_once_is_in_once_F10(spawn, tmp_path):
    source = tmp_path / "notes.jsonl"
    documents = [DATA | {"source_id": f"note-{number}", "title": f"Note {number}"} for number in range(60)]
    source.write_text("".join(json.dumps(document) + "\n" for document in documents))
    spawn.together(2, IMPORT, source)
    assert Article.objects.count() == 60
    assert Revision.objects.count() == 60
    assert sorted(Article.objects.values_list("slug", flat=True)) == sorted(f"note-{n}" for n in range(60))


def test_between_two_batches_of_an_import_and_of_its_checks_others_get_to_write_F10(
    committed_database, tmp_path, monkeypatch
):
    """SQLite's write lock is for one at a time, and who waits for it asks only now and then."""
    source = tmp_path / "notes.jsonl"
    source.write_text("".join(json.dumps(DATA | {"source_id": f"n-{number}"}) + "\n" for number in range(6)))
    monkeypatch.setattr(importer, "BATCH", 2)
    monkeypatch.setattr(checking, "BATCH", 2)
    pauses = []

    def somebody_else_writes(pause):
        pauses.append(pause)
        with ThreadPoolExecutor(1) as beside:
            beside.submit(Person.objects.create, name=f"somebody {len(pauses)}").result()

    monkeypatch.setattr(bulk, "time", SimpleNamespace(monotonic=time.monotonic, sleep=somebody_else_writes))
    call_command("import_articles", str(source))
    assert len(pauses) == (4 if connection.vendor == "sqlite" else 0)
    assert Person.objects.filter(name__startswith="somebody").count() == len(pauses)
    assert all(0 <= pause <= bulk.TURN_SECONDS for pause in pauses)


RELEASE = """
from articles.models import Article, Person
from reviews.errors import NotDone
from tests.makers import make_release
try:
    make_release(Article.objects.get(), Person.objects.get(name="edith"), version="1.0.0")
    print("released")
except NotDone as refused:
    print(refused)
"""


def test_a_revision_released_by_many_at_once_is_released_once(spawn):
    make_person("edith")
    article = make_article()
    outputs = spawn.together(PROCESSES, RELEASE)
    assert outputs.count("released") == 1
    assert article.releases.count() == 1
    assert verify().fault is None
