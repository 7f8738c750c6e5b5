"""How the suite runs: its environment, its databases, its processes, its browser.

TEST_ENGINE chooses the engine: sqlite (default) or postgres, the latter beside the database at TEST_DATABASE_URL.
Most tests use pytest-django's `db`, which rolls back. Those that must commit use `committed_database`: the history
tables refuse DELETE and TRUNCATE, so there is no way to empty a database, only to drop a copy of it.
"""

import gc
import os
import re
import secrets
import shutil
from pathlib import Path

import pytest

ENGINE = os.environ.setdefault("TEST_ENGINE", "sqlite")
POSTGRES_URL = os.environ.setdefault("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
# One run, one name, shared with its xdist workers: runs at the same time never meet in one server.
RUN = os.environ.setdefault("TEST_RUN", secrets.token_hex(3))

# The suite sees this environment and nothing of the machine's own settings. Processes it starts inherit it.
for name in re.findall(
    r"^([A-Z_]+)=", (Path(__file__).parent.parent / ".env.example").read_text(), re.MULTILINE
):
    os.environ.pop(name, None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "editorial.settings",
    "ENV_FILE": os.devnull,
    "TESTING": "1",
    "SECRET_KEY": "known to everybody, since it guards nothing but test data",
    "DATABASE_URL": POSTGRES_URL if ENGINE == "postgres" else "sqlite://",
    "DB_POOL_MAX": "0",
}

import django  # noqa: E402
import hypothesis  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from tests import databases, processes  # noqa: E402

django.setup()
if ENGINE == "postgres":
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = databases.name_of(RUN)

# A busy machine is no reason to fail, and a failure in CI must come back on any machine.
hypothesis.settings.register_profile(
    "suite", deadline=None, print_blob=True, derandomize=os.environ.get("CI") == "true"
)
hypothesis.settings.load_profile("suite")


USUAL, SELDOM = gc.get_threshold(), (20_000, 20, 20)
claim_key = pytest.StashKey()


def pytest_sessionstart(session):
    if ENGINE == "postgres" and not hasattr(session.config, "workerinput"):
        session.config.stash[claim_key] = databases.claim_run(RUN)


def pytest_collection_finish():
    """Look for garbage seldom, and never among what lives as long as the run: a tenth of the time goes into that."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


@pytest.fixture
def garbage_collected_as_usual():
    """For tests of how much memory something takes: garbage is looked for as often as in any process."""
    gc.set_threshold(*USUAL)
    yield
    gc.set_threshold(*SELDOM)


@pytest.hookimpl(trylast=True)  # after Django has dropped its own
def pytest_sessionfinish(session):
    if claim := session.config.stash.get(claim_key, None):
        databases.drop_databases_of(RUN, claim)
        claim.close()


@pytest.fixture(autouse=True)
def fresh_cache():
    """Texts have the same digests in every test, so what one test left in the cache would answer another."""
    yield
    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_modify_db_settings, django_db_blocker):
    """The suite's own migrated database. pytest-django's fixture makes none where no test asks for `db` itself."""
    with django_db_blocker.unblock():
        before = setup_databases(verbosity=0, interactive=False, aliases=["default"], serialized_aliases=[])
    yield
    with django_db_blocker.unblock():
        teardown_databases(before, verbosity=0)


@pytest.fixture(scope="session")
def database_template(django_db_setup, django_db_blocker, tmp_path_factory):
    """A migrated database that nothing connects to, ready to be copied."""
    with django_db_blocker.unblock():
        return databases.make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def committed_database(database_template, django_db_blocker, tmp_path):
    """A migrated database of the test's own, in which commits are real; yields its DATABASE_URL.

    `connections["default"]`, threads of the test included, and processes made by `spawn` use it. Not beside `db`.
    """
    with django_db_blocker.unblock(), databases.copied(database_template, tmp_path) as url:
        yield url


@pytest.fixture
def spawn(committed_database):
    """Start real processes on the test's database: see tests/processes.py. Those left at the end are killed."""
    with processes.spawner(committed_database) as spawn:
        yield spawn


@pytest.fixture
def live_site(committed_database):
    """The address of a real server on the test's database."""
    with processes.server(committed_database) as url:
        yield url


@pytest.fixture(scope="session")
def browser(database_template):
    """A headless Chromium, driven by Playwright.

    The template comes first: Playwright's loop gives this thread another connection, and PostgreSQL copies a database
    only while nobody is connected to it.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not path and os.environ.get("CI") == "true":
        pytest.fail("No chromium is installed, and CI runs the browser tests.")
    if not path:
        pytest.skip("no chromium is installed")
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread; without this Django would take every query here for one in async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()
