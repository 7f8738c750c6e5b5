"""Uploading a file in the admin: received, kept under a name of ours, imported in the background, and gone."""

import io
import json
import os
import signal
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, ImportProblem, ImportRun, Person, Revision
from editorial.models import SILENCE, JobRun
from reviews import checking
from reviews.models import Due
from seeds import batches, importer, receiving, uploads
from tests.makers import DATA, make_released, make_user
from tests.seeds.test_import_articles import document, lines

UPLOAD = "admin:articles_importrun_add"


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"


@pytest.fixture
def edith(db):
    return make_user("edith", is_staff=True)


@pytest.fixture
def editor(client, edith):
    client.force_login(edith)
    return client


def upload(client, content, name="drafts.jsonl", **more):
    return client.post(reverse(UPLOAD), {"file": SimpleUploadedFile(name, content), **more})


@pytest.fixture
def no_file_is_written(monkeypatch):
    """Fails where a file is received at all, even one that goes with its request."""

    def written(*args):
        raise AssertionError("A file was written.")

    monkeypatch.setattr(receiving, "Received", written)


def files():
    return sorted(receiving.folder().iterdir())


def run_job():
    out = io.StringIO()
    call_command("run_jobs", only="import", stdout=out)
    return out.getvalue()


def test_a_file_waits_is_imported_by_the_job_and_is_deleted(editor, edith):
    answer = upload(editor, lines(document("a"), {"source_id": "b"}, document("c")))
    run = ImportRun.objects.get()
    assert answer.headers["Location"] == reverse("admin:articles_importrun_change", args=[run.pk])
    assert (run.state, run.source, run.format, run.person) == (
        "waiting",
        "drafts.jsonl",
        "jsonl",
        Person.objects.of(edith),
    )
    assert not Article.objects.exists()
    assert "import: done; 3 read." in run_job()
    run.refresh_from_db()
    assert (run.state, run.read, run.created, run.rejected) == ("finished", 3, 2, 1)
    assert (run.upload, run.percentage) == ("", 100)
    assert run.finished_at
    assert sorted(Article.objects.values_list("source_id", flat=True)) == ["a", "c"]
    assert set(Revision.objects.values_list("import_run", flat=True)) == {run.pk}
    assert [(one.file, one.line) for one in run.problems.all()] == [
        ("drafts.jsonl", 2)
    ] * run.problems.count()
    assert files() == []


def test_the_checks_of_what_came_in_are_left_to_their_job(editor):
    upload(editor, lines(document("a")))
    run_job()
    assert Due.objects.count() == 1
    call_command("run_jobs", stdout=io.StringIO())
    assert not Due.objects.exists()


def test_the_file_has_a_name_of_ours_and_is_for_its_owner_only_S19(editor):
    upload(editor, lines(document("a")), name="../../etc/passwd\u202e.jsonl")
    (file,) = files()
    assert "passwd" not in file.name
    assert file.stat().st_mode & 0o777 == 0o600
    assert ImportRun.objects.get().source == "passwd.jsonl"


@pytest.mark.parametrize(
    ("content", "status", "why"),
    [
        (b"", 422, "This file is empty."),
        (b"\x1f\x8b\x08\x00 and so on", 422, "is none of the formats that are known here"),
        (b"<html>", 422, "is none of the formats that are known here"),
        (b"{" + b" " * (1024 * 1024), 413, "is larger than 1 MB, the most that can be uploaded"),
        (b"{" + b" " * (3 * 1024 * 1024), 413, "is larger than 1 MB, the most that can be uploaded"),
    ],
    ids=["empty", "gzip", "markup", "too large as it comes", "too large as announced"],
)
def test_what_cannot_be_imported_is_refused_politely_and_leaves_no_file(
    editor, settings, content, status, why
):
    settings.IMPORT_UPLOAD_MB = 1
    answer = upload(editor, content, dry_run="on")
    page = answer.content.decode()
    assert answer.status_code == status
    assert why in page
    assert 'name="dry_run" id="id_dry_run" checked' in page.replace(
        ' aria-describedby="id_dry_run_helptext"', ""
    )
    assert files() == []
    assert not ImportRun.objects.exists()


