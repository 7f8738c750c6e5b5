"""What is said while the database does not answer: that, honestly, and when to ask again; nobody gets a traceback."""

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string

from articles.stored.front import KNOWN_AWAY

logger = logging.getLogger(__name__)

SECONDS_AWAY = 60


class DatabaseAway:
    """Answers 503 where a view finds the database away, or too busy for too long."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if KNOWN_AWAY in request.META:
            return _away()
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        logger.error("The database was away, or too busy, at %s: %s", request.path, exception)
        return _away()


def _away():
    headers = {"Retry-After": str(SECONDS_AWAY), "X-Robots-Tag": "noindex"}
    return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
