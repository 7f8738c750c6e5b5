"""What the desk's templates need beyond Django's own."""

from django import template
from django.utils.dateformat import format as formatted

from reviews.layout import laid_out

register = template.Library()


@register.filter
def moment(value):
    """Return a moment as all pages for staff write it: 25 Nov 2026, 14:07 UTC."""
    return formatted(value, "j M Y, H:i T") if value else ""


@register.simple_tag
def lay_out(difference, anchor="", marks=False):
    """Return what a page prints of a difference; what a template leaves out comes as ""."""
    return laid_out(difference, anchor=anchor or "change", marks=bool(marks))
