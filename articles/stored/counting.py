"""Counts of what the front answered, kept in memory and written down in batches: pages by rule, and readers by article.

Nothing of who reads is kept: no cookie, no address, no name of a browser. A process that is killed loses the last
seconds of its counts.
"""

import contextlib
import re
import threading
import time
from collections import Counter
from functools import lru_cache

from django.db import Error

# Programs, and what fetches pages before anybody reads them. Those that say they are people are counted as people.
MACHINES = re.compile(
    r"bot|crawl|spider|slurp|fetch|scan|archiv|monitor|preview|lighthouse|headless|phantom|feed|rss|"
    r"curl|wget|python|java/|go-http|okhttp|axios|node|libwww|perl|ruby|http",
    re.IGNORECASE,
)
AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ")
# While the database is away. What is more is not counted.
MOST_KEPT = 100_000

_lock = threading.Lock()
_rules, _readers = Counter(), Counter()


def counted(rule, page):
    """Count one answer under a rule: from its page, or, where that is None, made for whoever asked."""
    with _lock:
        if page is None:
            _rules[rule, "misses"] += 1
        else:
            _rules[rule, "hits"] += 1
            _rules[rule, "seconds"] += int(time.time() - page.made)


def read(path, environ):
    """Count one who reads the article at `path`: a person, or a program."""
    if environ["REQUEST_METHOD"] != "GET" or any(name in environ for name in AHEAD):
        return
    kind = _kind(environ.get("HTTP_USER_AGENT", ""))
    slug = path.removeprefix("/articles/").removesuffix("/")
    with _lock:
        if (slug, kind) in _readers or len(_readers) < MOST_KEPT:
            _readers[slug, kind] += 1


@lru_cache(maxsize=1_024)
def _kind(agent):
    return "people" if agent and not MACHINES.search(agent) else "machines"


def flush():
    """Write down what was counted since the last time. Raises Error while the database is away; then all stays."""
    from articles.models import ArticleReads, RuleCount

    with _lock:
        rules, readers = _rules.copy(), _readers.copy()
        _rules.clear()
        _readers.clear()
    try:
        RuleCount.objects.add(rules)
        rules = Counter()
        ArticleReads.objects.add(readers)
    except Error:
        with _lock:
            _rules.update(rules)
            _readers.update(readers)
        raise


def flush_quietly():
    """Write down what is left as a process ends; where that cannot be, it is lost."""
    with contextlib.suppress(Error):
        flush()
