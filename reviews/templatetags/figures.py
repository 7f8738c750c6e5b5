"""How a page writes a figure."""

from django import template
from django.utils.dateformat import format as formatted

from reviews.templatetags.desk import moment

register = template.Library()


@register.filter
def written(value, kind):
    """Return a value of a column of this kind in words: 1,204, 37%, 5 d 3 h."""
    if value is None:
        return "–"
    match kind:
        case "count":
            return f"{value:,}"
        case "share":
            return f"{value:.0%}"
        case "minutes":
            return span(value)
        case "day":
            return formatted(value, "D j M Y")
        case "moment":
            return moment(value)
    return value


def span(minutes):
    """Return a span of time by its two greatest units."""
    hours, minutes = divmod(minutes, 60)
    days, rest = divmod(hours, 24)
    if days:
        return f"{days:,} d {rest} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
