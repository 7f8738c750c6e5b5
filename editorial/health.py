"""Whether this process serves, and whether what it depends on is there. Nothing in the answers is secret."""

from dataclasses import dataclass

from django.contrib import admin
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

import articles.guards
import reviews.guards
from editorial.jobs import JOBS, Job
from editorial.models import JobRun

OK = "ok"
# A job that did not start for so many of its periods is overdue: nobody runs it, or something stands in its way.
OVERDUE_AFTER = 10


@never_cache
@require_safe
def live(request):
    """Answer while the process serves. Asks nothing else, so that a database away restarts no process."""
    return JsonResponse({"ok": True})


@never_cache
@require_safe
def ready(request):
    """Answer 200 where every dependency is as it should be, else 503, and say which is not."""
    found = dependencies()
    ok = all(state == OK for state in found.values())
    return JsonResponse({"ok": ok, **found}, status=200 if ok else 503)


@require_safe
@admin.site.admin_view
def status(request):
    """Show staff what the site depends on, and its jobs: when each ran last and what became of it."""
    jobs = [Standing.of(job) for job in JOBS]
    context = {
        **admin.site.each_context(request),
        "title": "How the site is",
        "dependencies": dependencies(),
        "jobs": jobs,
        "someone_is_late": any(job.is_overdue for job in jobs),
        "may_read_logs": request.user.has_perm("editorial.view_jobrun"),
    }
    return TemplateResponse(request, "editorial/status.html", context)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job is: its last run, and the last that had something to tell."""

    job: Job
    last: JobRun | None
    telling: JobRun | None

    @classmethod
    def of(cls, job):
        runs = JobRun.objects.of(job.name).defer("log")
        last = runs.first()
        telling = last if last is None or last.is_telling else runs.telling().first()
        return cls(job, last, telling)

    @property
    def is_overdue(self):
        if self.last is None:
            return True
        heard = self.last.heartbeat if self.last.is_running else self.last.started_at
        return (timezone.now() - heard).total_seconds() > OVERDUE_AFTER * self.job.period


def dependencies():
    """Return {what: "ok" or what is wrong with it}."""
    try:
        return {"database": OK, "migrations": migrations(), "guards": guards()}
    except DatabaseError:
        return {"database": "does not answer", "migrations": "not known", "guards": "not known"}


def migrations():
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} to apply" if waiting else OK


def guards():
    missing = articles.guards.missing(connection, [*articles.guards.GUARDS, *reviews.guards.GUARDS])
    return f"missing or changed: {', '.join(missing)}" if missing else OK
