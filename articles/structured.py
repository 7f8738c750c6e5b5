"""What an article's page says of itself to machines: JSON-LD in words of schema.org, the same as it shows to people."""

import json

from django.conf import settings
from django.utils.safestring import mark_safe

from articles.models import Revision

SCHEMA = "https://schema.org"
# What a machine drafted, and what a person wrote parts of afterwards.
DRAFTED = f"{SCHEMA}/TrainedAlgorithmicMediaDigitalSource"
EDITED = f"{SCHEMA}/CompositeWithTrainedAlgorithmicMediaDigitalSource"

# "<", ">" and "&" as JSON may write them, so that no text ends the element it stands in.
ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def said_of(page, article):
    """Return the JSON-LD of a public article's page, fit to stand in a script element.

    Who reviewed it and when is there only while the page may be indexed for it (P4), and names only where the page
    gives them.
    """
    said = {
        "@context": SCHEMA,
        "@type": "WebPage",
        "@id": page["canonical"],
        "url": page["canonical"],
        "name": page["title"],
        "inLanguage": page["lang"],
        "isPartOf": {"@type": "WebSite", "name": settings.SITE_NAME, "url": f"{settings.SITE_URL}/"},
        **(_reviewed(page) if page["reviewed"] else {}),
        "mainEntity": _known(_article(page, article)),
    }
    return mark_safe(json.dumps(said, ensure_ascii=False, separators=(",", ":")).translate(ESCAPED))


def _reviewed(page):
    named = [{"@type": "Person", "name": one["name"]} for one in page["reviewers"] if one["is_named"]]
    return {
        "reviewedBy": named or [_organisation(settings.SITE_NAME)],
        "lastReviewed": page["last_reviewed"].date().isoformat(),
    }


def _article(page, article):
    line, release = page["byline"], article.current_release
    minutes = line["reading_time"]
    return {
        "@type": "TechArticle",
        "headline": page["title"],
        "description": page["description"],
        "inLanguage": page["lang"],
        "version": release.version,
        "datePublished": article.published_at.isoformat(),
        "dateModified": release.released_at.isoformat(),
        # Who answers for it is a desk or a person, and nothing tells which.
        "author": line["owner"] and _organisation(line["owner"]),
        "publisher": _organisation(settings.SITE_NAME),
        "proficiencyLevel": line["difficulty"].capitalize(),
        "timeRequired": f"PT{minutes}M" if isinstance(minutes, int) and minutes > 0 else "",
        "wordCount": line["words"],
        "about": [
            _known(
                {"@type": "Thing", "name": one["name"], "url": one["url"] and settings.SITE_URL + one["url"]}
            )
            for one in page["filed"]
            if one["type"]
        ],
        "keywords": [one["name"] for one in page["filed"] if not one["type"]],
        "digitalSourceType": source_type(page, release.revision),
        "subjectOf": {"@type": "WebPage", "url": settings.SITE_URL + page["record_url"]},
    }


def source_type(page, revision):
    """Return how a text came to be, or nothing where its document names no generator."""
    if not page["byline"]["drafted_by"]:
        return ""
    return EDITED if revision.origin == Revision.Origin.EDIT else DRAFTED


def _organisation(name):
    return {"@type": "Organization", "name": name}


def _known(facts):
    """Leave out what nobody said."""
    return {name: value for name, value in facts.items() if value not in ("", None, [])}
