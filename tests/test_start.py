"""Outside the demo no start, no check and no sign-in accepts accounts whose passwords are public."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth import get_user
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from articles.models import User

ROOT = Path(__file__).resolve().parent.parent
REFUSAL = r"This database has demo sign-ins with public passwords \(ada\): .+"


def start(database_url, **environment):
    """Load the site as a server does."""
    return subprocess.run(
        [sys.executable, "-c", "from editorial import wsgi; print(wsgi.application)"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def demo_account(committed_database):
    return User.objects.create_user("ada", password="known to all", is_demo=True)


def test_a_start_outside_the_demo_refuses_demo_sign_ins(committed_database, demo_account):
    done = start(committed_database)
    assert done.returncode == 1
    assert re.fullmatch(rf"Editorial does not start\. {REFUSAL}\n", done.stderr)


def test_the_demo_starts_with_its_sign_ins(committed_database, demo_account):
    assert start(committed_database, DEMO="1").returncode == 0


def test_a_start_without_demo_sign_ins_is_fine(committed_database):
    done = start(committed_database)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_start_goes_on_while_the_database_is_away():
    assert start("postgres://nobody@127.0.0.1:1/none").returncode == 0


def test_a_start_with_a_bad_setting_is_one_line(committed_database):
    done = start(committed_database, REVIEW_REQUIRED="never")
    assert done.returncode == 1
    assert re.fullmatch(r"Editorial does not start\. REVIEW_REQUIRED is 'never': .+\n", done.stderr)


def test_the_system_check_reports_demo_sign_ins(db, settings):
    User.objects.create_user("ada", is_demo=True)
    with pytest.raises(SystemCheckError, match=REFUSAL):
        call_command("check", databases=["default"])
    settings.DEMO = True
    call_command("check", databases=["default"])


def test_demo_sign_ins_work_in_the_demo_only(client, db, settings):
    User.objects.create_user("ada", password="known to all", is_demo=True)
    settings.DEMO = True
    assert client.login(username="ada", password="known to all")
    settings.DEMO = False
    assert not client.login(username="ada", password="known to all")


def test_a_session_of_the_demo_ends_with_the_demo(client, db, settings, rf):
    settings.DEMO = True
    client.force_login(User.objects.create_user("ada", is_demo=True))
    request = rf.get("/")
    request.session = client.session
    assert get_user(request).username == "ada"
    settings.DEMO = False
    assert get_user(request).is_anonymous
