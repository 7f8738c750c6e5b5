"""What readers' pages print: cards, the article, its facts and its neighbours. Rules stand in models."""

import re
from contextlib import contextmanager
from contextvars import ContextVar
from html import unescape

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import strip_tags
from django.utils.text import Truncator

from articles.document import Document
from articles.models import Article, Entity, Person, Release, Revision, Similar, Tag
from articles.models.topics import fold
from articles.panel import panel_rows
from articles.rendering import RENDERER, render
from articles.structured import said_of

MOST_HISTORY = 20
MOST_TAGS_AT_HOME = 20
# Rendered HTML can be made again from the text; the key holds all that it depends on.
RENDERED_FOR = 24 * 3600

PARAGRAPH = re.compile("<p>(.*?)</p>", re.DOTALL)
LONGEST_DESCRIPTION = 300

UNREVIEWED = "No person has reviewed this text yet."
TAKEN_BACK, ENDED = "taken back", "ended"
LAPSED = {
    TAKEN_BACK: "Its review was taken back: no person stands behind this text now.",
    ENDED: "Its review has ended: no person stands behind this text now.",
}


def rendered(digest, body):
    """Return a text's Rendered, from the cache where it is there."""
    key = f"rendered:{RENDERER}:{digest}"
    made = cache.get(key)
    if made is None:
        made = render(body)
        cache.set(key, made, RENDERED_FOR)
    return made


# When what is being made of pages stops being true by itself; nothing where nobody asks.
_moments: ContextVar[list | None] = ContextVar("moments", default=None)


@contextmanager
def moments():
    """Collect, in seconds since 1970, the moments at which an answer of `is_indexable` changes by itself."""
    found: list = []
    token = _moments.set(found)
    try:
        yield found
    finally:
        _moments.reset(token)


def is_indexable(article):
    """P4's predicate for one article that is loaded; ArticleQuerySet.indexable says the same in SQL."""
    if not article.is_public or article.indexable_until is None or article.indexable_until <= timezone.now():
        return False
    if (found := _moments.get()) is not None:
        found.append(article.indexable_until.timestamp())
    return True


def lapse(article):
    """Return what became of the review that the current release had: taken back, ended, or nothing where it stands."""
    record = article.current_release.record
    if is_indexable(article) or not record.get("reviewed"):
        return ""
    # Approvals grow old and stay in `standing`; revoked ones leave it.
    return TAKEN_BACK if len(article.standing) < max(1, record.get("approvals_needed", 1)) else ENDED


def robots(article):
    return "index,follow" if is_indexable(article) else "noindex"


def card(article):
    """Return what a list prints of one public article (loaded by `for_cards`)."""
    revision, facts = article.current_release.revision, article.current_release.revision.facts
    return {
        "title": revision.title,
        "url": article.get_absolute_url(),
        "summary": revision.summary,
        "published": article.published_at,
        "version": article.current_release.version,
        "difficulty": facts.get("difficulty", ""),
        "reading_time": facts.get("reading_time"),
        "reviewed": is_indexable(article),
        "lapse": lapse(article),
        "tags": facts.get("tags", []),
        "lang": facts.get("lang", ""),
        "dir": facts.get("dir", ""),
    }


def tags_at_home():
    """Return the tags most released articles carry."""
    shown = Count("appearances", filter=Q(appearances__published_at__isnull=False))
    tags = Tag.objects.annotate(shown=shown).filter(shown__gt=0).order_by("-shown", "key")[:MOST_TAGS_AT_HOME]
    return [{"name": tag.name, "url": tag.get_absolute_url(), "count": tag.shown} for tag in tags]


def public_page(article):
    """Return the context of a public article's page. `article` is loaded by `for_page`."""
    release = article.current_release
    revision = release.revision
    document = revision.document
    tags, entities = tags_of(document), entities_of(document)
    reviewers = reviewers_of(article.standing)
    page = {
        **text_of(article, revision, document),
        "byline": byline(article, revision, release),
        "reviewed": is_indexable(article),
        "reviewers": reviewers,
        "last_reviewed": max((one["at"] for one in reviewers), default=None),
        "is_edited": revision.origin == Revision.Origin.EDIT,
        "four_eyes": release.record.get("four_eyes", True),
        "notice": notice(article),
        "robots": robots(article),
        "canonical": settings.SITE_URL + article.get_absolute_url(),
        "sources": [
            ("text/markdown", reverse("articles:source-markdown", args=[article.slug])),
            ("application/json", reverse("articles:source-json", args=[article.slug])),
        ],
        "filed": filed_under(
            [(name, tag.get_absolute_url() if tag else "") for name, tag in tags],
            [(name, kind, one.get_absolute_url() if one else "") for name, kind, one in entities],
        ),
        "release": release_facts(release),
        "history": history_of(article),
        "corrections": release.n - 1,
        "record_url": article.get_absolute_url() + "record/",
        "record_json_url": article.get_absolute_url() + "record.json",
        "published_at": article.published_at,
        "similar": similar_to(article),
    }
    return {**page, "structured": said_of(page, article)}


