"""Processes that take batches of one import beside each other, each with its own connection to the database.

They say when they have looked at a batch, hear what is to be known of it (a Ruling, given in the order of the batches),
and take it in: in any order, since who imports the same at the same time ends the same.
"""

import traceback
from multiprocessing import connection

from django.db import OperationalError

from articles.processes import Failed, Process

# Batches that may be in before an earlier one is, for each process: one that waits does not keep all others waiting.
AHEAD = 4


class Interrupted(Exception):
    """Somebody stopped this run, or another process went on with it. What is in stays in."""


def take(batches, rule, *, run, dry_run, size):
    """Yield what became of each Batch of `batches`, in their order, taken by `size` processes.

    `rule(batch, seen)` returns the Ruling of a batch of which `look` returned `seen`; it is asked in order as well.
    Raises what `Batch.take` raises, Failed and Killed. Close it where it may not be read to its end.
    """
    batches, crew = iter(batches), []
    try:
        crew = [_Member(run, dry_run) for _ in range(size)]
        yield from _taken(batches, rule, crew)
        for member in crew:
            member.dismiss()
    finally:
        for member in crew:
            member.kill()  # what it has not committed is undone


def _taken(batches, rule, crew):
    free, busy, seen, taken = list(crew), {}, {}, {}
    sent = ruled = given = 0
    while True:
        while free and sent - given < AHEAD * len(crew) and (batch := next(batches, None)):
            member = free.pop()
            member.send(batch)
            busy[member.pipe], sent = (member, batch, sent), sent + 1
        if not busy:
            return
        for pipe in connection.wait(list(busy)):
            member, batch, number = busy[pipe]
            is_seen, said = member.said()
            if is_seen:
                seen[number] = (member, batch, said)
            else:
                taken[number] = said
                free.append(member)
                del busy[pipe]
        while ruled in seen:
            member, batch, said = seen.pop(ruled)
            member.send(rule(batch, said))
            ruled += 1
        while given in taken:
            yield taken.pop(given)
            given += 1


class _Member(Process):
    """One process, as seen from here."""

    def __init__(self, run, dry_run):
        super().__init__(_work)
        self.send((run, dry_run))

    def said(self):
        """Return (whether it has only looked, what it says)."""
        kind, what = self.hear()
        if kind == "busy":
            raise OperationalError(what)
        if kind == "interrupted":
            raise Interrupted
        if kind == "failed":
            raise Failed(what)
        return kind == "seen", what


def _work(pipe):
    """Take what comes through a pipe, until that ends."""
    run, dry_run = pipe.recv()
    while True:
        batch = pipe.recv()
        try:
            pipe.send(("seen", batch.look()))
            answer = "taken", batch.take(run, pipe.recv(), dry_run=dry_run)
        except (EOFError, BrokenPipeError):
            raise
        except Interrupted:
            answer = "interrupted", ""
        except OperationalError as error:
            answer = "busy", str(error)
        except Exception:
            answer = "failed", traceback.format_exc()
        pipe.send(answer)
