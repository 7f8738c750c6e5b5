"""Old addresses lead to where the article is now."""

from django.http import HttpResponsePermanentRedirect

from articles.models import Redirect


def old_addresses(get_response):
    """Where nothing answers, look for an old address; it leads on only to what readers may see (P1)."""

    def middleware(request):
        response = get_response(request)
        if response.status_code == 404 and request.method in ("GET", "HEAD"):
            old = Redirect.objects.to_public(request.path)
            if old is not None and old.article.get_absolute_url() != request.path:
                return HttpResponsePermanentRedirect(old.article.get_absolute_url())
        return response

    return middleware
