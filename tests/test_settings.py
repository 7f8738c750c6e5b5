"""Settings come from the environment, and a bad value ends in one line that names it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KEY = {"SECRET_KEY": "x" * 50}
PRODUCTION = KEY | {"SITE_URL": "https://example.org"}


def run(arguments, environment):
    """Run this Python with nothing in its environment but what is given."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": os.devnull} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def settings_of(environment, *names):
    """Return these settings, None for those that are not set, as a process with this environment has them."""
    script = "import json, sys; from editorial import settings as s; "
    script += "print(json.dumps([getattr(s, name, None) for name in sys.argv[1:]], default=str))"
    done = run(["-c", script, *names], environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def var(tmp_path):
    return {"VAR_DIR": str(tmp_path / "var")}


def test_https_makes_cookies_host_only_and_secure_and_turns_hsts_on(var):
    names = ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"]
    assert settings_of(PRODUCTION | var, *names) == ["__Host-sessionid", "__Host-csrftoken", True, True]
    assert settings_of(PRODUCTION | var, "SECURE_HSTS_SECONDS", "ALLOWED_HOSTS") == [
        31_536_000,
        ["example.org"],
    ]


def test_https_is_believed_from_a_proxy_and_redirected_to_only_when_asked(var):
    names = ["SECURE_PROXY_SSL_HEADER", "SECURE_SSL_REDIRECT"]
    asked = PRODUCTION | var | {"TRUST_FORWARDED_PROTO": "yes"}
    assert settings_of(PRODUCTION | var, *names) == [None, None]
    assert settings_of(asked, *names) == [["HTTP_X_FORWARDED_PROTO", "https"], True]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_http_is_accepted_on_this_machine(url, var):
    assert settings_of(
        KEY | var | {"SITE_URL": url}, "SITE_URL", "SESSION_COOKIE_SECURE", "ALLOWED_HOSTS"
    ) == [
        url,
        None,
        ["127.0.0.1", "localhost", "[::1]"],
    ]


def test_hosts_are_read_without_the_spaces_around_them(var):
    assert settings_of(PRODUCTION | var | {"ALLOWED_HOSTS": " a.org , b.org,"}, "ALLOWED_HOSTS") == [
        ["a.org", "b.org"]
    ]


def test_sqlite_takes_its_write_lock_first_and_syncs_in_full(var):
    ((database,),) = [settings_of(KEY | var, "DATABASE")]
    assert database["NAME"] == f"{var['VAR_DIR']}/editorial.sqlite3"
    assert database["OPTIONS"] == {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON",
    }


def test_postgresql_keeps_its_connections_in_a_pool(var):
    url = {"DATABASE_URL": "postgres://ada:$ecret%23@db.example.org:5433/texts?sslmode=require"}
    (database,) = settings_of(KEY | var | url | {"DB_POOL_MAX": "3"}, "DATABASE")
    assert [database[key] for key in ("HOST", "PORT", "NAME", "USER", "PASSWORD")] == [
        "db.example.org",
        5433,
        "texts",
        "ada",
        "$ecret#",
    ]
    assert database["OPTIONS"]["pool"]["max_size"] == 3
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["CONN_MAX_AGE"] == 0
    (database,) = settings_of(KEY | var | url | {"DB_POOL_MAX": "0"}, "DATABASE")
    assert "pool" not in database["OPTIONS"]


def test_a_key_that_begins_with_a_dollar_is_taken_as_it_is(var):
    assert settings_of(var | {"SECRET_KEY": "$PATH" + "x" * 50}, "SECRET_KEY") == ["$PATH" + "x" * 50]


def test_the_demo_makes_a_key_once_and_only_its_owner_can_read_it(var):
    first, again = (settings_of(var | {"DEMO": "1"}, "SECRET_KEY") for _ in range(2))
    file = Path(var["VAR_DIR"]) / "secret_key"
    assert first == again == [file.read_text()]
    assert len(first[0]) >= 50
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.glob("secret*")] == ["secret_key"]


def test_only_the_demo_shows_readers_what_is_for_the_desk(var):
    assert settings_of(KEY | var, "SHOW_DESK_META", "SHOW_REVIEWER_NAMES") == [False, True]
    assert settings_of(var | {"DEMO": "true"}, "SHOW_DESK_META") == [True]
    assert settings_of(var | {"DEMO": "true", "SHOW_DESK_META": "off"}, "SHOW_DESK_META") == [False]


