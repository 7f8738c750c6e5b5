"""What the processes of tests are forks of: a process with Django set up that has never seen a database.

A start from nothing takes longer than most of what such a process is for. See tests/processes.py.
"""

import importlib
import json
import os
import sys

import django
from django.conf import settings
from django.db import connections

import editorial.settings

django.setup()


def begin(script, args, environment, *ends):
    """Run `script` in this fork with the given environment and `ends` of pipes as its standard input, output, errors.

    It says when it is ready and then waits, so that many begin their work at one moment. Settings are read anew.
    """
    for number, end in enumerate(ends):
        os.dup2(end.fileno(), number)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.argv[1:] = args
    os.environ |= environment
    settings.DATABASES = importlib.reload(editorial.settings).DATABASES
    vars(connections).pop("settings", None)
    connections.__init__()
    print("ready", flush=True)
    sys.stdin.readline()
    exec(compile(script, "<script>", "exec"), {"__name__": "__main__", "json": json, "sys": sys})
