"""The public review record, as a page and as JSON."""

from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles import pages
from articles.views import gone
from reviews.record import as_json, record_of


@require_safe
def record(request, slug):
    article = _released(slug)
    if not article.is_public:
        return gone(request, article)
    response = render(request, "reviews/record.html", record_of(article))
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def record_json(request, slug):
    article = _released(slug)
    if not article.is_public:
        return JsonResponse({"withdrawn": True}, status=410, headers={"X-Robots-Tag": "noindex"})
    return JsonResponse(as_json(record_of(article)), headers={"X-Robots-Tag": "noindex"})


def _released(slug):
    """Return an article that was released at some time; readers may know of no other."""
    article = pages.articles_for_pages().filter(slug=slug).first()
    if article is None or article.current_release is None:
        raise Http404
    return article