def test_no_file_at_all_is_asked_for(editor):
    answer = editor.post(reverse(UPLOAD), {"dry_run": "on"})
    assert answer.status_code == 422
    assert "Choose a file." in answer.content.decode()


def test_a_full_disk_is_a_sentence(editor, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    answer = upload(editor, lines(document("a")))
    assert answer.status_code == 413
    assert "could not be kept on this machine (No space left on device)" in answer.content.decode()


@pytest.mark.parametrize("username", ["ada", "lena"])
def test_who_may_not_import_may_not_upload_and_nothing_is_written(client, db, username, no_file_is_written):
    client.force_login(make_user(username, is_staff=True))
    assert client.get(reverse(UPLOAD)).status_code == 403
    assert upload(client, lines(document("a"))).status_code == 403
    assert files() == []
    assert not ImportRun.objects.exists()


def test_a_file_sent_to_any_other_page_is_not_written(editor, no_file_is_written):
    for address in ("/", "/sign-in/", reverse("admin:articles_article_add")):
        editor.post(address, {"file": SimpleUploadedFile("a", b"{}")})
    assert files() == []


def test_a_file_of_a_session_that_is_over_is_not_written_and_the_form_comes_back_P8(
    client, db, no_file_is_written
):
    make_user("edith", is_staff=True)
    answer = upload(client, lines(document("a")), dry_run="on")
    assert answer.status_code == 401
    assert files() == []
    again = {"dry_run": "on", "sign_in-username": "edith", "sign_in-password": "edithedith"}
    page = client.post(reverse(UPLOAD), again).content.decode()
    assert "Choose the file once more" in page
    assert "checked" in page
    assert not ImportRun.objects.exists()


def test_a_page_without_its_token_sends_nothing(db):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("edith", is_staff=True))
    assert upload(client, lines(document("a"))).status_code == 403
    assert files() == []


def test_the_same_file_twice_changes_nothing_F10(editor):
    for _ in range(2):
        upload(editor, lines(document("a")))
    run_job()
    assert [(run.created, run.unchanged) for run in ImportRun.objects.order_by("pk")] == [(1, 0), (0, 1)]


def test_a_dry_run_says_what_would_happen_and_changes_nothing(editor):
    public = make_released("live")
    before = Article.objects.count(), Revision.objects.count()
    changed = document("live", body="Other words.")
    upload(editor, lines(document("new"), changed, {"source_id": "bad"}), dry_run="on")
    run_job()
    run = ImportRun.objects.get()
    assert (run.state, run.created, run.updated, run.rejected) == ("finished", 1, 1, 1)
    assert run.touched == [public.slug]
    assert set(run.problems.values_list("line", flat=True)) == {3}
    assert (Article.objects.count(), Revision.objects.count()) == before
    assert files() == []


def test_a_file_that_is_gone_fails_its_run_and_others_go_on(editor):
    for name in "ab":
        upload(editor, lines(document(name)), name=f"{name}.jsonl")
    first = ImportRun.objects.order_by("pk").first()
    (receiving.folder() / first.upload).unlink()
    run_job()
    states = ImportRun.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["failed", "finished"]
    first.refresh_from_db()
    assert first.said.startswith("The file cannot be read any more.")


def test_an_error_fails_its_run_with_a_sentence_and_is_in_the_log_of_the_job(editor, monkeypatch):
    def broken(*args, **options):
        raise ValueError("the details")

    upload(editor, lines(document("a")))
    monkeypatch.setattr(batches.Batch, "take", broken)
    with pytest.raises(Exception, match="A job failed"):
        run_job()
    run = ImportRun.objects.get()
    assert (run.state, run.upload) == ("failed", "")
    assert "ValueError" in run.said
    assert "the details" not in run.said
    assert "the details" in JobRun.objects.get().log
    assert files() == []


