"""Making a kept page: one rendering of an address as anybody would see it, and what it depends on."""

import hashlib
import logging
import math
import time
from functools import cache
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http.request import validate_host

from articles import pages
from articles.addresses import article_path
from articles.models import Article, Purge
from articles.rendering import RENDERER
from articles.stored.folder import Folder, page_of
from articles.stored.rules import AT_MOST

logger = logging.getLogger(__name__)

# Of one person, or about the very answer: no such header is kept, and no answer with one of REFUSED is.
REFUSED = {"Set-Cookie", "Vary", "Content-Encoding"}
NOT_KEPT = {"Content-Length", "ETag", "Cache-Control"}
SAYS_NOT_TO_KEEP = ("no-store", "private")
# Browsers and what stands between ask each time, and hear mostly that nothing changed.
CACHE_CONTROL = "public, max-age=0, must-revalidate"
NOT_KEPT_HERE = "Pages are not kept here: KEEP_PAGES is false, or ALLOWED_HOSTS lacks the host of SITE_URL."
# One release clears some dozens of pages; its own is made at once, so that it is there before anybody asks (P9).
MOST_MADE_AT_ONCE = 20
BATCH = 500


@cache
def folder():
    """Return the folder of this process, or None where pages are not kept."""
    # A site that does not answer at its own address could not ask itself for a page.
    if not (settings.PAGES_DIR and validate_host(settings.SITE_HOST, settings.ALLOWED_HOSTS)):
        return None
    try:
        return Folder(settings.PAGES_DIR, edition())
    except OSError as error:
        logger.error("No pages are kept: %s: %s.", settings.PAGES_DIR, error.strerror)
        return None


@cache
def edition():
    """Name all that a page depends on besides the database: code, templates, static files and settings.

    A page of another edition is not answered with, but for while no better one can be made.
    """
    said = hashlib.sha256(f"{RENDERER}".encode())
    base = Path(settings.BASE_DIR)
    for pattern in ("templates/**/*", "articles/**/*.py", "articles/static/**/*", "editorial/**/*.py"):
        for file in sorted(one for one in base.glob(pattern) if one.is_file()):
            said.update(f"\n{file.relative_to(base)}\n".encode())
            said.update(file.read_bytes())
    for name in (
        "SITE_URL",
        "SITE_NAME",
        "HTTPS",
        "DEBUG",
        "SHOW_DESK_META",
        "SHOW_REVIEWER_NAMES",
        "DATABASES",
    ):
        said.update(f"\n{name}: {getattr(settings, name)}".encode())
    return said.hexdigest()


@cache
def handler():
    return WSGIHandler()


def render(path):
    """Return (the response of Django to whoever asks for `path` first, when it ends to be true, by the clock).

    Asked with nothing of whoever is there: no cookie, header or parameter can come into what others see (C1, C7).
    """
    scheme = "https" if settings.HTTPS else "http"
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": "",
        "SERVER_NAME": settings.SITE_HOST,
        "SERVER_PORT": "443" if settings.HTTPS else "80",
        "HTTP_HOST": settings.SITE_URL.partition("://")[2],
        "HTTP_X_FORWARDED_PROTO": scheme,
        "wsgi.url_scheme": scheme,
        "wsgi.input": BytesIO(),
    }
    with pages.moments() as ends:
        response = handler().get_response(WSGIRequest(environ))
    return response, min(ends, default=math.inf)


def is_for_all(response):
    """Say whether a response may be kept for everybody (C2, C4)."""
    told = response.get("Cache-Control", "")
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not any(name in response for name in REFUSED)
        and not any(word in told for word in SAYS_NOT_TO_KEEP)
    )


def made(path):
    """Return (a Page for `path`, None), which is kept from here on, or (None, a response that is not to be kept).

    One process makes it, and those that wait for it get what that one made (C13). Raises DatabaseError.
    """
    here = folder()
    with here.lock(path) as is_ours:
        # By now another may have made it.
        if is_ours and (page := here.fresh(path)):
            return page, None
        # Before anything is read: a purge of which this does not know clears it, if it came in meanwhile (C9).
        seen = Purge.objects.seen()
        response, ends = render(path)
        if not is_for_all(response):
            return None, response
        page = page_of(
            response.content,
            [
                *((name, value) for name, value in response.items() if name not in NOT_KEPT),
                ("Cache-Control", CACHE_CONTROL),
            ],
            ends=min(ends, time.time() + AT_MOST.total_seconds()),
            seen=seen,
            edition=here.edition,
            is_own="X-Robots-Tag" in response,
        )
        if is_ours:
            here.keep(path, page)
        return page, None


def clear(purge, make=()):
    """Clear the files of this machine of what a purge names, behind its commit, and make some of them anew."""
    if folder() is None:
        return
    folder().clear(purge)
    for path in list(make)[:MOST_MADE_AT_ONCE]:
        made(path)


def fill(most=None):
    """Make the pages of public articles that have none that is true, the newest first; yield whether one was made.

    A release makes its own. This is for what a new folder or a new edition lacks. `most`: look at so many articles.
    """
    if folder() is None:
        return
    newest, last = Article.objects.public().newest(), None
    while most is None or most > 0:
        some = newest if last is None else newest.after(*last)
        rows = list(some.values_list("slug", "published_at", "pk")[: min(BATCH, most or BATCH)])
        if not rows:
            return
        last, most = rows[-1][1:], most and most - len(rows)
        for slug, *_ in rows:
            path = article_path(slug)
            if not folder().has(path):
                page, _ = made(path)
                yield page is not None
