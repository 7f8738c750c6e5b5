"""The named cache rules: for every address of the site, whether its answers are kept, why, and for how long.

The first rule that fits an address is its rule. `X-Cache-Rule` names it on every response; the examples are tests.
Patterns are over whole paths; WORD stands for one part of a path, such as a slug.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from urllib.parse import parse_qsl

WORD = "WORD"
UNTIL_CHANGED = "until something that it shows changes; a day at most"
NOT_KEPT = "not kept"
# No mistake in clearing outlives this (C10). What is older is made anew by the next who asks.
AT_MOST = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. With `bypassed_by` an address that has one of these parameters falls under the next rule that fits.

    All other parameters are ignored where answers are kept: they neither choose an answer nor make another one.
    """

    name: str
    pattern: str
    why: str
    kept: str = NOT_KEPT
    bypassed_by: tuple = ()
    fits: tuple  # examples of addresses that are under this rule
    others: tuple  # and of some that look like it and are not

    @property
    def is_kept(self):
        return self.kept != NOT_KEPT

    @cached_property
    def _compiled(self):
        return re.compile(self.pattern.replace(WORD, r"[-\w]+"))

    def covers(self, path, query=""):
        """Say whether this rule fits an address, as far as rules before it leave it."""
        return bool(self._compiled.fullmatch(path)) and not self.is_bypassed(query)

    def is_bypassed(self, query):
        """Say whether a query has a parameter that makes this another page; read as Django reads it."""
        if not (self.bypassed_by and query):
            return False
        return any(name in self.bypassed_by for name, _ in parse_qsl(query, keep_blank_values=True))


RULES = [
    Rule(
        name="article",
        pattern="/articles/WORD/",
        why="What readers come for. It changes with a release, a review, or what is similar to it.",
        kept=UNTIL_CHANGED,
        fits=("/articles/rolling-back/", "/articles/rolling-back/?utm_source=letter", "/articles/résumé/"),
        others=(
            "/articles/rolling-back",
            "/articles/rolling-back/record/",
            "/articles/a.b/",
            "/articles/../",
        ),
    ),
    Rule(
        name="source",
        pattern=r"/articles/WORD\.(?:md|json)",
        why="The reviewed source of an article, for machines: as its page.",
        kept=UNTIL_CHANGED,
        fits=("/articles/rolling-back.md", "/articles/rolling-back.json"),
        others=("/articles/rolling-back.txt", "/articles/rolling-back.md/"),
    ),
    Rule(
        name="home",
        pattern="/",
        why="The front page: the newest articles, and what most are about.",
        kept=UNTIL_CHANGED,
        fits=("/", "/?from=elsewhere"),
        others=("//", "/index.html"),
    ),
    Rule(
        name="list",
        pattern="/articles/|/tags/WORD/|/entities/WORD/WORD/|/checklists/WORD/",
        why="The newest articles of all, of a tag, an entity or a checklist.",
        kept=UNTIL_CHANGED,
        bypassed_by=("after",),
        fits=(
            "/articles/",
            "/tags/rust/",
            "/entities/tool/nginx/",
            "/checklists/roll-back/",
            "/tags/rust/?x=1",
        ),
        others=(
            "/articles/?after=2026",
            "/tags/rust/?x=1&after=",
            "/tags/rust/?%61fter=1",
            "/entities/tool/",
        ),
    ),
    Rule(
        name="older",
        pattern="/articles/|/tags/WORD/|/entities/WORD/WORD/|/checklists/WORD/",
        why="Further pages of a list: as many addresses as articles, few asked for twice, each a few queries.",
        fits=("/articles/?after=2026", "/tags/rust/?after="),
        others=("/articles/", "/?after=2026"),
    ),
    Rule(
        name="feed",
        pattern=r"(?:/|/tags/WORD/|/entities/WORD/WORD/)feed\.(?:atom|json)",
        why="What programs ask for every hour, mostly to hear that nothing is new.",
        kept=UNTIL_CHANGED,
        fits=("/feed.atom", "/feed.json", "/tags/rust/feed.atom", "/entities/tool/nginx/feed.json"),
        others=("/feed.rss", "/articles/feed.atom", "/tags/feed.atom"),
    ),
    Rule(
        name="record",
        pattern=r"/articles/WORD/record/|/articles/WORD/record\.json",
        why="Proof is read from the database, never from a copy.",
        fits=("/articles/rolling-back/record/", "/articles/rolling-back/record.json"),
        others=("/articles/rolling-back/", "/record/"),
    ),
    Rule(
        name="search",
        pattern=r"/search/|/opensearch\.xml",
        why="As many answers as there are questions.",
        fits=("/search/?q=nginx", "/search/", "/opensearch.xml"),
        others=("/search", "/searching/"),
    ),
    Rule(
        name="machines",
        pattern=r"/sitemap(?:-\d+)?\.xml|/robots\.txt|/\.well-known/security\.txt|/favicon\.ico",
        why="Asked for seldom, and one query or none. What is in a sitemap ends by itself.",
        fits=("/sitemap.xml", "/sitemap-3.xml", "/robots.txt", "/.well-known/security.txt", "/favicon.ico"),
        others=("/sitemap-x.xml", "/articles/robots.txt"),
    ),
    Rule(
        name="static",
        pattern="/static/.*",
        why="Files with a hash in their names: browsers keep them for ever, and nothing is rendered.",
        fits=("/static/articles/site.css",),
        others=("/static",),
    ),
    Rule(
        name="desk",
        pattern=r"/(?:review|admin|sign-in|sign-out)(?:/.*)?",
        why="One person's own, and true at this moment: never kept anywhere.",
        fits=("/review/", "/review/7/", "/admin/articles/article/", "/sign-in/", "/admin/x.css"),
        others=("/reviewed/", "/articles/review/"),
    ),
    Rule(
        name="health",
        pattern="/health(?:/.*)?",
        why="How the site is at this moment.",
        fits=("/health", "/health/ready", "/health/status"),
        others=("/healthy",),
    ),
    Rule(
        name="elsewhere",
        pattern="(?s:.*)",
        why="Everything else, mostly addresses at which nothing is.",
        fits=("/nothing/", "/articles/rolling-back", "//", "/articles/../", "/index.html"),
        others=(),
    ),
]
BY_NAME = {rule.name: rule for rule in RULES}


def rule_of(path, query=""):
    """Return the rule of an address: its decoded path, and its query as it came."""
    return next(rule for rule in _rules_of(path) if not rule.is_bypassed(query))


@lru_cache(maxsize=4_096)
def _rules_of(path):
    """The rules that may fit a path, whatever its query."""
    return [rule for rule in RULES if rule.covers(path)]


def beside(path):
    """Return the addresses of all that is kept of what has its page at `path`: the page, its source or its feeds."""
    if BY_NAME["article"].covers(path):
        return [path, f"{path[:-1]}.md", f"{path[:-1]}.json"]
    return [path, *(feed for feed in (f"{path}feed.atom", f"{path}feed.json") if rule_of(feed).is_kept)]
