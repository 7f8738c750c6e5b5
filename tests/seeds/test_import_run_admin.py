"""Import runs in the admin: what they did, how far they are, what they refused, and who may see and stop them."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.models import ImportProblem, ImportRun, Person
from articles.models.intake import SILENCE
from reviews import checking, intake
from seeds import admin, uploads
from tests.makers import make_document, make_person, make_released, make_user

pytestmark = pytest.mark.django_db

LIST = "admin:articles_importrun_changelist"
RUN = "admin:articles_importrun_change"
PROBLEMS = "admin:importrun-problems"
STOP = "admin:importrun-stop"


def make_run(**fields):
    given = {"source": "drafts.jsonl", "format": "jsonl", "state": "finished", "read": 200, "seconds": 10.0}
    return ImportRun.objects.create(**given | fields)


def make_problem(run, line=1, **fields):
    given = {"kind": "refused", "file": run.source, "path": "title", "reason": "This is missing."}
    return ImportProblem.objects.create(run=run, line=line, **given | fields)


def page(client, run, query=""):
    answer = client.get(reverse(RUN, args=[run.pk]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def editor(client):
    client.force_login(make_user("edith", is_staff=True))
    return client


@pytest.fixture
def bystander(client):
    """Somebody who may open the admin and has no right in it."""
    client.force_login(make_user("sam", [], is_staff=True))
    return client


def test_the_list_says_source_format_who_state_counts_and_rate(editor):
    make_run(person=make_person("ada"), created=150, rejected=12)
    make_run(source="half.jsonl", state="running", size=1000, offset=420, dry_run=True)
    text = editor.get(reverse(LIST)).content.decode()
    for word in ("drafts.jsonl", "jsonl", "ada", "150", "12", "the command line", "running, 42% (dry run)"):
        assert word in text, word
    assert ">20<" in text  # 200 documents in 10 seconds
    assert "Upload a file" in text


def test_the_page_of_a_run_says_how_far_it_is_and_how_long_it_takes(editor):
    text = page(editor, make_run(state="running", size=1000, offset=250, seconds=60.0))
    assert '<progress max="100" value="25"' in text
    assert "about 3 minutes left" in text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in text


def test_a_run_says_that_its_checks_are_not_all_done_yet(editor):
    run = make_run()
    intake.receive_many([make_document("a")], run=run)
    assert "Not all of it is checked yet." in page(editor, run)
    checking.check_due()
    assert "Not all of it is checked yet." not in page(editor, run)


def test_what_is_over_does_not_reload(editor):
    text = page(editor, make_run())
    assert "http-equiv" not in text
    assert "data-unfinished" not in text


def test_the_script_is_given_the_progress_alone(editor):
    run = make_run(state="running", size=1000, offset=250)
    make_problem(run)
    part = page(editor, run, "?progress")
    assert "25%" in part
    assert "<html" not in part
    assert "This is missing." not in part
    assert "data-over" not in part
    ImportRun.objects.update(state="finished")
    assert "data-over" in page(editor, run, "?progress")


def test_a_run_that_is_heard_of_no_more_has_failed_and_can_be_gone_on_with(editor):
    long_ago, lately = timezone.now() - SILENCE, timezone.now() - SILENCE / 2
    dead = [make_run(state="running", heard_at=long_ago), make_run(state="running", heard_at=None)]
    ImportRun.objects.filter(pk=dead[1].pk).update(started_at=long_ago)
    alive = [make_run(state="running", heard_at=lately), make_run(state="running")]
    assert "Last heard of" in page(editor, alive[0])
    uploads.import_waiting(lambda **done: None)
    states = dict(ImportRun.objects.values_list("pk", "state"))
    assert [states[run.pk] for run in dead + alive] == ["failed", "failed", "running", "running"]
    assert "the same command again goes on from there" in page(editor, dead[0])
    assert dead[0].take_again()
    assert ImportRun.objects.get(pk=dead[0].pk).heard_at > lately


def test_a_run_of_unknown_length_or_pace_is_no_error(editor):
    for fields in ({"size": None}, {"size": 0}, {"seconds": 0, "read": 0}):
        for state in ImportRun.State:
            page(editor, make_run(state=state, **fields))


def test_a_dry_run_speaks_of_what_would_be(editor):
    public = make_released("live")
    text = page(editor, make_run(dry_run=True, created=3, touched=[public.slug]))
    for words in ("nothing is imported", "Would be created", "Public articles that would get a new draft"):
        assert words in text
    assert reverse("admin:articles_article_change", args=[public.pk]) in text


def test_reasons_are_counted_the_most_frequent_first(editor):
    run = make_run()
    for line in range(3):
        make_problem(run, line)
    make_problem(run, 9, path="body", reason="This is empty.")
    make_problem(make_run(), reason="Of another run.")
    text = page(editor, run)
    assert text.index("This is missing.") < text.index("This is empty.")
    assert '<td class="number">3</td>' in text
    assert "Of another run." not in text


def test_each_problem_says_file_line_path_and_reason_page_by_page(editor, monkeypatch):
    monkeypatch.setattr(admin, "PAGE", 2)
    run = make_run()
    rows = [make_problem(run, line, reason=f"Reason {line}.") for line in range(1, 4)]
    monkeypatch.setattr(admin, "REASONS", 0)
    first = page(editor, run)
    assert "<bdi>drafts.jsonl</bdi>:1" in first
    assert "Reason 3." not in first
    assert f"?kind=&amp;after={rows[1].pk}#each" in first
    second = page(editor, run, f"?kind=&after={rows[1].pk}")
    assert "Reason 3." in second
    assert "Reason 1." not in second
    assert "Next page" not in second


@pytest.mark.parametrize(
    "query", ["?after=x", "?after=" + "9" * 40, "?after=-1", "?kind=nonsense", "?kind=altered"]
)
def test_an_address_that_was_written_by_hand_is_no_error(editor, query):
    run = make_run()
    make_problem(run)
    page(editor, run, query)


def test_what_a_document_says_is_shown_and_never_run_P10(editor):
    run = make_run(source="<script>alert(1)</script>", said="<b>x</b>")
    make_problem(run, reason="<script>alert(2)</script>", path="<i>", source_id="<u>", file="<s>")
    text = page(editor, run) + editor.get(reverse(LIST)).content.decode()
    for planted in ("<script>alert", "<b>x", "<i>", "<u>", "<s>"):
        assert planted not in text


def test_problems_are_taken_away_as_json_lines_each_with_its_document(editor, monkeypatch):
    monkeypatch.setattr("seeds.refused.CHUNK", 2)
    run = make_run()
    for line in range(1, 6):
        make_problem(run, line, document=json.dumps({"source_id": f"é{line}"}))
    make_problem(run, 6, kind="altered")
    make_problem(make_run(), 7)
    answer = editor.get(reverse(PROBLEMS, args=[run.pk]))
    rows = [json.loads(line) for line in answer.getvalue().decode().splitlines()]
    assert [row["problem"]["line"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[0]["document"] == {"source_id": "é1"}
    assert answer.headers["Content-Disposition"] == f'attachment; filename="import-{run.pk}-problems.jsonl"'
    refused = editor.get(reverse(PROBLEMS, args=[run.pk]) + "?kind=refused").getvalue()
    assert len(refused.splitlines()) == 5


def test_what_was_no_document_is_taken_away_as_the_text_it_was(editor):
    run = make_run()
    make_problem(run, document="not { json")
    answer = editor.get(reverse(PROBLEMS, args=[run.pk]))
    assert json.loads(answer.getvalue())["document"] == "not { json"


def test_an_upload_can_be_stopped_once(editor):
    run = make_run(state="waiting", upload="a-name")
    assert "Stop it" in page(editor, run)
    assert editor.post(reverse(STOP, args=[run.pk]), follow=True).status_code == 200
    run.refresh_from_db()
    assert (run.state, run.said) == ("stopped", "edith stopped it. What was in by then stays in.")
    text = editor.post(reverse(STOP, args=[run.pk]), follow=True).content.decode()
    assert "there was nothing to stop" in text
    assert "Stop it" not in text


def test_what_runs_on_a_command_line_is_not_stopped_from_here(editor):
    run = make_run(state="running")
    assert "Stop it" not in page(editor, run)
    editor.post(reverse(STOP, args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "running"


def test_a_link_stops_nothing(editor):
    run = make_run(state="waiting", upload="a-name")
    assert editor.get(reverse(STOP, args=[run.pk])).status_code == 403
    run.refresh_from_db()
    assert run.state == "waiting"


def test_who_has_no_right_sees_stops_and_takes_away_nothing(bystander):
    run = make_run(state="waiting", upload="a-name")
    make_problem(run)
    for name in (LIST, RUN, PROBLEMS, STOP):
        where = reverse(name, args=[] if name == LIST else [run.pk])
        for query in ("", "?progress"):
            assert bystander.get(where + query).status_code == 403
        assert bystander.post(where).status_code == 403
    run.refresh_from_db()
    assert run.state == "waiting"


def test_who_may_look_may_not_upload_or_stop(client):
    client.force_login(make_user("otto", is_staff=True))  # an auditor
    run = make_run(state="waiting", upload="a-name")
    assert "Stop it" not in page(client, run)
    assert client.post(reverse(STOP, args=[run.pk])).status_code == 403
    assert client.get(reverse("admin:articles_importrun_add")).status_code == 403
    assert "Upload a file" not in client.get(reverse(LIST)).content.decode()


def test_who_may_not_see_problems_sees_their_number_alone(client):
    from django.contrib.auth.models import Permission

    user = make_user("sam", [], is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_importrun"))
    client.force_login(user)
    run = make_run(rejected=1)
    make_problem(run, reason="What the document says.")
    assert "What the document says." not in page(client, run)
    assert client.get(reverse(PROBLEMS, args=[run.pk])).status_code == 403


def test_a_run_is_changed_by_nobody(admin_client):
    run = make_run()
    for name in (RUN, "admin:articles_importrun_delete"):
        assert (
            admin_client.post(reverse(name, args=[run.pk]), {"source": "x", "post": "yes"}).status_code == 403
        )
    run.refresh_from_db()
    assert run.source == "drafts.jsonl"


def queries(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_the_list_costs_the_same_for_many_runs(editor):
    for number in range(12):
        make_run(person=Person.objects.create(name=f"Person {number}"))
    assert queries(editor, reverse(LIST)) <= 6


def test_the_page_costs_the_same_for_many_problems(editor):
    run = make_run(person=make_person("ada"), touched=[make_released("live").slug])
    for line in range(60):
        make_problem(run, line)
    # session, account, its rights (2); the run, its checks, its reasons, its problems, the articles it touches
    assert queries(editor, reverse(RUN, args=[run.pk])) <= 9
    assert queries(editor, reverse(RUN, args=[run.pk]) + "?progress") <= 6


def test_the_upload_page_costs_next_to_nothing(editor):
    assert queries(editor, reverse("admin:articles_importrun_add")) <= 4
