"""The staff page of the cache rules: what is kept and why, and how often it was answered from files."""

from datetime import timedelta

from django.contrib import admin
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from articles.models import RuleCount
from articles.stored import making
from articles.stored.rules import RULES

DAYS = 7
NOTHING = {"hits": 0, "misses": 0, "seconds": 0}


@require_safe
@admin.site.admin_view
def rules(request):
    """Show staff each rule with its hits, misses and the mean age of what was answered from files. One query."""
    counted = RuleCount.objects.since(timezone.now().date() - timedelta(days=DAYS - 1))
    context = {
        **admin.site.each_context(request),
        "title": "Kept pages",
        "days": DAYS,
        "is_kept": making.folder() is not None,
        "rules": [standing_of(rule, counted.get(rule.name, NOTHING)) for rule in RULES],
    }
    return TemplateResponse(request, "editorial/pages.html", context)


def standing_of(rule, counted):
    hits, misses = counted["hits"], counted["misses"]
    asked = hits + misses
    return {
        "rule": rule,
        "hits": f"{hits:,}",
        "misses": f"{misses:,}",
        "share": f"{hits / asked:.1%}" if asked else "–",
        "age": age(counted["seconds"] / hits) if hits else "–",
    }


def age(seconds):
    """Write a number of seconds for people."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"
