#!/usr/bin/env python
"""Django's commands for this site."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "editorial.settings")
    try:
        settings.INSTALLED_APPS  # noqa: B018  reads the settings, so that a bad one is one line here
    except ImproperlyConfigured as error:
        sys.exit(f"Editorial does not start. {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
