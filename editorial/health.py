"""Whether this process serves, and whether what it depends on is there. Nothing in the answers is secret."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

import articles.guards
import reviews.guards

OK = "ok"


@never_cache
@require_safe
def live(request):
    """Answer while the process serves. Asks nothing else, so that a database away restarts no process."""
    return JsonResponse({"ok": True})


@never_cache
@require_safe
def ready(request):
    """Answer 200 where every dependency is as it should be, else 503, and say which is not."""
    try:
        found = {"database": OK, "migrations": migrations(), "guards": guards()}
    except DatabaseError:
        found = {"database": "does not answer", "migrations": "not known", "guards": "not known"}
    ok = all(state == OK for state in found.values())
    return JsonResponse({"ok": ok, **found}, status=200 if ok else 503)


def migrations():
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} to apply" if waiting else OK


def guards():
    missing = articles.guards.missing(connection, [*articles.guards.GUARDS, *reviews.guards.GUARDS])
    return f"missing or changed: {', '.join(missing)}" if missing else OK