def test_an_empty_value_counts_as_not_set(var):
    empty = {"DATABASE_URL": "", "DB_POOL_MAX": "", "DEBUG": "", "REVIEW_VALID_DAYS": " ", "SITE_URL": ""}
    assert settings_of(KEY | var | empty, "DEBUG", "REVIEW_VALID_DAYS", "SITE_URL") == [
        False,
        365,
        "http://127.0.0.1:8000",
    ]


def test_the_environment_wins_over_the_file(var, tmp_path):
    file = tmp_path / "production.env"
    file.write_text("SITE_NAME=From the file\nARTICLE_LANG=de\n")
    environment = KEY | var | {"ENV_FILE": str(file), "ARTICLE_LANG": "fr"}
    assert settings_of(environment, "SITE_NAME", "ARTICLE_LANG") == ["From the file", "fr"]


@pytest.mark.parametrize(
    "bad",
    [
        {"SECRET_KEY": ""},
        {"DEBUG": "maybe"},
        {"DEMO": "2"},
        {"SITE_URL": "http://example.org"},
        {"SITE_URL": "http://192.168.1.7:8000"},
        {"SITE_URL": "example.org"},
        {"SITE_URL": "ftp://example.org"},
        {"SITE_URL": "https://"},
        {"SITE_URL": "https://example.org/blog"},
        {"SITE_URL": "https://example.org:port"},
        {"SITE_URL": "https://ada:secret@example.org"},
        {"REVIEW_REQUIRED": "none"},
        {"REVIEW_CLAIM_MINUTES": "soon"},
        {"REVIEW_CLAIM_MINUTES": "0"},
        {"REVIEW_VALID_DAYS": "-1"},
        {"REVIEW_RESERVED_HOURS": "0"},
        {"REVIEW_UNDO_MINUTES": "a while"},
        {"HSTS_SECONDS": "1_000", "SITE_URL": "https://example.org"},
        {"ARTICLE_DIR": "up"},
        {"DATABASE_URL": "somewhere"},
        {"DATABASE_URL": "mysql://ada:secret@example.org/texts"},
        {"DATABASE_URL": "postgres://ada:secret@example.org:port/texts"},
        {"CACHE_URL": "somewhere"},
        {"SECURITY_CONTACT": "security@example.org", "SECURITY_EXPIRES": "2099-01-31"},
        {"SECURITY_CONTACT": "mailto:", "SECURITY_EXPIRES": "2099-01-31"},
        {"SECURITY_CONTACT": "mailto:security@example.org"},
        {"SECURITY_EXPIRES": "31/01/2099", "SECURITY_CONTACT": "mailto:security@example.org"},
    ],
    ids=lambda bad: " ".join(f"{name}={value}" for name, value in bad.items()),
)
def test_a_bad_value_ends_in_one_line_that_names_it_and_tells_no_secret(bad, var):
    done = run(["manage.py", "check"], KEY | var | bad)
    assert done.returncode == 1
    assert re.fullmatch(rf"Editorial does not start\. {next(iter(bad))} .+\n", done.stderr)
    assert "secret@" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("mode", ["DEMO", "DEBUG", "TESTING"])
def test_what_is_for_this_machine_only_is_refused_on_a_real_address(mode, var):
    done = run(["manage.py", "check"], PRODUCTION | var | {mode: "1"})
    assert done.returncode == 1
    assert re.fullmatch(r"Editorial does not start\. DEMO, DEBUG and TESTING .+\n", done.stderr)


def test_the_example_file_lists_every_setting_and_no_other():
    example = (ROOT / ".env.example").read_text()
    source = (ROOT / "editorial" / "settings.py").read_text()
    read = set(re.findall(r'environment\.\w+\(\s*"([A-Z_]+)"', source))
    assert read == set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))


def test_the_example_file_is_a_valid_configuration(var):
    example = {"ENV_FILE": str(ROOT / ".env.example")}
    assert settings_of(KEY | var | example, "DEBUG", "DEMO", "REVIEW_REQUIRED") == [False, False, "flagged"]
