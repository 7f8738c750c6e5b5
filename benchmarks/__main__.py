"""What can be measured, on a scratch database that is dropped afterwards: `make bench`, or `python -m benchmarks -h`.

Every figure is the median of RUNS. Database time is the time inside the driver, without Python's own.
"""

import argparse
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

SERVER = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
SCRATCH = os.environ.get("BENCH_DATABASE", "editorial_bench")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument(
        "--reviews",
        type=int,
        nargs=2,
        default=[10_000, 1_000_000],
        metavar=("FEW", "MANY"),
        help="open reviews to measure the desk with; the figures of the two are compared",
    )
    parser.add_argument(
        "--listed",
        type=int,
        default=1_000_000,
        help="revisions among which look-alikes are looked up",
    )
    parser.add_argument(
        "--only",
        choices=[
            "texts",
            "synthesizer",
            "reading",
            "landing",
            "search",
            "similar",
            "machines",
            "duplicates",
            "desk",
        ],
        help="measure this alone",
    )
    parser.add_argument(
        "--landed",
        type=int,
        nargs=2,
        default=[20_000, 5_000],
        metavar=("SHORT", "LONG"),
        help="drafts to import",
    )
    parser.add_argument("--searched", type=int, default=100_000, help="texts to search in")
    parser.add_argument(
        "--similar",
        type=int,
        nargs=2,
        default=[10_000, 100_000],
        metavar=("FEW", "MANY"),
        help="released articles among which similar ones are looked for; what they cost is compared",
    )
    parser.add_argument("--read", type=int, default=100_000, help="released articles that machines read")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "TESTING": "1",
            "ENV_FILE": os.devnull,
            "ALLOWED_HOSTS": "testserver",
            "VAR_DIR": folder,
            "DB_POOL_MAX": "0",  # processes that are forked share no pool
            "DJANGO_SETTINGS_MODULE": "editorial.settings",
            "DATABASE_URL": f"sqlite:///{Path(folder, 'bench.sqlite3')}",
        }
        if asked.engine == "postgres":
            os.environ["DATABASE_URL"] = urlsplit(SERVER)._replace(path=f"/{SCRATCH}").geturl()
            on_server(f"DROP DATABASE IF EXISTS {SCRATCH} WITH (FORCE)", f"CREATE DATABASE {SCRATCH}")
        try:
            measure(asked)
        finally:
            if asked.engine == "postgres":
                on_server(f"DROP DATABASE {SCRATCH} WITH (FORCE)")


def on_server(*statements):
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as server:
        for statement in statements:
            server.execute(statement)


def measure(asked):
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from benchmarks import (
        checks,
        desk,
        duplicates,
        figures,
        landing,
        machines,
        reading,
        search,
        similar,
        synthesizer,
        texts,
    )

    sizes, listed, landed, searched, only = (
        asked.reviews,
        asked.listed,
        asked.landed,
        asked.searched,
        asked.only,
    )

    call_command("migrate", verbosity=0)
    if only in (None, "texts"):
        print(f"{connection.vendor}: texts", flush=True)
        texts.measure()
    if only in (None, "synthesizer"):
        print(f"{connection.vendor}: the synthesizer, and the checks against its key", flush=True)
        synthesizer.measure()
        checks.measure()
    if only in (None, "reading"):
        print(f"{connection.vendor}: reading saved", flush=True)
        reading.measure()
    if only in (None, "landing"):
        print(
            f"{connection.vendor}: drafts coming in, {landed[0]:,} short and {landed[1]:,} long", flush=True
        )
        landing.measure(*landed)
    if only in (None, "search"):
        print(f"{connection.vendor}: finding texts, {searched:,} drafts released", flush=True)
        search.measure(searched)
    if only in (None, "similar"):
        print(
            f"{connection.vendor}: similar articles, {asked.similar[0]:,} and {asked.similar[1]:,} released",
            flush=True,
        )
        similar.measure(asked.similar)
    if only in (None, "machines"):
        print(f"{connection.vendor}: what machines read, {asked.read:,} drafts released", flush=True)
        machines.measure(asked.read)
    if only in (None, "duplicates"):
        print(f"{connection.vendor}: look-alikes, {listed:,} revisions listed", flush=True)
        duplicates.measure(listed)
    if only in (None, "desk"):
        print(f"{connection.vendor}: the desk with {sizes[0]:,} and {sizes[1]:,} open reviews", flush=True)
        desk.measure(sizes)
        print(
            f"{connection.vendor}: figures of 30 days, with as many decided in a year as were open",
            flush=True,
        )
        figures.measure(sizes[1])


if __name__ == "__main__":
    main()
