"""How fast drafts come in: landed, checked, and again unchanged; beside a bare COPY of the very same rows.

And how long a reviewer waits for the next item while they do.
"""

import json
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path

from django.db import connection, connections

from articles.models import Article
from benchmarks.desk import give_back, reviewer
from benchmarks.timing import tell
from reviews import checking
from reviews.queue import Asked, take_next
from seeds.importer import Importer
from seeds.sources import find
from seeds.synthesizer import Shares, synthesized

SHARES = Shares(review=0.3, fault=0.1, duplicate=0.02)


def measure(short, long):
    """Import so many short and so many long drafts, and tell what each step took."""
    for count, is_long in ((short, False), (long, True)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "drafts.jsonl")
            write(path, count, seed=2 if is_long else 1, is_long=is_long)
            size = path.stat().st_size / count / 1000
            before = now_in_database()
            landed = timed(lambda path=path: bring(path))
            tell(f"landed, {size:.1f} KB", rate(count, landed), "bar: 2,500/s of 3 KB")
            if connection.vendor == "postgresql":
                bare = copied(before)
                tell(
                    f"a bare COPY of the same rows, {size:.1f} KB",
                    rate(count, bare),
                    f"landing is {bare / landed:.0%} of it; bar at 10 KB: 20%",
                )
            tell(f"the same file again, {size:.1f} KB", rate(count, timed(lambda path=path: bring(path))))
            tell(f"checked, {size:.1f} KB", rate(count, timed(checking.check_due)), "bar: 400/s")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "drafts.jsonl")
        write(path, short // 2, seed=3)
        wait_beside(path)
    tell("articles in the end", f"{Article.objects.count():,}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    tell("most memory of this process", f"{peak:.0f} MB", "bar: 300 MB")


def wait_beside(path):
    """Tell how long a reviewer waits for the next item while drafts land and while they are checked."""
    person = reviewer("reviewer-beside")
    for what, work in (("drafts land", lambda: bring(path)), ("they are checked", checking.check_due)):
        connections.close_all()
        beside = multiprocessing.get_context("fork").Process(target=work)
        beside.start()
        waits = []
        while beside.is_alive():
            began = time.perf_counter()
            seat = take_next(person, Asked())
            waits.append((time.perf_counter() - began) * 1000)
            give_back(seat)
            time.sleep(0.02)
        beside.join()
        if beside.exitcode:
            raise RuntimeError("The process beside failed.")
        tell(
            f"taking the next item while {what}",
            f"{statistics.median(waits):.0f} ms",
            f"median; longest of {len(waits):,}: {max(waits):.0f} ms",
        )


def write(path, count, *, seed, is_long=False):
    with path.open("w") as file:
        for document, _ in synthesized(count, seed=seed, shares=SHARES, long=is_long):
            file.write(json.dumps(document, ensure_ascii=False) + "\n")


def bring(path):
    (source,) = find([os.fspath(path)])
    tally = Importer(source, check_later=True, report=print).go()
    if tally.rejected:
        raise RuntimeError(f"{tally.rejected} drafts were refused.")


def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def rate(count, seconds):
    return f"{count / seconds:,.0f}/s"


def tables():
    return [
        name for name in connection.introspection.table_names() if name.startswith(("articles_", "reviews_"))
    ]


def now_in_database():
    """Return a transaction's number, so that what is written later can be told apart; None but on PostgreSQL."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return cursor.fetchone()[0]


def copied(since):
    """Return the seconds that a COPY of all rows written since takes, into tables with no key, index or trigger."""
    seconds = 0
    with connection.cursor() as cursor:
        for table in tables():
            with cursor.copy(
                f"COPY (SELECT * FROM {table} WHERE xmin::text::bigint > {since}) TO STDOUT"
            ) as out:
                rows = b"".join(bytes(piece) for piece in out)
            cursor.execute(f"CREATE TABLE bare (LIKE {table})")
            began = time.perf_counter()
            with cursor.copy("COPY bare FROM STDIN") as into:
                into.write(rows)
            seconds += time.perf_counter() - began
            cursor.execute("DROP TABLE bare")
    return seconds
