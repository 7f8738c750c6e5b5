"""Databases that tests may commit to: copies of a migrated template, on both engines.

On PostgreSQL every database of a run carries the run's name, and the run holds an advisory lock on it as long as it
lives. A database whose lock is free was left by a run that was killed, and the next run drops it.
"""

import itertools
import os
import re
import shutil
import sqlite3
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connections, transaction
from psycopg import sql

PREFIX = "test_editorial_run_"
OURS = re.compile(rf"{PREFIX}([0-9a-f]{{6}})(?:_|$)")
SERVER = os.environ["TEST_DATABASE_URL"]
LOCK_CLASS = 0x0ED1  # keeps our advisory locks apart from anybody else's in that server
numbers = itertools.count(1)


def name_of(run):
    return f"{PREFIX}{run}"


def claim_run(run):
    """Drop what killed runs left, and return a connection that holds this run's lock while it is open."""
    server = psycopg.connect(SERVER, autocommit=True)
    drop_abandoned(server)
    server.execute("SELECT pg_advisory_lock(%s, %s)", lock_of(run))
    return server


def lock_of(run):
    return [LOCK_CLASS, int(run, 16)]


def drop_abandoned(server):
    """Drop the databases of every run whose lock is free."""
    for run in {found[1] for name in names_on(server) if (found := OURS.match(name))}:
        if server.execute("SELECT pg_try_advisory_lock(%s, %s)", lock_of(run)).fetchone()[0]:
            drop_databases_of(run, server)
            server.execute("SELECT pg_advisory_unlock(%s, %s)", lock_of(run))


def drop_databases_of(run, server):
    for name in names_on(server):
        if (found := OURS.match(name)) and found[1] == run:
            drop(name, server)


def names_on(server):
    return [name for (name,) in server.execute("SELECT datname FROM pg_database")]


def drop(name, server):
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def make_template(folder):
    """Copy the suite's own migrated database and return the name of the copy."""
    connection = connections["default"]
    if connection.vendor == "postgresql":
        source = connection.settings_dict["NAME"]
        connection.close()  # a database is copied only while nobody is connected
        return copy_on_server(source, f"{source}_template")
    template = str(folder / "template.sqlite3")
    connection.ensure_connection()
    with closing(sqlite3.connect(template)) as file:
        connection.connection.backup(file)
        file.execute("PRAGMA journal_mode=WAL")  # once, here: turning it on needs the file for oneself
    return template


@contextmanager
def copied(template, folder):
    """Make `connections["default"]` a fresh copy of the template; yield its DATABASE_URL; put all back and drop it."""
    own, own_settings = connections["default"], connections.settings["default"]
    if own.vendor == "postgresql":
        name = copy_on_server(template, f"{template.removesuffix('_template')}_copy{next(numbers)}")
        url = urlsplit(SERVER)._replace(path=f"/{name}").geturl()
        own.close()
    else:
        name = shutil.copyfile(template, str(folder / "committed.sqlite3"))
        url = f"sqlite:///{name}"
    # Threads make their connections from the settings, this thread has one already.
    connections.settings["default"] = own_settings | {"NAME": name}
    connections["default"] = connections.create_connection("default")
    try:
        yield url
    finally:
        connections["default"].close()
        connections.settings["default"] = own_settings
        connections["default"] = own
        if own.vendor == "postgresql":
            with psycopg.connect(SERVER, autocommit=True) as server:
                drop(name, server)


def copy_on_server(source, name):
    with psycopg.connect(SERVER, autocommit=True) as server:
        drop(name, server)
        names = sql.Identifier(name), sql.Identifier(source)
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    return name


@contextmanager
def around_tests(django_db_blocker):
    """A transaction around those of a module's tests: what is made in it once, each of them finds and leaves as it was.

    The tests are rolled back to here, and the whole is at the end.
    """
    own = connections["default"]
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        # Django's TestCase closes connections behind each test, which would end this transaction, too.
        patch.setattr(own, "close", lambda: None)
        yield
        transaction.set_rollback(True)
