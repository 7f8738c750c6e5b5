"""What was kept of readers' pages and is not true any more: the log from which every process clears its files."""

from datetime import timedelta

from django.db import connection, models, transaction
from django.db.models import BigIntegerField, Func
from django.utils import timezone

EVERYTHING = "*"  # among paths: all that is kept
# A folder of pages that nobody cleared for so long is emptied; what is in the log stays longer than that.
HEARD_WITHIN = timedelta(days=1)
LOGGED_FOR = 2 * HEARD_WITHIN


class CurrentTransaction(Func):
    """The number of the transaction that writes a row; 0 on SQLite, where one writes at a time."""

    template = "0"
    output_field = BigIntegerField()

    def as_postgresql(self, compiler, connection, **extra):
        return self.as_sql(compiler, connection, template="pg_current_xact_id()::text::bigint", **extra)


class PurgeQuerySet(models.QuerySet):
    def of(self, paths, *, hard=False, make=()):
        """Have what is kept of these addresses cleared everywhere, once this transaction is in, and none of it before.

        `hard`: not even a last copy is left, for what nobody may see any more. The files of this machine are cleared
        behind the commit, and those of `make` made anew; every other machine does so when it reads this row, and this
        one as well, should this process die first.
        """
        from articles.stored import making

        purge = self.create(paths=sorted(paths), hard=hard)
        transaction.on_commit(lambda: making.clear(purge, make), robust=True)

    def seen(self):
        """Return which purges what is read from here on knows of, for `Purge.is_known`."""
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_current_snapshot()::text")
            else:
                cursor.execute(
                    "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'articles_purge'"
                )
            [seen] = cursor.fetchone() or [0]
        return str(seen)

    def since(self, place):
        """Return (the purges that came in after `place`, the place behind them), `place` being one returned before.

        None as the purges where that cannot be told, as at first or in another database: then nothing kept is true.
        A purge may be returned again, but none is ever left out: on PostgreSQL those of later numbers may be in first,
        so the place is the oldest transaction that still ran.
        """
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
                [behind] = cursor.fetchone()
            found = self.from_transaction(place or 0)
        else:
            behind = int(self.seen())
            found = self.filter(pk__gt=place or 0, pk__lte=behind).order_by("pk")
        if place is None or behind < place:
            return None, behind
        return list(found), behind

    def from_transaction(self, xact):
        """Those of this transaction and later ones."""
        return self.filter(xact__gte=xact).order_by("xact", "pk")

    def old(self):
        """Those that every folder has heard of or, being too old, is emptied instead."""
        return self.filter(at__lt=timezone.now() - LOGGED_FOR)

    def forget(self):
        """Delete those that no folder will ask for; return how many."""
        return self.old().delete()[0]


class Purge(models.Model):
    """That what is kept of some addresses is not true any more, since the transaction that wrote this row."""

    paths = models.JSONField(help_text="Addresses of pages; what belongs to them goes with them.")
    hard = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)
    xact = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    objects = PurgeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["xact", "id"], name="purge_by_transaction"),
            models.Index(fields=["at"], name="purge_by_time"),
        ]

    def __str__(self):
        return f"Purge {self.pk} of {len(self.paths)} addresses"

    def is_known(self, seen):
        """Say whether what was read after `seen` (PurgeQuerySet.seen) was read behind this purge."""
        if ":" not in seen:
            return self.pk <= int(seen)
        oldest, next_one, running = seen.split(":")
        if self.xact < int(oldest):
            return True
        return self.xact < int(next_one) and str(self.xact) not in running.split(",")
