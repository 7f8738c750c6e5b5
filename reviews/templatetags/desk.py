"""What the desk's templates need beyond Django's own."""

from django import template

from reviews.diff import reveal

register = template.Library()


@register.filter
def revealed(text):
    """Return [(text, name or None)]: invisible characters stand alone with their name, since they too were changed."""
    return reveal(text)
