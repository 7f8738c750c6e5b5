"""What stands before Django: kept pages are answered from their files, and everything else is passed on.

A WSGI application around Django's own. Nothing here asks the database where a page is kept.
"""

import time
from datetime import UTC, datetime
from email.utils import formatdate

from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import DatabaseError, InterfaceError
from django.http.request import split_domain_port, validate_host
from django.utils.formats import date_format

from articles.stored import counting, following, making
from articles.stored.rules import BY_NAME, rule_of

METHODS = {"GET", "HEAD"}
ARTICLE = BY_NAME["article"]
MOST_HOSTS = 100
OUR_FAULT = 500  # and above
AWAY = 503
CONTENT = b'<main id="content"'
# What an answer of 304 repeats of the one with content (RFC 9110, 15.4.5).
NOT_WITH_304 = {"Content-Type", "Content-Length", "Content-Encoding"}


KNOWN_AWAY = "articles.database_away"  # in what is passed on: to say so is all that can be done
SECONDS_WITHOUT = 1.0  # after the database was found away, nobody waits for it


class Front:
    """The site as a server runs it. `application` is Django's, for what is not kept."""

    def __init__(self, application):
        self.application = application
        self.hosts = {}
        self.away_until = 0.0

    def __call__(self, environ, start_response):
        path = _decoded(environ["PATH_INFO"])
        rule = rule_of(path, environ.get("QUERY_STRING", ""))

        def start_named(status, headers, error=None):
            return start_response(status, [*headers, ("X-Cache-Rule", rule.name)], error)

        if not (
            rule.is_kept
            and making.folder()
            and environ["REQUEST_METHOD"] in METHODS
            and self.is_ours(environ)
        ):
            return self.application(environ, start_named)
        following.start()
        page = making.folder().fresh(path)
        counting.counted(rule.name, page)
        if page is None:
            return self._made(rule, path, environ, start_named)
        if rule is ARTICLE:
            counting.read(path, environ)
        return _answer(page, environ, start_named)

    def _made(self, rule, path, environ, start_response):
        page, response = self._asked(path, environ)
        if page is None and (response is None or response.status_code >= OUR_FAULT):
            page = making.folder().last(path)
            if page is not None:
                return _answer_with_last(page, environ, start_response)
        if page is not None:
            if rule is ARTICLE:
                counting.read(path, environ)
            return _answer(page, environ, start_response)
        if response is None:
            return self.application(environ | {KNOWN_AWAY: True}, start_response)
        start_response(
            f"{response.status_code} {response.reason_phrase}",
            [
                *response.items(),
                *(("Set-Cookie", one.output(header="").strip()) for one in response.cookies.values()),
            ],
        )
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.content]

    def _asked(self, path, environ):
        """Return (a page, None), (None, another response), or (None, None) where the database is away.

        Each attempt to reach it takes seconds in which a thread answers nobody, so then only some attempts are made.
        """
        if time.monotonic() < self.away_until:
            return None, None
        request_started.send(sender=type(self), environ=environ)
        try:
            page, response = making.made(path)
        except (DatabaseError, InterfaceError):
            page, response = None, None
        finally:
            request_finished.send(sender=type(self))
        if page is None and (response is None or response.status_code == AWAY):
            self.away_until = time.monotonic() + SECONDS_WITHOUT
        return page, response

    def is_ours(self, environ):
        """Say whether Django would answer for this host, by this way; what it says otherwise is its own to say."""
        if settings.SECURE_SSL_REDIRECT:
            header, value = settings.SECURE_PROXY_SSL_HEADER
            if environ.get(header) != value:
                return False
        host = environ.get("HTTP_HOST", "")
        if host not in self.hosts:
            if len(self.hosts) >= MOST_HOSTS:
                self.hosts.clear()
            domain, _ = split_domain_port(host)
            self.hosts[host] = bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
        return self.hosts[host]


def _decoded(path):
    """Return a path as Django sees it; one that is no UTF-8 is under no rule."""
    try:
        return path.encode("latin-1").decode()
    except UnicodeError:
        return "\0"


def _encoding(accepted):
    """Return which of ours a browser takes, the smallest first; "" for the page as it is."""
    for name in ("br", "gzip"):
        if name in accepted:
            for one in accepted.split(","):
                coding, _, weight = one.partition(";")
                if coding.strip().lower() == name and weight.replace(" ", "").lower() not in (
                    "q=0",
                    "q=0.0",
                    "q=0.00",
                    "q=0.000",
                ):
                    return name
    return ""


def _answer(page, environ, start_response):
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
    made = page.answers.get(accepted)
    if made is None:
        encoding = _encoding(accepted)
        made = page.answers.get(("", encoding))
        if made is None:
            made = page.answers["", encoding] = _headers(page, encoding)
        if len(page.answers) < MOST_HOSTS:
            page.answers[accepted] = made
    body, tag, headers, short = made
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and (tag in known or known.strip() == "*"):
        start_response("304 Not Modified", list(short))
        return []
    start_response("200 OK", list(headers))
    return [body] if environ["REQUEST_METHOD"] == "GET" else []


def _headers(page, encoding):
    body, digest = page.body(encoding)
    tag = f'"{digest}"'
    headers = [
        *((name, value) for name, value in page.headers),
        ("ETag", tag),
        ("Vary", "Accept-Encoding"),
        ("Content-Length", str(len(body))),
        *([("Content-Encoding", encoding)] if encoding else []),
    ]
    return body, tag, headers, [pair for pair in headers if pair[0] not in NOT_WITH_304]


def _answer_with_last(page, environ, start_response):
    """Answer with the last page there was, and say so in it (P9). Nobody keeps it, nor may search engines."""
    body, _ = page.body("")
    headers = dict(page.headers)
    if headers["Content-Type"].startswith("text/html"):
        body = _marked(body, page.made)
    headers |= {
        "Cache-Control": "no-store",
        "Content-Length": str(len(body)),
        "Last-Modified": formatdate(page.made, usegmt=True),
    }
    if page.ends <= time.time():
        headers["X-Robots-Tag"] = "noindex"  # P4: whatever ended meanwhile
    start_response("200 OK", list(headers.items()))
    return [body] if environ["REQUEST_METHOD"] == "GET" else []


def _marked(body, made):
    when = date_format(datetime.fromtimestamp(made, UTC), "j F Y, H:i")
    said = (
        '<p class="notice" role="status">This is a copy of '
        f"{when} UTC. The page itself cannot be made at the moment, and may have changed since.</p>"
    ).encode()
    place = body.find(b">", body.find(CONTENT)) + 1
    return body[:place] + said + body[place:]
