"""The jobs of this site: what runs in the background, and how often.

A job is a function of an app that asks the database what is due and does it in small transactions. It is handed
`step`, which it calls behind each of them with what that one did: `step(checked=50)`. It may be ended there, or
anywhere else by force, and may run twice at once: what it does must bear that.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from django.core.management import call_command

from articles import similar
from articles.models import PublicWords, Purge, StaffWords, Unswept
from articles.stored import making
from reviews import checking, lapsing
from seeds import uploads

# Newest first; older ones are made as they are asked for, or all by `manage.py keep_pages`.
MOST_FILLED = 2_000


@dataclass(frozen=True, slots=True)
class Job:
    """`period` is how many seconds lie between two runs, from start to start, where nothing else takes longer."""

    name: str
    period: int
    what: str
    work: Callable[[Callable], None]


def check(step):
    with closing(checking.batches()) as batches:
        for counts in batches:
            step(**counts)


def lapse(step):
    while count := lapsing.ask_again():
        step(asked_again=count)


def search(step):
    for words in (StaffWords, PublicWords):
        for count in words.objects.catch_up():
            step(indexed=count)
    for _ in Unswept.sweep():
        step(swept=1)


def compare(step):
    for count in similar.catch_up():
        step(lists=count)


def miss(step):
    for count in similar.want_missing():
        step(wanted=count)


def fill(step):
    for is_made in making.fill(most=MOST_FILLED):
        step(made=int(is_made))
    step(forgotten=Purge.objects.forget())


def sessions(step):
    call_command("clearsessions")


JOBS = [
    Job("import", 5, "Imports uploaded files.", uploads.import_waiting),
    Job("check", 10, "Runs the checks of what came in with many others.", check),
    Job("similar", 10, "Makes the lists of similar articles that a release concerns.", compare),
    Job("missing", 3600, "Wants lists of similar articles for public ones that have none.", miss),
    Job("search", 3600, "Lets texts be found that are not yet, and sweeps out what was erased.", search),
    Job("lapse", 3600, "Sends public texts back to review whose last review has grown old.", lapse),
    Job("pages", 600, "Makes pages of released articles that lack one, and forgets old purges.", fill),
    Job("sessions", 24 * 3600, "Deletes sessions that are over.", sessions),
]
