"""manage.py run_jobs: what is to be done in the background, once or all the time."""

import argparse
import logging
import signal
import threading

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, close_old_connections, connection

from editorial import running
from editorial.jobs import JOBS

logger = logging.getLogger(__name__)


def seconds(written):
    value = float(written)
    if not 0.1 <= value <= 3600:
        raise argparse.ArgumentTypeError("give a number of seconds from 0.1 to 3600")
    return value


class Command(BaseCommand):
    help = (
        "Do what is due in the background, each job once. With --every, go on until SIGTERM or Ctrl-C: what a job is "
        "at is finished, and the rest is done the next time. Several processes may run; each job is run by one of "
        "them. Exit status: 0, or 1 where a job failed, 3 where the database is busy or away (without --every)."
    )
    # They ask the database, and this is to start while it is away.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--every", type=seconds, metavar="SECONDS", help="Keep running, and look so often what is due."
        )
        parser.add_argument(
            "--only", choices=[job.name for job in JOBS], metavar="NAME", help="Run this job alone."
        )

    def handle(self, *, every, only, **options):
        self.stopping = threading.Event()
        before = {
            number: signal.signal(number, lambda *caught: self.stopping.set())
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            jobs = [job for job in JOBS if only in (None, job.name)]
            if every is None:
                self._once(jobs)
            else:
                self._again_and_again(jobs, every)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _once(self, jobs):
        failed = False
        for job in jobs:
            try:
                run = running.run(job, is_stopping=self.stopping.is_set)
            except OperationalError as error:
                raise CommandError(
                    f"The database is busy or away: {str(error).strip()}", returncode=3
                ) from None
            self.stdout.write(f"{job.name}: {told(run)}")
            failed = failed or (run is not None and run.outcome == run.Outcome.FAILED)
            if self.stopping.is_set():
                break
        if failed:
            raise CommandError("A job failed: the log above says why.", returncode=1)

    def _again_and_again(self, jobs, every):
        """Run each job when its period is over. A database that is away is waited for."""
        while not self.stopping.is_set():
            for job in jobs:
                if self.stopping.is_set():
                    break
                try:
                    if running.is_due(job):
                        running.run(job, is_stopping=self.stopping.is_set)
                except OperationalError as error:
                    logger.warning("Job %s: the database is busy or away: %s", job.name, str(error).strip())
            if not connection.in_atomic_block:  # as in tests
                close_old_connections()
            self.stopping.wait(every)


def told(run):
    """Say in a line what became of a run."""
    if run is None:
        return "another process runs it."
    return f"{run.outcome}; {run.did or 'there was nothing to do'}.{f' {run.said}' if run.said else ''}"
