"""The append-only, hash-chained record of decisions, requirements, releases, policy changes and erasures."""

import hashlib
from datetime import UTC

from django.db import connection, models
from django.utils import timezone

from articles import bulk
from articles.canonical import canonical

DOMAIN = b"editorial ledger 1"
GENESIS = "0" * 64


def entry_hash(seq, previous, payload):
    """Return the hash of one entry: SHA-256 over length-prefixed domain, seq, previous hash and payload bytes."""
    digest = hashlib.sha256()
    for part in (DOMAIN, str(seq).encode(), previous.encode(), payload):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def stamp(moment):
    """Return a moment as the ledger writes it: UTC, microseconds, fixed width."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class LedgerEntryQuerySet(models.QuerySet):
    def append(self, *facts):
        """Append one entry for each of `facts` (dicts of JSON values) and return them, in order.

        Runs in the caller's transaction, which holds its article locks already: the head is locked last, and before
        it is read, so that appends from many processes never fork the chain (L3).
        """
        if not connection.in_atomic_block:
            raise RuntimeError("The ledger is appended to inside the transaction of what it records.")
        head = LedgerHead.objects.select_for_update().get()
        entries = []
        for fact in facts:
            payload = canonical(fact)
            digest = entry_hash(head.seq + 1, head.hash, payload)
            entries.append(
                self.model(
                    seq=head.seq + 1, kind=fact["kind"], previous=head.hash, payload=payload, hash=digest
                )
            )
            head.seq, head.hash = head.seq + 1, digest
        bulk.insert(entries)
        head.save(update_fields=["seq", "hash"])
        return entries


class LedgerEntry(models.Model):
    """One link of the chain. `payload` holds the exact bytes that were hashed; nothing re-serialises them.

    `kind` repeats the payload's own, so that a trigger can read it: a row of history has an entry of its kind.
    """

    seq = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=20)
    previous = models.CharField(max_length=64, unique=True)
    payload = models.BinaryField()
    hash = models.CharField(max_length=64, unique=True)
    written_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        permissions = [("audit_ledger", "Can audit the ledger")]
        verbose_name_plural = "ledger entries"
        ordering = ["seq"]

    def __str__(self):
        return f"Entry {self.seq}"


class LedgerHead(models.Model):
    """The one row that every append locks. It repeats the last entry, so a cut tail shows."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        constraints = [models.CheckConstraint(name="ledger_has_one_head", condition=models.Q(pk=1))]

    def __str__(self):
        return f"Head at {self.seq}"
