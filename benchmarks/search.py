"""What it costs to find texts by their words, for staff and for readers, and to fill the indexes they are found by."""

import tempfile
from pathlib import Path

from articles.models import Article, PublicWords, StaffWords
from benchmarks.desk import analyse
from benchmarks.landing import bring, rate, timed, write
from benchmarks.released import release_all
from benchmarks.timing import database_ms, median_ms, tell

# What somebody types: words of all texts, of some and of one, side by side, begun, and of no text.
ASKED = {
    "a word of every text": "the",
    "a word of many": "cache",
    "two words": "rollback staging",
    "eight words": "the page cache of a service that was deployed",
    "a phrase": '"the page cache"',
    "a phrase of words that all have": '"of the"',
    "a beginning": "cre",
    "a beginning of thousands": "the pa",
    "no text": "xylophone",
    "hostile": '"* ( AND NOT -- a* "b/0 ' * 20,
}


def measure(count):
    """Import `count` short drafts, release all, let all be found, and ask."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "drafts.jsonl")
        write(path, count, is_long=False)
        bring(path)
    release_all()
    for who, words in (("staff", StaffWords), ("readers", PublicWords)):
        tell(f"let {who} find {count:,} texts", rate(count, timed(lambda words=words: all_of(words))))
    analyse()
    middle = Article.objects.order_by("pk")[count // 2].latest_revision.title
    for who, words in (("staff", StaffWords), ("readers", PublicWords)):
        for what, written in {**ASKED, "one title": f'"{middle}"'}.items():

            def find(words=words, written=written):
                return words.objects.find(written)

            spent, queries = database_ms(find)
            found = find()
            more = "" if found.is_all else ", and more"
            tell(
                f"{who} find {what}",
                f"{spent:.1f} ms",
                f"database, {queries} query; {median_ms(find):.1f} ms in all; "
                f"{len(found.articles):,} found{more}; bar: 100 ms",
            )
    tell("articles", f"{Article.objects.public().count():,}")


def all_of(words):
    for _ in words.objects.catch_up():
        pass
