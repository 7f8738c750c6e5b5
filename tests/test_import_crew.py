"""Processes that take the batches of one import beside each other end as one process does (F1, F10, F15)."""

import signal

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from articles.models import Article, ImportRun, Revision
from seeds import importer
from tests.processes import wait_for_the_end_of
from tests.test_import_crashes import DATA, documents, lines, rows

ITEMS = 7 * 5 + 3

CREW = """
from multiprocessing import active_children
import os, signal
from django.conf import settings
from django.core.management import CommandError, call_command
from seeds import crew, importer
from seeds.management.commands.import_articles import Progress

importer.BATCH, importer.BATCHES_ALONE, settings.PROCESSES = 2, 1, 2
path, *more = sys.argv[1:]
{before}
try:
    call_command("import_articles", path, *more)
except CommandError as error:
    print(error, file=sys.stderr)
    sys.exit(error.returncode)
"""

# Something happens behind the fifth batch, when the others are at work.
BEHIND_THE_FIFTH = """
def happens(self, offset, tally):
    if tally.read == 10:
        {what}
Progress.__call__ = happens
"""


def crew(before=""):
    return CREW.replace("{before}", before)


def behind_the_fifth(what):
    return crew(BEHIND_THE_FIFTH.replace("{what}", what))


@pytest.fixture(autouse=True)
def on_postgresql(committed_database):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time.")


@pytest.fixture
def source(tmp_path):
    """Thirty-eight items: of the last three, one comes again, one with another document, and one is broken."""
    every = [
        one | {"source_id": f"{one['source_id']}-{more}", "title": f"{one['title']} {more}"}
        for more in range(5)
        for one in documents()
    ]
    path = tmp_path / "all.jsonl"
    path.write_text(lines([*every, every[0], every[1] | {"title": "Another"}]) + "broken\n")
    return path


@pytest.fixture
def undisturbed(source, monkeypatch):
    """The rows that one process leaves, and how its run ended; they are taken back.

    It stays alone since nobody else sees what this transaction has not committed.
    """
    with monkeypatch.context() as patch, transaction.atomic():
        patch.setattr(importer, "BATCH", 2)
        patch.setattr(importer, "BATCHES_ALONE", 1)
        patch.setattr(settings, "PROCESSES", 2)
        with pytest.raises(SystemExit):
            call_command("import_articles", str(source))
        found = rows(), ended()
        transaction.set_rollback(True)
    return found


def ended():
    run = ImportRun.objects.get()
    problems = list(run.problems.order_by("line").values_list("kind", "line", "reason"))
    counts = run.read, run.created, run.unchanged, run.rejected, run.flagged
    return run.state, counts, run.offset, run.offset_digest, run.ahead, problems


def test_processes_beside_each_other_end_as_one_and_report_in_order_F10(spawn, source, undisturbed):
    process = spawn(crew("assert not active_children()"), source)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1, errors
    assert (rows(), ended()) == undisturbed
    assert [line.split(":")[1] for line in errors.splitlines()] == ["37", "38"]
    assert "Line 2 of this file has another document" in errors
    call_command("verify_ledger")


def test_the_others_are_asked_only_for_what_is_behind_the_first_batches(spawn, tmp_path):
    source = tmp_path / "few.jsonl"
    source.write_text(lines([DATA | {"source_id": "a"}, DATA | {"source_id": "b"}]))
    process = spawn(crew("crew.take = None"), source)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors


def test_a_dry_run_by_many_processes_changes_nothing_and_says_the_same_F7(spawn, source):
    process = spawn(crew(), source, "--dry-run")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 1, errors
    assert f"Would be: {ITEMS} read, 35 created, 0 updated, 1 unchanged, 2 rejected" in output
    assert not Article.objects.exists()


def test_a_signal_to_end_that_reaches_all_of_them_is_for_the_one_that_leads(spawn, source, undisturbed):
    ended_all = "[os.kill(one.pid, signal.SIGTERM) for one in active_children()]"
    process = spawn(behind_the_fifth(ended_all), source)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1, errors
    assert (rows(), ended()) == undisturbed


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("os.kill(active_children()[1].pid, signal.SIGKILL)", 130),
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("raise KeyboardInterrupt", 130),
    ],
    ids=["one of them killed", "the one that leads killed", "stopped by hand"],
)
def test_disturbed_and_run_again_it_ends_as_undisturbed_F1(spawn, source, undisturbed, what, status):
    noted = "print(*[one.pid for one in active_children()], flush=True);"
    process = spawn(behind_the_fifth(noted + what), source)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == status, errors
    if status == 130:
        assert "run the same command again to go on" in errors
    for child in output.split():
        wait_for_the_end_of(int(child))
    assert 10 <= ImportRun.objects.get().read < ITEMS
    with pytest.raises(SystemExit):
        call_command("import_articles", str(source))
    assert (rows(), ended()) == undisturbed
    call_command("verify_ledger")


def test_a_run_that_another_process_went_on_with_takes_no_more_F15(spawn, source):
    taken = "from articles.models import ImportRun; ImportRun.objects.update(attempts=7)"
    process = spawn(behind_the_fifth(taken), source)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Another process went on with this import." in errors
    run = ImportRun.objects.get()
    assert run.state == "running"
    assert run.read == Revision.objects.count() < ITEMS


def test_a_busy_database_is_said_in_one_line(spawn, source, committed_database):
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET lock_timeout = '50ms'")
    locked = (
        "from django.db import connection, transaction\n"
        "        import contextlib; stack.enter_context(transaction.atomic())\n"
        "        connection.cursor().execute('SET lock_timeout = 0; LOCK TABLE articles_text')"
    )
    script = behind_the_fifth(locked).replace(
        "def happens", "import contextlib\nstack = contextlib.ExitStack()\ndef happens"
    )
    process = spawn(script, source)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 3, errors
    assert "The database is busy or away:" in errors


def test_what_nobody_expects_in_one_of_them_is_told_whole(spawn, source):
    process = spawn(crew("importer.Ruling = dict"), source)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "has no attribute 'again'" in errors
