"""manage.py run_jobs: one process at a time, stopped between two steps, killed anywhere, and every run a row (P6)."""

import io
import signal
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from editorial import jobs, running
from editorial.health import OVERDUE_AFTER
from editorial.jobs import JOBS, Job
from editorial.models import SILENCE, JobRun
from reviews import intake
from reviews.models import Due
from tests.makers import make_document, make_user

SECRET = "postgres://nobody:hidden-word@127.0.0.1:1/none"


def job(work, name="work", period=10):
    return Job(name, period, "Does what a test asks of it.", work)


def run_jobs(**options):
    out = io.StringIO()
    call_command("run_jobs", stdout=out, **options)
    return out.getvalue()


def land(*names):
    """Documents as a large import leaves them: in, with their checks to come."""
    intake.receive_many([make_document(name) for name in names])


def overtime(seconds):
    """A moment so long ago."""
    return timezone.now() - timedelta(seconds=seconds)


@pytest.mark.django_db
def test_what_landed_is_checked_once_and_the_row_tells():
    land("a", "b")
    assert "check: done; 2 checked." in run_jobs(only="check")
    assert not Due.objects.exists()
    run = JobRun.objects.get()
    assert (run.outcome, run.counts, run.slot) == ("done", {"checked": 2}, None)
    assert "check: done; there was nothing to do." in run_jobs(only="check")


@pytest.mark.django_db
def test_every_job_runs_and_has_a_name_of_its_own():
    said = run_jobs()
    assert [line.split(":")[0] for line in said.splitlines()] == [one.name for one in JOBS]
    assert len({one.name for one in JOBS}) == len(JOBS)


@pytest.mark.django_db
def test_a_job_that_another_process_runs_is_left_to_it():
    held = JobRun.objects.begin("check")
    land("a")
    assert "another process runs it" in run_jobs(only="check")
    assert Due.objects.count() == 1
    held.end("done", counts={})
    run_jobs(only="check")
    assert not Due.objects.exists()


@pytest.mark.django_db
def test_a_run_that_went_silent_loses_its_slot_and_cannot_speak_for_the_job_any_more_F15():
    zombie = JobRun.objects.begin("work")
    JobRun.objects.update(heartbeat=timezone.now() - SILENCE - timedelta(seconds=1))
    after = JobRun.objects.begin("work")
    assert after is not None
    assert not zombie.beat({"done": 5})
    assert not zombie.end("done", counts={"done": 5})
    zombie.refresh_from_db()
    assert (zombie.outcome, zombie.counts) == ("lost", {})
    assert after.beat({})


@pytest.mark.django_db
def test_a_run_that_speaks_keeps_its_slot_however_long_it_takes():
    run = JobRun.objects.begin("work")
    JobRun.objects.update(started_at=overtime(24 * 3600))
    run.beat({})
    assert JobRun.objects.begin("work") is None


@pytest.mark.django_db
def test_the_database_holds_one_run_to_a_slot():
    run = JobRun.objects.begin("work")
    with pytest.raises(IntegrityError):
        JobRun.objects.create(job="work", slot=run.slot, started_at=run.started_at, heartbeat=run.heartbeat)


@pytest.mark.django_db
def test_a_zombie_ends_at_its_next_step_and_what_took_over_is_left_alone_F15(monkeypatch):
    monkeypatch.setattr(running, "BEAT", 0)

    def asleep(step):
        step(done=1)
        JobRun.objects.update(heartbeat=timezone.now() - SILENCE - timedelta(seconds=1))
        taken.append(JobRun.objects.begin("work"))
        step(done=1)
        raise AssertionError("A zombie went on.")

    taken = []
    assert running.run(job(asleep)).outcome == "lost"
    taken[0].refresh_from_db()
    assert (taken[0].outcome, taken[0].slot) == ("running", "work")


@pytest.mark.django_db
def test_an_error_is_a_sentence_for_people_and_its_traceback_is_in_the_log():
    def broken(step):
        step(done=3)
        raise ValueError("the details")

    run = running.run(job(broken))
    assert (run.outcome, run.counts) == ("failed", {"done": 3})
    assert run.said == "It met an error that it was not made for (ValueError); the log of this run has it."
    assert "Traceback" in run.log
    assert "the details" in run.log


