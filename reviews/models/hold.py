"""Held batches: what nobody reviewed of them is not released (P1)."""

from django.db import models
from django.db.models import Exists, OuterRef, Q

from articles.models import Text
from reviews.models.ledger import LedgerEntry, stamp
from reviews.models.sample import LONGEST_BATCH, Batch, batch_of, source_of


class HoldQuerySet(models.QuerySet):
    def of_batch(self, batch):
        return self.filter(generator=batch.generator, batch=batch.name)

    def newest(self):
        return self.order_by("-ledger_seq")

    def standing(self):
        """Holds that no later row of their batch follows."""
        later = Hold.objects.filter(
            generator=OuterRef("generator"), batch=OuterRef("batch"), ledger_seq__gt=OuterRef("ledger_seq")
        )
        return self.filter(~Exists(later), held=True)

    def on(self, revision):
        """Return the hold that stands on the batch of a revision, or None.

        Where the source's text was erased, nobody can tell any more which batch it was of: then any hold is one on it.
        """
        source = source_of(revision)
        if source is not None and Text.objects.filter(pk=source.text_id, data=None).exists():
            return self.standing().newest().first()
        batch = batch_of(revision)
        return self.of_batch(batch).standing().first() if batch.name else None


class Hold(models.Model):
    """That a batch is held, or no longer: append-only, and the last row of a batch counts."""

    generator = models.TextField(blank=True)
    batch = models.CharField(max_length=LONGEST_BATCH)
    held = models.BooleanField()
    reason = models.TextField()
    decided = models.PositiveIntegerField(null=True, help_text="Of its sample, when the rule held it.")
    failed = models.PositiveIntegerField(null=True)
    plan_version = models.ForeignKey("reviews.SamplePlanVersion", models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey("articles.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    ledger_seq = models.OneToOneField(LedgerEntry, models.PROTECT, db_column="ledger_seq", related_name="+")

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="hold_names_its_batch", condition=~Q(batch="") & ~Q(reason="")),
            models.CheckConstraint(
                name="hold_is_by_a_person_or_a_plan",
                condition=Q(person__isnull=False, plan_version=None)
                | Q(held=True, person=None, plan_version__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{'Held' if self.held else 'Lifted'}: {self.of}"

    @property
    def of(self):
        return Batch(self.generator, self.batch)

    def facts(self):
        """What the ledger holds of this row."""
        return {
            "generator": self.generator,
            "batch": self.batch,
            "held": self.held,
            "reason": self.reason,
            "decided": self.decided,
            "failed": self.failed,
            "plan": self.plan_version.digest if self.plan_version else None,
            "person": str(self.person.uuid) if self.person else None,
            "at": stamp(self.at),
        }
