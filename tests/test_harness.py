"""What the suite's own tools promise: see tests/databases.py and tests/processes.py."""

import secrets
import threading
from urllib.request import urlopen

import psycopg
import pytest
from django.db import connection, connections

from articles.models import User
from tests import databases
from tests.conftest import ENGINE, POSTGRES_URL

postgres_only = pytest.mark.skipif(ENGINE != "postgres", reason="databases on a server: PostgreSQL only")


def test_what_a_test_commits_is_seen_by_its_threads_and_processes(spawn):
    User.objects.create_user("ada")
    seen = []

    def look():
        seen.extend(User.objects.values_list("username", flat=True))
        connections.close_all()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    script = "from articles.models import User; User.objects.create_user(f'bob{sys.argv[1]}')"
    assert spawn.together(2, script) == ["", ""]
    assert seen == ["ada"]
    assert sorted(User.objects.values_list("username", flat=True)) == ["ada", "bob0", "bob1"]


@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_commits_is_gone_for_the_next(committed_database, turn):
    assert not User.objects.exists()
    User.objects.create_user("ada")


def test_tests_that_roll_back_do_not_see_what_others_commit(db):
    assert not User.objects.exists()


def test_a_process_that_fails_fails_its_test(spawn):
    with pytest.raises(AssertionError, match="no such thing"):
        spawn.together(1, "sys.exit('no such thing')")


def test_an_argument_of_a_process_may_be_long(spawn):
    assert spawn.together(1, "print(len(sys.argv[2]))", "x" * 300_000) == ["300000"]


def test_a_server_answers_on_the_tests_database(live_site):
    assert urlopen(f"{live_site}/health").read() == b'{"ok": true}'


@postgres_only
def test_databases_of_a_killed_run_are_dropped_and_those_of_a_running_one_stay(committed_database):
    with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
        left = f"{databases.name_of(secrets.token_hex(3))}_gw7"
        server.execute(f'CREATE DATABASE "{left}"')
        databases.drop_abandoned(server)
        names = databases.names_on(server)
    assert left not in names
    assert connection.settings_dict["NAME"] in names


@pytest.mark.browser
def test_a_browser_reaches_the_site(live_site, browser):
    page = browser.new_page()
    answer = page.goto(f"{live_site}/health")
    assert answer.json() == {"ok": True}
    page.close()
