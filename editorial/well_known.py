"""Addresses that machines ask every site for: robots.txt, security.txt, favicon.ico."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# The staff's own, and answers without end; all that is not for search engines says so itself as well (P4).
KEPT_OUT = ("admin:index", "reviews:queue", "articles:search", "sign-in")


@require_safe
def robots(request):
    kept_out = "".join(f"Disallow: {reverse(name)}\n" for name in KEPT_OUT)
    sitemap = f"{settings.SITE_URL}{reverse('articles:sitemap')}"
    return _text(f"User-agent: *\n{kept_out}\nSitemap: {sitemap}\n")


@require_safe
def security(request):
    """Say whom to tell of a weakness (RFC 9116). What has run out is not to be relied on, so it is not said."""
    expires = settings.SECURITY_EXPIRES
    if not settings.SECURITY_CONTACT or expires <= timezone.now():
        raise Http404
    contacts = "".join(f"Contact: {contact}\n" for contact in settings.SECURITY_CONTACT)
    canonical = f"{settings.SITE_URL}{reverse('security-txt')}"
    return _text(f"{contacts}Expires: {expires:%Y-%m-%dT%H:%M:%SZ}\nCanonical: {canonical}\n")


@require_safe
@cache_control(max_age=24 * 3600)
def favicon(request):
    """Send the icon to whoever asks without having read a page; pages name the one that can be drawn at any size."""
    return HttpResponse(_icon(), content_type="image/x-icon")


@cache
def _icon():
    return Path(finders.find("articles/favicon.ico")).read_bytes()


def _text(content):
    return HttpResponse(content, content_type="text/plain; charset=utf-8")
