"""What the desk's templates need beyond Django's own."""

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.dateformat import format as formatted

from reviews.layout import laid_out

register = template.Library()


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


@register.simple_tag
def lay_out(difference, anchor="", marks=False):
    """Return what a page prints of a difference; what a template leaves out comes as ""."""
    return laid_out(difference, anchor=anchor or "change", marks=bool(marks))