@pytest.mark.django_db
def test_a_failed_job_ends_the_command_with_1_and_the_others_ran(monkeypatch):
    def broken(step):
        raise ValueError

    monkeypatch.setattr("editorial.management.commands.run_jobs.JOBS", [job(broken, "first"), *JOBS])
    with pytest.raises(CommandError) as failed:
        run_jobs()
    assert failed.value.returncode == 1
    assert set(JobRun.objects.values_list("job", flat=True)) == {"first", *(one.name for one in JOBS)}


@pytest.mark.django_db
def test_a_busy_database_fails_the_run_and_the_next_one_goes_on():
    def busy(step):
        raise OperationalError("database is locked")

    run = running.run(job(busy))
    assert (run.outcome, run.said) == ("failed", "The database was busy or away. It is tried again.")
    assert running.run(job(lambda step: None)).outcome == "done"


@pytest.mark.django_db
def test_a_job_asked_to_stop_finishes_its_step_and_no_other():
    land(*(f"note-{number}" for number in range(3)))
    check = next(one for one in JOBS if one.name == "check")
    jobs.checking.BATCH, before = 1, jobs.checking.BATCH
    try:
        run = running.run(check, is_stopping=lambda: True)
    finally:
        jobs.checking.BATCH = before
    assert (run.outcome, run.counts) == ("stopped", {"checked": 1})
    assert Due.objects.count() == 2


@pytest.mark.django_db
def test_of_runs_that_found_nothing_to_do_only_the_last_is_kept():
    running.run(job(lambda step: step(done=1)))
    for _ in range(3):
        running.run(job(lambda step: None))
    running.run(job(lambda step: None, "another"))
    assert [run.counts for run in JobRun.objects.of("work")] == [{}, {"done": 1}]


@pytest.mark.django_db
def test_old_runs_go_and_those_of_other_jobs_stay():
    for name in ("work", "another"):
        running.run(job(lambda step: step(done=1), name))
    JobRun.objects.update(finished_at=overtime(31 * 24 * 3600))
    running.run(job(lambda step: step(done=2)))
    assert [run.counts for run in JobRun.objects.of("work")] == [{"done": 2}]
    assert JobRun.objects.of("another").count() == 1


@pytest.mark.django_db
def test_a_job_is_due_when_its_period_is_over():
    hourly = job(lambda step: None, period=3600)
    assert running.is_due(hourly)
    running.run(hourly)
    assert not running.is_due(hourly)
    JobRun.objects.update(started_at=overtime(3601))
    assert running.is_due(hourly)


@pytest.mark.parametrize("every", ["0", "-1", "soon", "nan", "99999"])
def test_a_pause_that_is_none_is_refused(every):
    with pytest.raises(CommandError, match="--every"):
        call_command("run_jobs", f"--every={every}")


def test_a_database_that_is_away_is_one_line_and_no_password(spawn):
    script = (
        "from django.core.management import execute_from_command_line as go; go(['manage.py', 'run_jobs'])"
    )
    process = spawn(script, DATABASE_URL=SECRET)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert errors.startswith("The database is busy or away: ") or "CommandError: The database" in errors
    assert "Traceback" not in errors
    assert "hidden-word" not in output + errors


# In real processes ----------------------------------------------------------------------------------------------------

KEEP_RUNNING = """
    from django.core.management import call_command
    from reviews import checking
    checking.BATCH = 1
    inner = checking.batches
    def slowly(**how):
        import time
        for done in inner(**how):
            print(done["checked"], flush=True)
            yield done
            time.sleep(0.2)
        print(0, flush=True)
    checking.batches = slowly
    call_command("run_jobs", every=0.1, only="check")
"""


def until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It never came to be."
        time.sleep(0.05)


def test_sigterm_ends_the_step_and_the_run_is_stopped(spawn):
    land(*(f"note-{number}" for number in range(40)))
    process = spawn(KEEP_RUNNING)
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    run = JobRun.objects.get()
    assert (run.outcome, run.slot) == ("stopped", None)
    assert run.counts["checked"] == 40 - Due.objects.count()


