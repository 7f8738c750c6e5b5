"""Time taken, by the clock and inside the database."""

import statistics
import time
from contextlib import contextmanager

from django.db import connection

RUNS = 5


def median_ms(work, runs=RUNS):
    """Return the median time of `work` in milliseconds, once it has run once."""
    work()
    return statistics.median(_ms(work) for _ in range(runs))


def _ms(work):
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def database_ms(work, undo=lambda done: None, runs=RUNS):
    """Return (median milliseconds inside the database, queries) of `work`, once it has run once.

    What `work` returned is given to `undo`, whose time does not count.
    """
    undo(work())
    seen = []
    for _ in range(runs):
        with counted() as spent:
            done = work()
        seen.append(spent)
        undo(done)
    return statistics.median(sum(spent) for spent in seen) * 1000, len(seen[-1])


@contextmanager
def counted():
    """Yield a list that gets the seconds of every query inside."""
    spent = []

    def wrapper(execute, sql, params, many, context):
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent.append(time.perf_counter() - began)

    with connection.execute_wrapper(wrapper):
        yield spent


def tell(what, value, bar=""):
    print(f"  {what:<58} {value:>14}  {bar}", flush=True)
