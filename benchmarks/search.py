"""What it costs to find texts by their words, for staff and for readers, and to fill the indexes they are found by."""

import tempfile
from pathlib import Path
from urllib.parse import quote_plus

from django.db.models import Count
from django.http import QueryDict

from articles import finding
from articles.models import Article, PublicWords, StaffWords, Tag
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

# What stands in the address of a page of answers; `TAG` is the tag of the most articles.
PAGES = {
    "a word of every text": "q=the",
    "a word of many": "q=cache",
    "the last page of a word of every text": "q=the&page=50",
    "a word, narrowed": "q=cache&tag=TAG",
    "a word, narrowed to what was reviewed": "q=cache&tag=TAG&reviewed=1",
    "a tag alone": "tag=TAG",
    "a level alone": "difficulty=beginner",
    "no text": "q=xylophone",
}


def measure(count):
    """Import `count` short drafts, release all, let all be found, and ask."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "drafts.jsonl")
        write(path, count, seed=1)
        bring(path)
    release_all()
    analyse()  # PostgreSQL does so by itself where autovacuum is on
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
    most = Tag.objects.alias(uses=Count("appearances")).order_by("-uses").first().name
    for what, query in PAGES.items():
        question = finding.Question.of(QueryDict(query.replace("TAG", quote_plus(most))))

        def answer(question=question):
            return finding.answer(question)

        spent, queries = database_ms(answer)
        tell(
            f"readers' page: {what}",
            f"{spent:.1f} ms",
            f"database, {queries} queries; {median_ms(answer):.1f} ms in all without the template; "
            f"{answer()['count']:,} found; bar: 100 ms",
        )
    tell("articles", f"{Article.objects.public().count():,}")


def all_of(words):
    for _ in words.objects.catch_up():
        pass
