"""What feeds say: the newest articles that search engines may find (P4), whole, for the site or for one thing.

Two forms of the same: Atom (RFC 4287) and JSON Feed 1.1.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join

from articles import pages
from articles.canonical import digest_bytes
from articles.rendering import RENDERER

MOST_ENTRIES = 20
# Raised when a feed says another thing of the same releases: no reader is to keep what the old code made.
FORMAT = 1

TYPES = {"atom": "application/atom+xml; charset=utf-8", "json": "application/feed+json"}

# What XML 1.0 has no place for, escaped or not.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Sanitised HTML quotes every value; addresses in it begin so where they are this site's or the page's own.
OWN_LINK = re.compile(r'(<a [^>]*?\bhref=")([/#][^"]*)')


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One feed in one form: `articles`, which are indexable and in order, under a title, for the page at `page`."""

    form: str
    title: str
    page: str
    articles: object

    @cached_property
    def state(self):
        """All that a feed depends on but what never changes, by one query that reads no text."""
        return list(self.articles.values("pk", "slug", "current_release", "standing")[:MOST_ENTRIES])

    @property
    def etag(self):
        entries = [[row["pk"], row["slug"], row["current_release"], row["standing"]] for row in self.state]
        said = [FORMAT, RENDERER, self.form, settings.SITE_URL, settings.SITE_NAME, self.title, self.page]
        return f'"{digest_bytes(json.dumps([*said, entries]).encode())}"'

    @property
    def entries(self):
        """What is said of each article, newest first."""
        order = [row["pk"] for row in self.state]
        # Asked again, since one may have been withdrawn in between.
        found = {one.pk: one for one in pages.articles_for_pages().indexable().filter(pk__in=order)}
        return [entry(found[pk]) for pk in order if pk in found]

    @property
    def addresses(self):
        return {
            "page": f"{settings.SITE_URL}{self.page}",
            "self": f"{settings.SITE_URL}{self.page}feed.{self.form}",
        }

    def render(self):
        """Return the feed as bytes."""
        return (as_atom if self.form == "atom" else as_json)(self).encode()


def entry(article):
    """Return what a feed says of one article (loaded by `articles_for_pages`)."""
    pages.is_indexable(article)  # it is: whoever keeps the feed is told until when
    release, revision = article.current_release, article.current_release.revision
    document, url = revision.document, settings.SITE_URL + article.get_absolute_url()
    filed = pages.filed_under([(name, "") for name in document.tags], _no_address(document.entities))
    made = how_it_was_made(article)
    return {
        "id": f"urn:uuid:{article.uuid}",
        "url": url,
        "title": document.title,
        "summary": document.summary,
        "lang": document.lang,
        "published": article.published_at,
        "updated": release.released_at,
        "owner": release.owner or settings.SITE_NAME,
        "made": made,
        "categories": [one["name"] for one in filed],
        "version": release.version,
        "digest": release.digest,
        "html": _whole(document, revision, url, made),
    }


def how_it_was_made(article):
    """Say in words who or what drafted an article, and that people reviewed it: names stand in its record."""
    drafted_by = article.current_release.revision.facts.get("generator", "")
    said = [f"Drafted by a machine, {drafted_by}."] if drafted_by else []
    if article.standing:
        latest = max(parse_datetime(approval["at"]) for approval in article.standing)
        said.append(f"Reviewed by a person, {date_format(latest, 'j F Y')}.")
    return " ".join([*said, f"Version {article.current_release.version}."])


def as_atom(feed):
    entries = feed.entries
    updated = max((one["updated"] for one in entries), default=datetime.fromtimestamp(0, UTC))
    context = {"feed": feed, "entries": entries, "updated": updated, "site_name": settings.SITE_NAME}
    return NOT_XML.sub("", render_to_string("articles/feed.xml", context))


def as_json(feed):
    said = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.addresses["page"],
        "feed_url": feed.addresses["self"],
        "items": [
            {
                "id": one["id"],
                "url": one["url"],
                "title": one["title"],
                **({"summary": one["summary"]} if one["summary"] else {}),
                "content_html": one["html"],
                "date_published": one["published"].isoformat(),
                "date_modified": one["updated"].isoformat(),
                "authors": [{"name": one["owner"]}],
                "tags": one["categories"],
                "language": one["lang"],
                # Keys of a site's own begin so (JSON Feed 1.1, Extensions).
                "_release": {"version": one["version"], "digest": one["digest"], "made": one["made"]},
            }
            for one in feed.entries
        ],
    }
    return json.dumps(said, ensure_ascii=False)


def _no_address(entities):
    return [(name, kind, "") for name, kind in entities]


def _whole(document, revision, url, made):
    """Return the HTML of a text with its checklist and how it was made; links lead to this site from anywhere."""
    html = pages.rendered(revision.digest, document.body).html
    if revision.checklist:
        items = format_html_join("", "<li>{}</li>", ((item,) for item in revision.checklist.items))
        html += format_html("<h2>Checklist</h2><ol>{}</ol>", items)
    text = format_html('<div lang="{}" dir="{}">{}</div>', document.lang, document.dir, html)
    return OWN_LINK.sub(lambda link: _abroad(link, url), text) + format_html("<p>{}</p>", made)


def _abroad(link, url):
    before, address = link.groups()
    if address.startswith("//"):
        return link[0]
    return f"{before}{url if address.startswith('#') else settings.SITE_URL}{address}"