def test_a_busy_database_leaves_the_upload_waiting(editor, monkeypatch):
    def busy(*args, **options):
        raise OperationalError("database is locked")

    upload(editor, lines(document("a")))
    with monkeypatch.context() as patch:
        patch.setattr(batches.Batch, "take", busy)
        with pytest.raises(Exception, match="A job failed"):
            run_job()
    assert ImportRun.objects.get().state == "waiting"
    run_job()
    assert ImportRun.objects.get().state == "finished"


def test_an_upload_that_ends_its_process_again_and_again_is_given_up_F14(editor):
    for name in "ab":
        upload(editor, lines(document(name)))
    first = ImportRun.objects.order_by("pk").first()
    ImportRun.objects.filter(pk=first.pk).update(state="running", tries=uploads.MOST_TRIES)
    run_job()
    first.refresh_from_db()
    assert first.state == "failed"
    assert first.said.startswith("It was begun 10 times")
    assert ImportRun.objects.order_by("pk").last().state == "finished"


@pytest.mark.parametrize("is_killed", [False, True], ids=["stopped", "killed"])
def test_an_upload_that_goes_on_is_never_given_up_however_often_it_is_begun(editor, monkeypatch, is_killed):
    class Ends(BaseException):
        """A stop between two batches."""

    def ends(**done):
        raise Ends

    monkeypatch.setattr(importer, "BATCH", 1)
    if is_killed:  # then nobody puts it back
        monkeypatch.setattr(ImportRun, "put_back", lambda run: None)
    upload(editor, lines(*(document(f"note-{number}") for number in range(uploads.MOST_TRIES + 2))))
    for _ in range(uploads.MOST_TRIES + 1):
        with pytest.raises(Ends):
            uploads.import_waiting(ends)
    uploads.import_waiting(lambda **done: None)
    run = ImportRun.objects.get()
    assert (run.state, run.read) == ("finished", uploads.MOST_TRIES + 2)


def test_an_upload_that_is_stopped_before_anything_of_it_is_in_is_never_given_up(editor, monkeypatch):
    def busy(*args, **options):
        raise OperationalError("database is locked")

    upload(editor, lines(document("a")))
    with monkeypatch.context() as patch:
        patch.setattr(batches.Batch, "take", busy)
        for _ in range(uploads.MOST_TRIES + 1):
            with pytest.raises(OperationalError):
                uploads.import_waiting(lambda **done: None)
    uploads.import_waiting(lambda **done: None)
    assert ImportRun.objects.get().state == "finished"


def test_what_checks_send_to_review_while_the_rest_comes_in_is_counted_once(editor, monkeypatch):
    monkeypatch.setattr(importer, "BATCH", 1)
    secret = document("a", body=f"It was run with AKI{'A' * 17}, as before.\n")
    flagged = document("b", meta={"flags": {"needs_human_review": True}})
    upload(editor, lines(secret, flagged, secret | {"source_id": "c"}))
    uploads.import_waiting(lambda **done: checking.check_due())
    checking.check_due()
    assert ImportRun.objects.get().flagged == 3


def test_a_job_asked_to_stop_leaves_the_rest_for_the_next_one(editor, monkeypatch):
    from editorial import running
    from editorial.jobs import JOBS

    monkeypatch.setattr(importer, "BATCH", 2)
    upload(editor, lines(*(document(f"note-{number}") for number in range(6))))
    job = next(one for one in JOBS if one.name == "import")
    assert running.run(job, is_stopping=lambda: True).outcome == "stopped"
    run = ImportRun.objects.get()
    assert (run.state, run.read) == ("waiting", 2)
    run_job()
    run.refresh_from_db()
    assert (run.state, run.read, run.created) == ("finished", 6, 6)


def test_who_stops_an_import_keeps_what_is_in_and_gets_no_more(editor, edith, monkeypatch):
    monkeypatch.setattr(importer, "BATCH", 2)
    upload(editor, lines(*(document(f"note-{number}") for number in range(6))))
    run = ImportRun.objects.get()

    def stopped_meanwhile(**done):
        run.stop(by=Person.objects.of(edith))

    uploads.import_waiting(stopped_meanwhile)
    run.refresh_from_db()
    assert (run.state, run.read, run.upload) == ("stopped", 2, "")
    assert Article.objects.count() == 2
    assert files() == []
    run_job()
    assert Article.objects.count() == 2


