"""Automatic checks over a revision: what a machine can notice before a person reads.

A check is one small class in one file of this package: it names its code and severity and yields what it noticed.
Listing it in CHECKS registers it; raise VERSION then, since a release asks for findings of the current version.
"""

from articles.rendering import outline
from reviews.checks.boilerplate import Boilerplate
from reviews.checks.code import CodeParses
from reviews.checks.headings import HeadingOrder
from reviews.checks.invisible import InvisibleCharacters
from reviews.checks.links import Links
from reviews.checks.markup import MarkupShownAsText
from reviews.checks.meta import MetaFitsText
from reviews.checks.secrets import Secrets
from reviews.models.check import CheckRun, Finding

VERSION = 1

CHECKS = [
    InvisibleCharacters,
    Secrets,
    Boilerplate,
    CodeParses,
    MarkupShownAsText,
    Links,
    HeadingOrder,
    MetaFitsText,
]

# A hostile text could be noticed at a thousand places; a person needs the first few of each kind.
MOST_PER_CHECK = 20


def notice(document):
    """Return [(check, noticed)] for all that the checks see in a document. Pure."""
    reading = outline(document.body)
    found = []
    for check in CHECKS:
        for number, noticed in enumerate(check.find(document, reading)):
            if number == MOST_PER_CHECK:
                break
            found.append((check, noticed))
    return found


def run(revision, document):
    """Run every check over a revision and store the findings; again on the same version changes nothing."""
    known = CheckRun.objects.filter(revision=revision, version=VERSION).first()
    if known:
        return list(known.findings.all())
    check_run = CheckRun.objects.create(revision=revision, version=VERSION)
    return Finding.objects.bulk_create(
        Finding(
            run=check_run,
            number=number,
            code=check.code,
            severity=noticed.severity or check.severity,
            place=noticed.place[:300],
            line=noticed.line,
            message=noticed.message,
        )
        for number, (check, noticed) in enumerate(notice(document), start=1)
    )
