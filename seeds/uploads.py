"""Uploaded files and their import: a run waits in the database, and a job of this site takes it from there."""

import time
from pathlib import PurePath

from django.db import OperationalError

from articles.models import ImportRun
from articles.processes import Killed
from seeds import formats
from seeds.crew import Interrupted
from seeds.importer import Importer
from seeds.receiving import folder
from seeds.sources import Source, Unreadable, begun, shown

# An upload whose process ends without a word so often, and which comes no further, may be what ends them.
MOST_TRIES = 10
# A file that no run waits for is deleted when it is so old: the request that brought it is over.
FORGOTTEN_AFTER = 3600


def format_of(file):
    """Return the name of the format that this file is in, compressed or not, or None."""
    file.seek(0)
    _, start = begun(file.file)
    format = formats.recognised(start)
    return format.NAME if format else None


def wait_for(received, *, format, by, dry_run=False):
    """Keep a file that was received, and return the run that waits to import it."""
    name = "".join(letter for letter in shown(received.name) if letter.isprintable())
    return ImportRun.objects.create(
        source=name or "a file without a name",
        format=format,
        person=by,
        state=ImportRun.State.WAITING,
        dry_run=dry_run,
        size=received.size,
        upload=received.keep(),
    )


def import_waiting(step):
    """Import the uploads that wait, one after the other, and delete the files of those that are done with.

    `step` is called behind each batch with the number of documents read. What it raises ends this, and the upload waits
    again; so it does where the database is away. An upload that cannot be imported says so in its run. Runs of the
    command line whose process died are said to have failed.
    """
    ImportRun.objects.give_up_silent()
    for run in ImportRun.objects.unfinished_uploads():
        if run.take():
            _import(run, step)
    _delete_forgotten()


def _import(run, step):
    """Import one upload, and say in its run what became of it where that is not its end."""
    try:
        if run.tries > MOST_TRIES:
            run.fail(
                f"It was begun {MOST_TRIES} times and came no further. Split the file, to find out where."
            )
        else:
            _go(
                run,
                Source(run.source, folder() / run.upload, run.format, inside=PurePath(run.source).name),
                step,
            )
    except Interrupted:
        pass  # whoever interrupted it has said so
    except Unreadable as unreadable:
        run.fail(f"The file cannot be read any more. {unreadable}")
    except (OperationalError, Killed):
        run.put_back()
        raise
    except Exception as error:
        run.fail(f"It met an error that it was not made for ({type(error).__name__}). The rest is not in.")
        raise
    except BaseException:
        run.put_back()
        raise
    finally:
        _let_go(run)


def _let_go(run):
    """Delete the file of an upload that is done with."""
    if not ImportRun.objects.unfinished_uploads().filter(pk=run.pk).exists():
        (folder() / run.upload).unlink(missing_ok=True)
        ImportRun.objects.filter(pk=run.pk).update(upload="")


def _go(run, source, step):
    before = run.read

    def progress(offset, tally):
        nonlocal before
        step(read=tally.read - before)
        before = tally.read

    importer = Importer(
        source,
        person=run.person,
        dry_run=run.dry_run,
        run=run,
        check_later=True,
        report=lambda file, line, problem: None,  # the run keeps its problems
    )
    importer.go(progress=progress)


def _delete_forgotten():
    """Delete files that no run waits for: of requests, or of imports, that ended between file and row."""
    waiting = set(ImportRun.objects.unfinished_uploads().values_list("upload", flat=True))
    for path in folder().iterdir():
        if path.name not in waiting and time.time() - path.stat().st_mtime > FORGOTTEN_AFTER:
            path.unlink(missing_ok=True)
