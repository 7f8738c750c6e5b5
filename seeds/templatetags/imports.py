"""How the pages of import runs write numbers and durations."""

from django import template

register = template.Library()


@register.filter
def thousands(number):
    """Return a number without a fraction: 12,345."""
    return f"{number:,.0f}"


@register.filter
def about_seconds(seconds):
    """Return a duration in the words of somebody who waits: about 3 minutes."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {seconds:.0f} seconds"
    if seconds < 5400:
        return f"about {seconds / 60:.0f} minutes"
    return f"about {seconds / 3600:.0f} hours"
