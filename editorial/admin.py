"""The admin of runs of jobs: for looking, by those who may read a log."""

from django.contrib import admin

from articles.admin import ReadOnlyAdmin
from editorial.models import JobRun


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    list_display = ["id", "job", "outcome", "started_at", "took", "did", "said"]
    list_filter = ["job", "outcome"]
    fields = ["job", "outcome", "started_at", "heartbeat", "finished_at", "took", "did", "said", "log"]

    @admin.display(description="Took")
    def took(self, run):
        return f"{(run.finished_at - run.started_at).total_seconds():.1f} s" if run.finished_at else "–"

    @admin.display(description="Did")
    def did(self, run):
        return run.did or "–"
