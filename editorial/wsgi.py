"""The site as a server runs it: `editorial.wsgi:application`."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "editorial.settings")


def checked_application():
    """Return the application, or end the process with one line that says why this site must not start.

    A database that is away stops nothing: readers have their pages from files. Its demo accounts cannot sign in even
    so, which editorial/sign_in.py sees to.
    """
    try:
        application = get_wsgi_application()
    except ImproperlyConfigured as error:
        sys.exit(f"Editorial does not start. {error}")

    # Models can be imported from here on.
    from articles.stored import following
    from articles.stored.front import Front
    from editorial import checks

    if not settings.DEMO:
        try:
            names = checks.demo_sign_ins()
        except DatabaseError:
            names = []
        finally:
            connections.close_all()
        if names:
            sys.exit(f"Editorial does not start. {checks.why_not_to_start(names)}")
    following.start()
    return Front(application)


application = checked_application()
