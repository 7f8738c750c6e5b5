"""Automatic checks over a revision: what a machine can notice before a person reads.

A check is one small class in one file of this package: it names its code and severity and yields what it noticed.
Listing it in CHECKS registers it; raise VERSION then, since a release asks for findings of the current version.
docs/checks.md says what each of them finds.
"""

from itertools import islice

from django.db import transaction

from articles import bulk
from articles.addresses import article_path
from articles.models import Article, Redirect, Text
from articles.rendering import outline
from reviews.checks.boilerplate import Boilerplate, LeftOpen
from reviews.checks.code import CodeParses
from reviews.checks.headings import HeadingOrder
from reviews.checks.invisible import InvisibleCharacters
from reviews.checks.language import WrongLanguage
from reviews.checks.links import Images, Links, OwnLinks
from reviews.checks.markup import MarkupShownAsText
from reviews.checks.meta import MetaFitsText
from reviews.checks.owner import NamesItsOwner
from reviews.checks.rollback import SaysTheWayBack
from reviews.checks.secrets import Secrets
from reviews.models.check import CheckRun, Finding

VERSION = 3

CHECKS = [
    InvisibleCharacters,
    Secrets,
    Boilerplate,
    LeftOpen,
    CodeParses,
    WrongLanguage,
    MarkupShownAsText,
    Links,
    OwnLinks,
    Images,
    HeadingOrder,
    MetaFitsText,
    NamesItsOwner,
    SaysTheWayBack,
]

# A hostile text could be noticed at a thousand places; a person needs the first few of each kind.
MOST_PER_CHECK = 20
# So many of what facts outside the document may settle are asked about.
MOST_ASKED = 500


def notice(document, facts=frozenset):
    """Return [(check, noticed)] for all that the checks see in a document.

    `facts` takes the facts that would settle something (see `Noticed.unless`) and returns those that hold: all of
    them, where nobody looks.
    """
    seen = look(document)
    return _standing(seen, facts(_asked(seen)))


def look(document):
    """Return [(check, what it sees)] for each check that sees something in a document, before anybody is asked."""
    reading = outline(document.body)
    seen = ((check, list(islice(check.find(document, reading), MOST_ASKED))) for check in CHECKS)
    return [(check, found) for check, found in seen if found]


def settled(seen):
    """Return what `notice` would for each of some revisions, {revision: what `look` saw}. At most one query."""
    public = _public({fact for found in seen.values() for fact in _asked(found)})
    return {revision: _standing(found, public | _own(revision.article)) for revision, found in seen.items()}


def facts_about(article):
    """Return a function that says which of some facts hold, for `notice`. One query, none where no article is named."""
    return lambda asked: _public(asked) | _own(article)


def _asked(seen):
    return {noticed.unless for _, found in seen for noticed in found if noticed.unless}


def _standing(seen, hold):
    """Return [(check, noticed)] of what no fact that holds settles."""
    return [
        (check, noticed)
        for check, found in seen
        for noticed in islice((one for one in found if one.unless not in hold), MOST_PER_CHECK)
    ]


def _own(article):
    """Return the facts that hold since they are of this article itself."""
    return {f"article {article.slug}"} | ({"owner"} if article.owner else set())


def _public(asked):
    """Return which of these facts hold since readers see the article that they name."""
    named = {article_path(slug): slug for kind, _, slug in (fact.partition(" ") for fact in asked) if slug}
    if not named:
        return set()
    public = Article.objects.public()
    moved = Redirect.objects.filter(path__any_of=named, article__in=public).order_by().values_list("path")
    there = public.order_by().filter(slug__any_of=named.values()).values_list("slug").union(moved)
    return {f"article {named.get(found, found)}" for (found,) in there}


def run(revision, document):
    """Run every check over a revision and store the findings; again on the same version changes nothing."""
    known = CheckRun.objects.filter(revision=revision, version=VERSION).first()
    if known:
        return list(known.findings.all())
    return store({revision: notice(document, facts_about(revision.article))})[revision]


def store(noticed):
    """Store what `notice` returned for each of some revisions, and return {revision: its findings}.

    The caller holds the locks of the articles.
    """
    runs = {revision: CheckRun(revision=revision, version=VERSION) for revision in noticed}
    bulk.insert(runs.values())
    findings = {
        revision: [
            Finding(
                run=runs[revision],
                number=number,
                code=check.code,
                severity=one.severity or check.severity,
                place=one.place[:300],
                line=one.line,
                message=one.message,
            )
            for number, (check, one) in enumerate(found, start=1)
        ]
        for revision, found in noticed.items()
    }
    bulk.insert(finding for some in findings.values() for finding in some)
    return findings


def catch_up(revision):
    """Run the checks on a stored text that only an older version of them has seen; an erased one stays as it is."""
    if CheckRun.objects.filter(revision=revision, version=VERSION).exists() or revision.text.data is None:
        return
    with transaction.atomic():
        # Under the lock that an erasure takes, so that nothing is kept of a text that was erased meanwhile; and whoever
        # takes another seat of the text at this moment takes it too: then their run is as good.
        Article.objects.locked(revision.article_id)
        text = Text.objects.get(pk=revision.text_id)
        if text.data is not None:
            run(revision, text.document)
