"""Old addresses lead to where the article is now."""

from django.http import HttpResponsePermanentRedirect
from django.urls import reverse

from articles.addresses import article_path
from articles.models import Redirect

# What an article's own address begins with, and that of all that belongs to it, such as its record.
OF_ARTICLES = "articles/<word:slug>"


def old_addresses(get_response):
    """Where nothing answers, look for an old address; it leads on only to what readers may see (P1)."""

    def middleware(request):
        response = get_response(request)
        if response.status_code == 404 and request.method in ("GET", "HEAD"):
            now = _now(request.path, request.resolver_match)
            if now not in (None, request.path):
                return HttpResponsePermanentRedirect(now)
        return response

    return middleware


def _now(path, match):
    """Return the address that an old one leads to, or None. What belongs to an article moved with it."""
    is_of_article = match is not None and match.route.startswith(OF_ARTICLES)
    paths = {path, article_path(match.kwargs["slug"])} if is_of_article else {path}
    old = Redirect.objects.to_public(*paths)
    if old is None:
        return None
    return (
        reverse(match.view_name, args=[old.article.slug]) if is_of_article else old.article.get_absolute_url()
    )
