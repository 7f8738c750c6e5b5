"""What Django checks before this site runs."""

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connections


def demo_sign_ins(alias="default"):
    """Return the names of accounts whose passwords are public. Raises DatabaseError where there is none to ask."""
    from articles.models import User  # models are not loaded yet when Django imports this module

    return sorted(User.objects.using(alias).filter(is_demo=True).values_list("username", flat=True))


def why_not_to_start(names):
    return (
        f"This database has demo sign-ins with public passwords ({', '.join(names)}): "
        "delete them, or use another DATABASE_URL."
    )


@checks.register(checks.Tags.database)
def no_demo_sign_ins(app_configs, databases, **kwargs):
    """Outside the demo, report demo sign-ins. Run by `migrate` and by `check --database default`."""
    if settings.DEMO or "default" not in (databases or []):
        return []
    try:
        names = demo_sign_ins()
    except DatabaseError:
        connections["default"].close()  # away, or not migrated yet: then nobody can sign in either
        return []
    return [checks.Error(why_not_to_start(names), id="editorial.E001")] if names else []
