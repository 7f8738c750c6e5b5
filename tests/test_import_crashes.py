"""An import killed at each of its steps and run again ends where an undisturbed one ends (F1, F10)."""

import hashlib
import itertools
import json
import random
import signal

import pytest
from django.core.management import call_command
from django.db import transaction

from articles.canonical import canonical, digest_bytes
from articles.models import Article, Entity, ImportRun, Redirect, Revision, Tag
from reviews.models import Due, Requirement, Review
from seeds import importer
from tests.makers import DATA

# Where a process is killed: what is called, whether before or behind it, and which time.
POINTS = {
    "before the first batch": ("reviews.intake.receive_many", "before", 1),
    "a batch received, its place not kept": ("reviews.intake.receive_many", "behind", 2),
    "the problems kept, not the place": ("articles.models.ImportRun.advance", "before", 2),
    "the place kept, nothing committed": ("articles.models.ImportRun.advance", "behind", 2),
    "a batch committed": ("seeds.batches.Batch.take", "behind", 2),
    "all in, nothing checked": ("reviews.checking.check_due", "before", 1),
    "all checked, not said to be finished": ("reviews.checking.check_due", "behind", 1),
}

IMPORT = """
import importlib, os, signal, sys
from django.core.management import call_command
from seeds import importer

importer.BATCH = 2
path, target, when, time, *more = sys.argv[1:]
if target:
    module, _, name = target.rpartition(".")
    try:
        owner = importlib.import_module(module)
    except ModuleNotFoundError:
        module, _, cls = module.rpartition(".")
        owner = getattr(importlib.import_module(module), cls)
    real, calls = getattr(owner, name), 0

    def dies(*args, **options):
        global calls
        calls += 1
        if when == "before" and calls == int(time):
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **options)
        if when == "behind" and calls == int(time):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dies)
try:
    call_command("import_articles", path, *more)
except SystemExit as end:
    assert end.code in (0, 1), end
"""


def documents():
    for number in range(7):
        meta = DATA["meta"] | {"flags": {"needs_human_review": number % 3 == 0}}
        yield DATA | {"source_id": f"note-{number}", "title": f"Title {number % 3}", "meta": meta}


def lines(documents):
    return "".join(json.dumps(document) + "\n" for document in documents)


def rows():
    """What an import leaves, without ids and times, as one digest a kind."""
    articles = Article.objects.order_by("source_key")
    found = {
        "articles": articles.values_list("source_key", "slug", "source_digest"),
        "tags": articles.order_by("source_key", "tags__slug").values_list("source_key", "tags__slug"),
        "entities": articles.order_by("source_key", "mentions__entity__slug").values_list(
            "source_key", "mentions__entity__slug"
        ),
        "revisions": [
            (one.article.source_key, one.number, one.origin, digest_bytes(canonical(one.document.data)))
            for one in Revision.objects.order_by("article__source_key", "number")
        ],
        "requirements": Requirement.objects.order_by("revision__article__source_key", "reason").values_list(
            "revision__article__source_key", "reason", "detail"
        ),
        "seats": Review.objects.order_by("article__source_key", "pk").values_list(
            "article__source_key", "state"
        ),
        "names": [
            list(names.order_by("slug").values_list("slug")) for names in (Tag.objects, Entity.objects)
        ],
        "redirects": Redirect.objects.order_by("path").values_list("path"),
        "due": [Due.objects.count()],
    }
    return {name: hashlib.sha256(repr(list(what)).encode()).hexdigest() for name, what in found.items()}


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "all.jsonl"
    path.write_text(lines(documents()) + "broken\n")
    return path


@pytest.fixture
def undisturbed(committed_database, source, monkeypatch):
    """The rows that an undisturbed import leaves; they are taken back."""
    monkeypatch.setattr(importer, "BATCH", 2)
    with transaction.atomic():
        with pytest.raises(SystemExit):
            call_command("import_articles", str(source))
        found = rows()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("point", POINTS)
def test_killed_there_and_run_again_it_ends_as_undisturbed_F1(
    committed_database, spawn, source, undisturbed, point
):
    assert not Article.objects.exists()
    process = spawn(IMPORT, source, *POINTS[point])
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    with pytest.raises(SystemExit):
        call_command("import_articles", str(source))
    assert rows() == undisturbed
    run = ImportRun.objects.get()
    assert (run.state, run.read, run.created, run.rejected) == ("finished", 8, 7, 1)
    assert run.problems.count() == 1
    call_command("verify_ledger")


def test_two_processes_with_the_same_file_end_as_one_F10(committed_database, spawn, source, undisturbed):
    processes = [spawn(IMPORT, source, "", "", 0) for _ in range(2)]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    assert rows() == undisturbed
    assert set(ImportRun.objects.values_list("state", flat=True)) == {"finished"}


def test_shuffled_and_split_it_ends_as_in_order_F10(committed_database, tmp_path, source, undisturbed):
    shuffled = list(documents())
    random.Random(7).shuffle(shuffled)
    for number, part in enumerate(itertools.batched([*shuffled, shuffled[0]], 3)):
        path = tmp_path / f"part{number}.jsonl"
        path.write_text(lines(part))
        call_command("import_articles", str(path))
    assert rows() == undisturbed