def test_a_paused_process_cannot_write_once_another_went_on_F15(editor, monkeypatch):
    monkeypatch.setattr(importer, "BATCH", 1)
    upload(editor, lines(*(document(f"note-{number}") for number in range(4))))
    stages = []

    def paused(**done):
        stages.append("paused")
        if len(stages) == 1:
            uploads.import_waiting(lambda **done: None)  # another process takes over, and ends it
            stages.append("over")

    uploads.import_waiting(paused)
    run = ImportRun.objects.get()
    assert stages == ["paused", "over"]
    assert (run.state, run.read, run.created, run.attempts) == ("finished", 4, 4, 2)


def test_files_that_no_run_waits_for_go_after_a_while(editor):
    upload(editor, lines(document("a")))
    (kept,) = files()
    young, old = receiving.folder() / "young", receiving.folder() / "old"
    for path in (young, old, kept):
        path.touch()
    for path in (old, kept):
        os.utime(path, (0, 0))
    uploads._delete_forgotten()
    assert files() == sorted([kept, young])


SLOWLY = """
    import sys, time
    from pathlib import Path
    from django.conf import settings
    from django.core.management import call_command
    from seeds import batches, importer
    settings.VAR_DIR = Path(sys.argv[1])
    importer.BATCH = 1
    take = batches.Batch.take
    def slowly(self, *args, **options):
        taken = take(self, *args, **options)
        print(self.end, flush=True)
        time.sleep(0.3)
        return taken
    batches.Batch.take = slowly
    call_command("run_jobs", only="import", verbosity=0)
"""


@pytest.fixture
def waiting(committed_database):
    """A run that waits with a file of twelve documents."""
    path = receiving.folder() / "a-name-of-ours"
    path.write_bytes(lines(*(document(f"note-{number}") for number in range(12))))
    return ImportRun.objects.create(
        source="drafts.jsonl", format="jsonl", state="waiting", upload=path.name, size=path.stat().st_size
    )


def test_an_import_whose_process_is_killed_goes_on_where_it_was_F14(spawn, settings, waiting):
    process = spawn(SLOWLY, settings.VAR_DIR)
    for _ in range(3):
        process.stdout.readline()
    process.kill()
    process.communicate(timeout=60)
    waiting.refresh_from_db()
    in_by_then = waiting.read
    assert waiting.state == "running"
    assert 3 <= in_by_then < 12
    assert "another process runs it" in run_job()
    JobRun.objects.update(heartbeat=timezone.now() - SILENCE - timedelta(seconds=1))
    assert f"import: done; {12 - in_by_then} read." in run_job()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.read, waiting.created, waiting.unchanged) == ("finished", 12, 12, 0)
    assert Article.objects.count() == 12
    assert files() == []


def test_sigterm_ends_an_import_behind_its_batch_and_it_waits_again(spawn, settings, waiting):
    process = spawn(SLOWLY, settings.VAR_DIR)
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    waiting.refresh_from_db()
    assert (waiting.state, waiting.read) == ("waiting", Article.objects.count())
    assert JobRun.objects.get().outcome == "stopped"
    run_job()
    assert Article.objects.count() == 12


def test_what_was_refused_can_be_taken_away_mended_and_sent_again(editor):
    upload(editor, lines(document("a"), DATA | {"source_id": "b", "title": 7}))
    run_job()
    run = ImportRun.objects.get()
    taken = editor.get(reverse("admin:importrun-problems", args=[run.pk]) + "?kind=refused")
    rows = [json.loads(line) for line in taken.getvalue().decode().splitlines()]
    assert [row["problem"]["line"] for row in rows] == [2]
    assert rows[0]["problem"]["path"] == "title"
    assert ImportProblem.Kind(rows[0]["problem"]["kind"]) == "refused"
