"""Running a job: one process at a time, stopped between two steps, and every run a row (editorial.models.JobRun)."""

import logging
import time
from collections import Counter

from django.db import OperationalError

from editorial.models import JobRun

BEAT = 5  # seconds between two heartbeats: far less than models.SILENCE, and no write for every step
MOST_LOG = 20_000  # characters of the log that a row keeps, from its end

logger = logging.getLogger(__name__)


# No errors, so no job's `except Exception` is to catch them.
class Stopped(BaseException):
    """Whoever runs the jobs wants an end. What is done stays done."""


class Lost(BaseException):
    """This run was silent for too long, and another one has its slot."""


class Step:
    """What a job calls behind each small transaction, with counts of what it did. Raises Stopped or Lost."""

    def __init__(self, run, is_stopping):
        self.run, self.is_stopping = run, is_stopping
        self.done = Counter()
        self.heard = time.monotonic()

    def __call__(self, **done):
        self.done.update(done)
        if time.monotonic() - self.heard >= BEAT:
            if not self.run.beat(self.counts):
                raise Lost
            self.heard = time.monotonic()
        if self.is_stopping():
            raise Stopped

    @property
    def counts(self):
        return {name: count for name, count in self.done.items() if count}


class Log(logging.Handler):
    """Keeps what is logged while a job runs, whoever logs it."""

    def __init__(self):
        super().__init__(level=logging.INFO)
        self.setFormatter(logging.Formatter("{asctime} {levelname} {name}: {message}", style="{"))
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))

    def __enter__(self):
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *error):
        logging.getLogger().removeHandler(self)

    def __str__(self):
        return "\n".join(self.lines)[-MOST_LOG:]


def run(job, *, is_stopping=lambda: False):
    """Run a job once and return its JobRun as it ended, or None while another process runs it.

    Never raises for what the job meets. Raises OperationalError where the database itself is away.
    """
    this = JobRun.objects.begin(job.name)
    if this is None:
        return None
    step = Step(this, is_stopping)
    with Log() as log:
        outcome, said = _outcome(job, step)
    if this.end(outcome, counts=step.counts, said=said, log=str(log)):
        JobRun.objects.prune(job.name)
    this.refresh_from_db()
    return this


def _outcome(job, step):
    try:
        job.work(step)
    except Stopped:
        return JobRun.Outcome.STOPPED, "It was asked to stop, and goes on the next time."
    except Lost:
        return JobRun.Outcome.LOST, ""
    except OperationalError:
        logger.exception("Job %s: the database was busy or away.", job.name)
        return JobRun.Outcome.FAILED, "The database was busy or away. It is tried again."
    except Exception as error:
        logger.exception("Job %s failed.", job.name)
        said = (
            f"It met an error that it was not made for ({type(error).__name__}); the log of this run has it."
        )
        return JobRun.Outcome.FAILED, said
    return JobRun.Outcome.DONE, ""


def is_due(job):
    """Say whether the job's period is over since it last started."""
    return not JobRun.objects.of(job.name).started_within(job.period).exists()
