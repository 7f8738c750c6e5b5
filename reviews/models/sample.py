"""Sample plans: which part of what nobody flagged is reviewed all the same, and what was drawn by them."""

import secrets
from decimal import Decimal
from typing import NamedTuple

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, Max, Q
from django.utils import timezone

from articles import bulk
from articles.models import Revision
from reviews.models.decision import Decision
from reviews.models.ledger import LedgerEntry
from reviews.models.policy import Versioned, version_facts
from reviews.sampling import picked

LONGEST_BATCH = 200
# Revisions that say where a draft comes from. A person's edit of one stays in its batch, whatever it says.
SOURCES = (Revision.Origin.IMPORT, Revision.Origin.ADOPTION)


class Batch(NamedTuple):
    """What one generator made together: the batch its documents name, else the import run they came in."""

    generator: str
    name: str  # "batch …" or "run …"; empty for what belongs to none

    def __str__(self):
        return f"{self.name} of {self.generator or 'no named generator'}"


def batch_of(revision):
    """Return the Batch of the text that the source sent for this revision. The gate's trigger reads the same."""
    source = source_of(revision)
    if source is None:
        return Batch("", "")
    if named := source.facts.get("batch"):
        name = f"batch {named}"
    else:
        name = f"run {source.import_run_id}" if source.import_run_id else ""
    return Batch(source.facts.get("generator", ""), name)


def source_of(revision):
    """Return the revision with the text that the source sent for this one, or None where none did."""
    if revision.origin in SOURCES:
        return revision
    earlier = Revision.objects.filter(
        article=revision.article_id, number__lte=revision.number, origin__in=SOURCES
    )
    return earlier.newest().first()


class SamplePlanVersion(models.Model):
    """A plan's terms at one time; samples are drawn by it."""

    sample_plan = models.ForeignKey("reviews.SamplePlan", models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    terms = models.JSONField()
    person = models.ForeignKey("articles.Person", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ledger_seq = models.OneToOneField(LedgerEntry, models.PROTECT, db_column="ledger_seq", related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sample_plan", "number"], name="sample_plan_version_number_once")
        ]

    def __str__(self):
        return f"{self.sample_plan} v{self.number}"

    def said(self):
        """What the digest is of."""
        return self.terms

    def facts(self):
        """What the ledger holds of this row."""
        return version_facts(self)


class SamplePlanQuerySet(models.QuerySet):
    def in_force(self):
        """Return the active plans, those of one generator first, to ask them about many revisions."""
        plans = self.filter(active=True).select_related("current").order_by("pk")
        return sorted(plans, key=lambda plan: not plan.match_generator)


def draw(plans, revision, article):
    """Return the first of these plans that is for a revision as its source sent it, if it picks it; otherwise None."""
    if revision.origin != Revision.Origin.IMPORT:
        return None
    plan = next((one for one in plans if one.is_for(revision.facts)), None)
    if plan and picked(article.source_key, plan.salt, plan.rate / 100):
        return plan
    return None


class SamplePlan(Versioned):
    """How much of what nothing flagged goes to review, and how many failures of it hold the rest of its batch."""

    name = models.CharField(max_length=100, unique=True)
    active = models.BooleanField(default=True)
    match_generator = models.CharField(
        max_length=200,
        blank=True,
        verbose_name="generator",
        help_text="Empty: all that have no plan of their own.",
    )
    rate = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        verbose_name="rate, in per cent",
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(100)],
        help_text="How much of what is not flagged goes to review. Raising it keeps those picked before.",
    )
    tolerated = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        verbose_name="tolerated failures, in per cent",
        validators=[MinValueValidator(0), MaxValueValidator(Decimal("99.99"))],
        help_text="A batch is held when it is all but certain that more of it fails. Empty: nothing is held.",
    )
    least = models.PositiveSmallIntegerField(
        default=10,
        verbose_name="decided at least",
        validators=[MinValueValidator(1)],
        help_text="Before so many of a batch's sample are decided, it is not held.",
    )
    salt = models.CharField(max_length=64, default=secrets.token_hex, editable=False)
    current = models.ForeignKey(
        SamplePlanVersion, models.PROTECT, null=True, related_name="+", editable=False
    )

    objects = SamplePlanQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="sample_plan_rates_are_per_cent",
                condition=Q(rate__gt=0, rate__lte=100)
                & (Q(tolerated=None) | Q(tolerated__gte=0, tolerated__lt=100)),
            )
        ]

    def __str__(self):
        return self.name

    def is_for(self, facts):
        wanted = self.match_generator.strip().casefold()
        return not wanted or facts.get("generator", "").casefold() == wanted

    def terms(self):
        return {
            "plan": self.name,
            "active": self.active,
            "generator": self.match_generator.strip(),
            "rate": f"{Decimal(self.rate):.2f}",
            "tolerated": None if self.tolerated is None else f"{Decimal(self.tolerated):.2f}",
            "least": self.least,
            "salt": self.salt,
        }


class SampleQuerySet(models.QuerySet):
    def keep(self, drawn):
        """Remember what was drawn: (revision, plan) for each."""
        bulk.insert(
            self.model(revision=revision, plan_version=plan.current, **_columns(batch_of(revision)))
            for revision, plan in drawn
        )

    def of_batch(self, batch):
        return self.filter(**_columns(batch))

    def tally(self, batch, *, since=None):
        """Return how many of a batch's sample are decided, and how many of those failed: a person asked for changes or
        rejected it. Verdicts that were taken back, or given before `since`, do not count."""
        return self.tallies([batch], since=since).get(batch, (0, 0))

    def tallies(self, batches, *, since=None, to=None):
        """Return {batch: its tally} for those of these batches of which something is decided.

        With `to`, only of what that person may know (P5): a second seat is blind until it is decided.
        """
        verdicts = Decision.objects.standing() if to is None else Decision.objects.standing().visible_to(to)
        verdicts = verdicts.filter(revision__sample__batch__in={one.name for one in batches})
        if since:
            verdicts = verdicts.filter(decided_at__gt=since)
        counted = (
            verdicts.order_by()
            .values_list("revision__sample__generator", "revision__sample__batch")
            .annotate(
                decided=Count("revision", distinct=True),
                failed=Count("revision", distinct=True, filter=~Q(verdict=Decision.Verdict.APPROVE)),
            )
        )
        return {Batch(generator, name): (decided, failed) for generator, name, decided, failed in counted}

    def newest_batches(self, most):
        """Return the batches that were sampled last, newest first."""
        named = self.exclude(batch="").order_by().values_list("generator", "batch").annotate(last=Max("pk"))
        return [Batch(generator, name) for generator, name, _ in named.order_by("-last")[:most]]

    def sizes(self, batches):
        """Return {batch: how many of it were drawn}."""
        named = self.filter(batch__in={one.name for one in batches}).order_by()
        counted = named.values_list("generator", "batch").annotate(Count("pk"))
        return {Batch(generator, name): count for generator, name, count in counted}


def _columns(batch):
    return {"generator": batch.generator, "batch": batch.name}


class Sample(models.Model):
    """That a plan picked a revision, and which batch it stands for. Append-only."""

    revision = models.OneToOneField("articles.Revision", models.PROTECT, related_name="sample")
    plan_version = models.ForeignKey(SamplePlanVersion, models.PROTECT, related_name="+")
    generator = models.TextField(blank=True)
    batch = models.CharField(max_length=LONGEST_BATCH, blank=True)

    objects = SampleQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["batch"], name="sample_by_batch")]

    def __str__(self):
        return f"{self.revision_id} for {self.of}"

    @property
    def of(self):
        return Batch(self.generator, self.batch)