def test_ctrl_c_while_nothing_is_due_is_no_error(spawn):
    process = spawn(KEEP_RUNNING)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


def test_a_process_that_was_killed_is_taken_over_and_all_gets_done_F14(spawn):
    land(*(f"note-{number}" for number in range(12)))
    process = spawn(KEEP_RUNNING)
    process.stdout.readline()
    process.kill()
    process.communicate(timeout=60)
    assert Due.objects.exists()
    assert "another process runs it" in run_jobs(only="check")
    JobRun.objects.update(heartbeat=timezone.now() - SILENCE - timedelta(seconds=1))
    run_jobs(only="check")
    assert not Due.objects.exists()
    assert list(JobRun.objects.values_list("outcome", flat=True)) == ["done", "lost"]


def test_two_processes_never_run_one_job_at_once(spawn):
    land(*(f"note-{number}" for number in range(6)))
    script = """
        from editorial import running
        from editorial.jobs import JOBS
        run = running.run(next(job for job in JOBS if job.name == "check"))
        print(run.counts.get("checked", 0) if run else 0)
    """
    assert sum(map(int, spawn.together(3, script))) == 6
    assert not Due.objects.exists()


# What staff see -------------------------------------------------------------------------------------------------------


@pytest.fixture
def staff(db, client):
    client.force_login(make_user("sam", [], is_staff=True))
    return client


def test_who_is_no_staff_may_not_see_how_the_site_is(client, db):
    assert client.get("/health/status").status_code == 302
    client.force_login(make_user("ada", []))
    assert client.get("/health/status").status_code == 403


def test_staff_see_each_job_its_last_run_and_whether_it_is_overdue(staff):
    page = staff.get("/health/status").content.decode()
    assert page.count("overdue") >= len(JOBS)
    for one in JOBS:
        running.run(one)
        assert one.what in page
    page = staff.get("/health/status").content.decode()
    assert "overdue" not in page
    last = JOBS[0]
    JobRun.objects.of(last.name).update(started_at=overtime(last.period * OVERDUE_AFTER + 1))
    page = staff.get("/health/status").content.decode()
    assert page.count('<span class="state blocking">overdue</span>') == 1


def test_a_long_run_that_is_alive_is_not_overdue(staff):
    for one in JOBS:
        running.run(one)
    first = JOBS[0]
    run = JobRun.objects.begin(first.name)
    JobRun.objects.filter(pk=run.pk).update(started_at=overtime(first.period * OVERDUE_AFTER * 2))
    run.beat({})
    assert "overdue" not in staff.get("/health/status").content.decode()


def test_staff_read_the_sentence_and_the_traceback_is_for_those_who_may_read_logs(staff, admin_client):
    def broken(step):
        raise ValueError("details of the house")

    run = running.run(job(broken, JOBS[0].name))
    page = staff.get("/health/status").content.decode()
    assert "It met an error that it was not made for" in page
    assert "details of the house" not in page
    log = reverse("admin:editorial_jobrun_change", args=[run.pk])
    assert log not in page
    assert staff.get(log).status_code == 403
    assert log in admin_client.get("/health/status").content.decode()
    assert "details of the house" in admin_client.get(log).content.decode()


def test_how_the_site_is_costs_a_few_queries(staff):
    for one in JOBS:
        running.run(one)
        running.run(job(lambda step: step(done=1), one.name))
    staff.get("/health/status")
    with CaptureQueriesContext(connection) as queries:
        staff.get("/health/status")
    # session, account; migrations; guards; each job's last run
    assert len(queries) <= 8 + 2 * len(JOBS)


def test_the_list_of_runs_costs_a_few_queries(admin_client, db):
    for number in range(5):
        running.run(job(lambda step: step(done=1), f"job {number}"))
    with CaptureQueriesContext(connection) as queries:
        assert admin_client.get(reverse("admin:editorial_jobrun_changelist")).status_code == 200
    assert len(queries) <= 8
