"""Old addresses lead to where the article is now, or say that it was withdrawn."""

from django.http import HttpResponsePermanentRedirect
from django.urls import reverse

from articles.addresses import article_path
from articles.models import Redirect
from articles.views import gone

# What an article's own address begins with, and that of all that belongs to it, such as its record.
OF_ARTICLES = "articles/<word:slug>"


def old_addresses(get_response):
    """Where nothing answers, look for an old address; it leads on only to what readers may see (P1).

    Of what was withdrawn it answers 410, as the address of today does, and names no other: that may say what the old
    one was left for.
    """

    def middleware(request):
        response = get_response(request)
        if response.status_code == 404 and request.method in ("GET", "HEAD"):
            return _answer(request, request.resolver_match) or response
        return response

    return middleware


def _answer(request, match):
    """Return the answer of an old address, or None where it is none. What belongs to an article moved with it."""
    is_of_article = match is not None and match.route.startswith(OF_ARTICLES)
    paths = {request.path, article_path(match.kwargs["slug"])} if is_of_article else {request.path}
    # PostgreSQL takes no NUL, and no address had one.
    old = None if "\0" in request.path else Redirect.objects.to_released(*paths)
    if old is None:
        return None
    if not old.article.is_public:
        return match.func(request, slug=old.article.slug) if is_of_article else gone(request, old.article)
    now = (
        reverse(match.view_name, args=[old.article.slug]) if is_of_article else old.article.get_absolute_url()
    )
    return HttpResponsePermanentRedirect(now) if now != request.path else None
