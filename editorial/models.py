"""What jobs did: one row for each run."""

from datetime import timedelta

from django.db import IntegrityError, models, transaction
from django.db.models.functions import Now

# A run that has not been heard of for so long is taken for dead. Each step of a job takes some tenths of a second.
SILENCE = timedelta(minutes=1)
KEPT = timedelta(days=30)


class JobRunQuerySet(models.QuerySet):
    def begin(self, job):
        """Take the job's slot and return its new run, or None while another process has it.

        A run that has gone silent loses its slot to the next one. All moments are the database's: clocks differ.
        """
        self.filter(slot=job, heartbeat__lt=Now() - SILENCE).update(
            slot=None,
            outcome=JobRun.Outcome.LOST,
            finished_at=Now(),
            said="Nothing was heard of it any more, and another run took over.",
        )
        try:
            with transaction.atomic():
                return self.create(job=job, slot=job, started_at=Now(), heartbeat=Now())
        except IntegrityError:
            return None

    def of(self, job):
        """All runs of a job, the latest first."""
        return self.filter(job=job).order_by("-pk")

    def started_within(self, seconds):
        return self.filter(started_at__gt=Now() - timedelta(seconds=seconds))

    def telling(self):
        """Runs that did something, or did not end well."""
        return self.exclude(outcome=JobRun.Outcome.DONE, counts={})

    def prune(self, job):
        """Delete what nobody looks for: old runs, and all but the last of those that found nothing to do."""
        self.filter(job=job, finished_at__lt=Now() - KEPT).delete()
        idle = self.filter(job=job, outcome=JobRun.Outcome.DONE, counts={})
        if last := idle.order_by("-pk").values_list("pk", flat=True).first():
            idle.filter(pk__lt=last).delete()


class JobRun(models.Model):
    """One run of one job. While it lasts it holds the job's slot, and says by its heartbeat that it is alive."""

    class Outcome(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"
        FAILED = "failed"
        LOST = "lost"

    job = models.CharField(max_length=40)
    slot = models.CharField(
        max_length=40, null=True, unique=True, help_text="The job, as long as this run alone may do it."
    )
    started_at = models.DateTimeField()
    heartbeat = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.RUNNING)
    counts = models.JSONField(
        default=dict, help_text="What was done, and how much of it; nothing where none was."
    )
    said = models.TextField(
        blank=True, help_text="What became of it, in a sentence, where that is not plain."
    )
    log = models.TextField(blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["job", "-id"], name="job_run_latest")]

    def __str__(self):
        return f"Run {self.pk} of {self.job}"

    @property
    def is_running(self):
        return self.outcome == self.Outcome.RUNNING

    @property
    def is_telling(self):
        return self.outcome != self.Outcome.DONE or bool(self.counts)

    @property
    def did(self):
        """What it did, in words; empty where there was nothing to do."""
        return ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in self.counts.items())

    def beat(self, counts):
        """Say that this run is alive and what it did so far; return whether it still has its slot."""
        return bool(self._held().update(heartbeat=Now(), counts=counts))

    def end(self, outcome, *, counts, said="", log=""):
        """Give the slot back and say what became of the run; return whether it still had it."""
        return bool(
            self._held().update(
                slot=None,
                outcome=outcome,
                heartbeat=Now(),
                finished_at=Now(),
                counts=counts,
                said=said,
                log=log,
            )
        )

    def _held(self):
        return JobRun.objects.filter(pk=self.pk, slot=self.job)