def preview_page(article, revision):
    """Return the context of a revision's page as readers would see it, without links to what they may not see."""
    document = revision.document
    return {
        **text_of(article, revision, document),
        "byline": byline(article, revision, None),
        "reviewed": False,
        "reviewers": [],
        "last_reviewed": None,
        "is_edited": revision.origin == Revision.Origin.EDIT,
        "four_eyes": True,
        "notice": "",
        "robots": "noindex",
        "canonical": "",
        "sources": [],
        "filed": filed_under(
            [(name, "") for name in document.tags], [(name, kind, "") for name, kind in document.entities]
        ),
        "release": None,
        "history": [],
        "corrections": 0,
        "record_url": "",
        "similar": [],
        "structured": "",
    }


def text_of(article, revision, document: Document):
    """Return what comes from the text itself; names of tags and entities are the revision's own (P3)."""
    made = rendered(revision.digest, document.body)
    checklist = revision.checklist
    return {
        "title": document.title,
        "lead": document.summary,
        "description": description_of(document, made.html),
        "lang": document.lang,
        "dir": document.dir,
        "html": made.html,
        "headings": made.headings,
        "checklist": checklist
        and {
            "title": "Checklist",
            "url": checklist.checklist.get_absolute_url() if article.is_public else "",
            "items": checklist.items,
        },
        "panel": panel_rows(
            document.data,
            include_desk=settings.SHOW_DESK_META,
            imported_view_count=article.imported_view_count,
        ),
    }


def description_of(document, html):
    """Return in short what a text is about: its summary, or else how its first paragraph begins."""
    paragraph = PARAGRAPH.search(html)
    words = document.summary or (paragraph and unescape(strip_tags(paragraph[1]))) or ""
    return Truncator(" ".join(words.split())).chars(LONGEST_DESCRIPTION)


def byline(article, revision, release):
    facts = revision.facts
    return {
        "owner": release.owner if release else article.owner,
        "drafted_by": facts.get("generator", ""),
        "drafted_at": article.created_at,
        "version": release.version if release else "",
        "released_at": release.released_at if release else None,
        "reading_time": facts.get("reading_time"),
        "difficulty": facts.get("difficulty", ""),
        "words": facts.get("words"),
    }


def notice(article):
    if is_indexable(article):
        return ""
    return LAPSED.get(lapse(article), UNREVIEWED)


def reviewers_of(standing):
    """Return [{name, is_named, at}] for the approvals that stand behind a page; names by setting."""
    uuids = [approval["person"] for approval in standing]
    people = (
        Person.objects.in_bulk(uuids, field_name="uuid") if uuids and settings.SHOW_REVIEWER_NAMES else {}
    )
    names = {str(uuid): str(person) for uuid, person in people.items()}
    return [
        {
            "name": names.get(approval["person"], "a reviewer"),
            "is_named": approval["person"] in names,
            "at": parse_datetime(approval["at"]),
        }
        for approval in standing
    ]


def tags_of(document):
    """Return [(name as the revision has it, Tag or None)]."""
    known = Tag.objects.called([fold(name) for name in document.tags]) if document.tags else {}
    return [(name, known.get(fold(name))) for name in document.tags]


def entities_of(document):
    """Return [(name as the revision has it, type, Entity or None)]; an alias finds its entity."""
    pairs = [(fold(kind), fold(name)) for name, kind in document.entities]
    known = Entity.objects.called(pairs) if pairs else {}
    return [(name, kind, known.get((fold(kind), fold(name)))) for name, kind in document.entities]


def filed_under(tags, entities):
    """Return {name, type, url} for each thing an article is filed under: a tag and its entity are one thing.

    What is known to be more than a word keeps its type, and the address of its own page.
    """
    named = {fold(name) for name, *_ in entities}
    words = [{"name": name, "type": "", "url": url} for name, url in tags if fold(name) not in named]
    return words + [{"name": name, "type": kind, "url": url} for name, kind, url in entities]


def release_facts(release):
    return {
        "version": release.version,
        "kind": release.kind,
        "owner": release.owner,
        "expected": release.expected_result,
        "rollback_note": release.rollback_note,
        "evidence": release.evidence,
        "digest": release.digest,
        "released_at": release.released_at,
        "restores": release.restores.version if release.restores else "",
        "reason": release.reason,
    }


def history_of(article):
    """Return the newest releases of an article, newest first: the current one as it stands now, others as released."""
    reviewed, lapsed = is_indexable(article), lapse(article)
    releases = Release.objects.filter(article=article).newest()[:MOST_HISTORY]
    return [
        {
            "version": release.version,
            "released_at": release.released_at,
            "kind": release.kind,
            "current": (current := release.pk == article.current_release_id),
            "reviewed": reviewed if current else release.record.get("reviewed", False),
            "lapse": lapsed if current else "",
            "reason": release.reason,
        }
        for release in releases
    ]


def similar_to(article):
    """Return [{title, lang, url, why}] of the articles that a page names, those reviewed by now first."""
    rows = Similar.objects.on_page(article.current_release).select_related(
        "other__article", "other__revision"
    )
    return [
        {
            "title": row.other.revision.title,
            "lang": row.other.revision.facts.get("lang", ""),
            "url": row.other.article.get_absolute_url(),
            "why": "shares " + ", ".join(row.shares),
        }
        for row in sorted(rows, key=lambda row: not is_indexable(row.other.article))
    ]


def articles_for_pages():
    """All articles with what their page prints, whatever their state: the view asks what readers may see."""
    return Article.objects.select_related(
        "current_release__revision__text",
        "current_release__revision__checklist__checklist",
        "current_release__restores",
    )
