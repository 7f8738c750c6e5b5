"""/health says that the process serves; /health/ready says whether what it needs is there."""

import json

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

import articles.guards
import reviews.guards

# A port of this machine where nothing listens.
AWAY = "postgres://nobody:hidden-word@127.0.0.1:1/none"
ASK = """
    import json
    from django.test import Client
    answer = Client(headers={"host": "127.0.0.1"}).get(sys.argv[1])
    print(json.dumps([answer.status_code, answer.content.decode()]))
"""


def test_health_answers_without_a_database(client):
    answer = client.get("/health")  # without the `db` fixture any query fails this test
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_health_is_only_for_reading(client, path):
    assert client.post(path).status_code == 405


def test_ready_names_each_dependency(client, db):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"ok": True, "database": "ok", "migrations": "ok", "guards": "ok"}


def test_a_migration_that_is_not_applied_is_not_ready(client, db):
    recorder = MigrationRecorder(connection)
    last = max(name for app, name in recorder.applied_migrations() if app == "reviews")
    recorder.record_unapplied("reviews", last)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["ok"] is False
    assert answer.json()["migrations"] == "1 to apply"


@pytest.mark.parametrize("guards", [articles.guards, reviews.guards], ids=["articles", "reviews"])
def test_a_guard_that_is_gone_is_not_ready(client, db, guards):
    gone = guards.GUARDS[:1]
    articles.guards.drop(connection, gone)
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["guards"] == f"missing or changed: {gone[0].name}"


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/health", 200, {"ok": True}),
        (
            "/health/ready",
            503,
            {"ok": False, "database": "does not answer", "migrations": "not known", "guards": "not known"},
        ),
    ],
)
def test_a_database_that_is_away_ends_readiness_and_not_life(spawn, path, status, body):
    answer = spawn(ASK, path, DATABASE_URL=AWAY)
    output, errors = answer.communicate(timeout=60)
    assert [json.loads(output)[0], json.loads(json.loads(output)[1])] == [status, body]
    assert "hidden-word" not in output + errors
