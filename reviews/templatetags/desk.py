"""What the desk's templates need beyond Django's own."""

import re

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.dateformat import format as formatted

from reviews.diff import reveal

register = template.Library()

# White space before the first character of a line that takes ink.
INDENTATION = re.compile(r"^(?= *+\t)[ \t]++(?=\S)", re.MULTILINE)


@register.filter
def moment(value):
    """Return a moment as all pages for staff write it: 25 Nov 2026, 14:07 UTC."""
    return formatted(value, "j M Y, H:i T") if value else ""


@register.filter
def undo_url(tags):
    """Return where the decision that a message tells of is undone: its tags name person, seat and text."""
    parts = tags.split()
    tells = settings.REVIEW_UNDO_MINUTES and len(parts) == 3 and parts[1].isdecimal()
    return reverse("reviews:undo", args=[parts[1]]) if tells else ""


@register.filter
def revealed(text, is_code=False):
    """Return [(text, name or None)]: invisible characters stand alone with their name, since they too were changed.

    In code the tabs a line begins with come one by one, named "indentation": they are there to be seen as such.
    """
    if not is_code:
        return reveal(text)
    parts, shown = [], 0
    for match in INDENTATION.finditer(text):
        parts += reveal(text[shown : match.start()])
        parts += [(run, "indentation" if run == "\t" else None) for run in re.findall(r"\t| +", match[0])]
        shown = match.end()
    return parts + reveal(text[shown:])
