"""Figures for leads, as a page and as files for spreadsheets."""

import csv
from datetime import date, datetime

from django.conf import settings
from django.http import Http404, HttpResponseBadRequest, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from reviews.figures import Link, Period, figures
from reviews.views.sign_in import leads

QUICK = (7, 30, 90)
# A page shows no more rows of a table; the file has them all.
MOST_SHOWN = 100
# What a spreadsheet takes for a formula, also where it is typed full-width.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@require_safe
@leads
def show(request):
    period, complaint = asked(request)
    here = reverse("reviews:figures")
    tables = []
    for name, figure in figures().items():
        rows = figure.find(period, request.person)
        tables.append(
            {
                "name": name,
                "figure": figure,
                "rows": [zip(figure.columns, row, strict=True) for row in rows[:MOST_SHOWN]],
                "more": len(rows) if len(rows) > MOST_SHOWN else 0,
                "csv_url": f"{reverse('reviews:figures-csv', args=[name])}?{as_query(period)}",
            }
        )
    context = {
        "period": period,
        "complaint": complaint,
        "tables": tables,
        "most_shown": MOST_SHOWN,
        "quick": [
            {"days": days, "url": f"{here}?{as_query(latest)}", "current": latest == period}
            for days in QUICK
            for latest in [Period.latest(days)]
        ],
    }
    return render(request, "reviews/figures.html", context)


@require_safe
@leads
def as_csv(request, name):
    """Answer with one table in UTF-8 as RFC 4180 has it. A file that held other days than those asked for would
    mislead, so dates that are none get no file."""
    figure = figures().get(name)
    if figure is None:
        raise Http404
    period, complaint = asked(request)
    if complaint:
        return HttpResponseBadRequest(complaint, content_type="text/plain; charset=utf-8")
    rows = figure.find(period, request.person)
    response = StreamingHttpResponse(
        lines(figure.columns, rows), content_type="text/csv; charset=utf-8; header=present"
    )
    filename = f"review-{name}-{period.first}-to-{period.last}.csv"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def asked(request):
    return Period.asked(request.GET.get("from", ""), request.GET.get("to", ""))


def as_query(period):
    return f"from={period.first}&to={period.last}"


class Echo:
    """A file that gives back what is written to it."""

    def write(self, line):
        return line


def lines(columns, rows):
    """Yield the lines of a table, its headings first; a link takes a second column, for its address."""
    # All in quotes: where a semicolon separates, what stands behind one in a title would be a cell of its own.
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    units = {"minutes": " (minutes)", "share": " (%)", "moment": " (UTC)"}
    headings = []
    for column in columns:
        headings.append(column.label + units.get(column.kind, ""))
        if column.kind == "link":
            headings.append("Address")
    yield writer.writerow(headings)
    for row in rows:
        yield writer.writerow(
            cell for column, value in zip(columns, row, strict=True) for cell in cells(column, value)
        )


def cells(column, value):
    """Return what a file holds of one value."""
    if isinstance(value, Link):
        return [inert(value), settings.SITE_URL + value.url]
    if isinstance(value, str):
        return [inert(value)]
    if isinstance(value, datetime):
        return [f"{value:%Y-%m-%d %H:%M}"]
    if isinstance(value, date):
        return [value.isoformat()]
    if value is None:
        return [""]
    return [round(value * 100, 1) if column.kind == "share" else value]


def inert(text):
    """Return a text that no spreadsheet runs: names and titles come from outside."""
    return f"'{text}" if text.startswith(FORMULA) else text
