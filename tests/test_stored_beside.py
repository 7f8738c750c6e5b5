"""Kept pages and real processes: what one commits, all others know of, whoever dies, and while the database is away."""

import os
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from articles.models import Article, Purge
from articles.stored.folder import Folder, page_of
from articles.stored.following import Follower
from tests.makers import make_released
from tests.processes import output_of, server, spawner

PATH = "/articles/a-change-you-can-take-back/"

# Begins a transaction that clears a page, says so, and commits when it is told to.
CLEARS = """
    from django.db import transaction
    from articles.models import Purge
    with transaction.atomic():
        Purge.objects.of([sys.argv[1]])
        print("open", flush=True)
        sys.stdin.readline()
    print("in", flush=True)
    sys.stdin.readline()
"""

WITHDRAWS = """
    import os, signal
    from pathlib import Path
    from django.conf import settings
    from articles.models import Article
    from articles.stored import making
    from reviews import release
    from tests.makers import make_person
    settings.PAGES_DIR = Path(sys.argv[1])
    if sys.argv[2] == "dies":
        making.clear = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
    release.withdraw(Article.objects.get(), by=make_person("edith"), reason="It is wrong.", seen=1)
"""


@pytest.fixture
def spawn(committed_database):
    with spawner(committed_database) as spawn:
        yield spawn


def tell(process):
    process.stdin.write("\n")
    process.stdin.flush()


def begun(spawn, path=PATH):
    process = spawn(CLEARS, path)
    assert process.stdout.readline() == "open\n"
    return process


def commit(process):
    tell(process)
    assert process.stdout.readline() == "in\n"


def end(process):
    tell(process)
    output_of(process)


def kept(folder, seen):
    folder.keep(
        PATH, page_of(b"x", [], ends=time.time() + 60, seen=seen, edition=folder.edition, is_own=False)
    )


def test_what_was_read_before_a_commit_does_not_know_of_it_and_what_is_read_behind_it_does_C9(spawn):
    process = begun(spawn)
    before = Purge.objects.seen()
    commit(process)
    behind = Purge.objects.seen()
    purge = Purge.objects.get()
    assert (purge.is_known(before), purge.is_known(behind)) == (False, True)
    end(process)


@pytest.mark.skipif(os.environ["TEST_ENGINE"] != "postgres", reason="SQLite has one writer at a time")
def test_a_commit_of_an_older_transaction_behind_a_newer_one_is_followed_C10(spawn, tmp_path):
    folder = Folder(tmp_path, "x")
    follower = Follower(folder)
    follower.step()
    older = begun(spawn)
    newer = begun(spawn, "/")
    commit(newer)
    kept(folder, Purge.objects.seen())
    follower.step()
    assert folder.fresh(PATH), "nothing of it came in yet"
    commit(older)
    follower.step()
    assert folder.fresh(PATH) is None
    for process in (older, newer):
        end(process)


def test_what_holds_a_page_ends_with_its_process_C13(spawn, tmp_path):
    holds = """
        import time
        from articles.stored.folder import Folder
        with Folder(sys.argv[1], "x").lock(sys.argv[2]) as is_ours:
            print(is_ours, flush=True)
            time.sleep(60)
    """
    process = spawn(holds, tmp_path, PATH)
    assert process.stdout.readline() == "True\n"
    folder = Folder(tmp_path, "x")
    with folder.lock(PATH, wait=0) as is_ours:
        assert not is_ours
    process.kill()
    with folder.lock(PATH, wait=5) as is_ours:
        assert is_ours


@contextmanager
def serving(url, folder):
    with server(url, VAR_DIR=str(folder), KEEP_PAGES="1") as address:
        yield address


def status(address):
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def until(address, expected, *, seconds):
    """Return how long it took until this answered so."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if status(address) == expected:
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError(f"{address} does not answer {expected} within {seconds} seconds.")


@pytest.mark.parametrize("how", ["lives", "dies"])
def test_a_withdrawal_is_seen_on_two_machines_though_its_process_dies_behind_the_commit_P7_C10_C16(
    committed_database, spawn, tmp_path, how
):
    """Two folders are two machines. The bar is a second; a busy machine is given more."""
    make_released()
    with (
        serving(committed_database, tmp_path / "a") as one,
        serving(committed_database, tmp_path / "b") as other,
    ):
        for site in (one, other):
            for path in (PATH, "/", "/tags/python/"):
                assert status(site + path) == 200
        process = spawn(WITHDRAWS, tmp_path / "a" / "pages", how)
        process.communicate(timeout=60)
        assert process.returncode == (-9 if how == "dies" else 0)
        for site in (one, other):
            until(site + PATH, 410, seconds=10)
            until(site + "/tags/python/", 404, seconds=10)


@pytest.mark.skipif(os.environ["TEST_ENGINE"] != "postgres", reason="a file is not away")
def test_released_pages_are_answered_while_the_database_is_away_and_all_is_well_behind_it_P9(
    committed_database, tmp_path
):
    make_released()
    name = connection.settings_dict["NAME"]
    connection.close()
    postgres = os.environ["TEST_DATABASE_URL"]
    with serving(committed_database, tmp_path) as site, psycopg.connect(postgres, autocommit=True) as master:
        for path in (PATH, "/", "/articles/"):
            assert status(site + path) == 200
        master.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        try:
            master.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            for _ in range(50):
                assert {status(site + path) for path in (PATH, "/", "/articles/")} == {200}
            assert status(f"{site}/search/?q=change") == 503
            assert status(f"{site}/tags/python/") == 503
            assert status(f"{site}/health") == 200
        finally:
            master.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
        until(f"{site}/tags/python/", 200, seconds=20)
        until(f"{site}/search/?q=change", 200, seconds=20)


def test_readers_are_counted_by_the_server_in_batches(committed_database, tmp_path, monkeypatch):
    make_released()
    article = Article.objects.get()
    connection.close()
    with serving(committed_database, tmp_path) as site:
        for agent in ("Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)", "Examplebot/1.0"):
            asked = urllib.request.Request(site + PATH, headers={"User-Agent": agent})
            urllib.request.urlopen(asked, timeout=20).close()
        for _ in range(200):
            if article.reads.exists():
                break
            time.sleep(0.1)
    reads = article.reads.get()
    assert (reads.people, reads.machines) == (2, 1)
    assert settings.PAGES_DIR is None
