"""The public review record, as a page and as JSON."""

from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.views import gone, released_or_404
from reviews.record import as_json, record_of


@require_safe
def record(request, slug):
    article = released_or_404(slug)
    if not article.is_public:
        return gone(request, article)
    response = render(request, "reviews/record.html", record_of(article))
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def record_json(request, slug):
    article = released_or_404(slug)
    if not article.is_public:
        return JsonResponse({"withdrawn": True}, status=410, headers={"X-Robots-Tag": "noindex"})
    return JsonResponse(as_json(record_of(article)), headers={"X-Robots-Tag": "noindex"})
