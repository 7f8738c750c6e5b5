"""What was approved before, block by block, so that nobody reads it twice."""

from collections import defaultdict
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from reviews import blocks
from reviews.models.decision import Decision
from reviews.models.requirement import Requirement

# A sentence that ten thousand drafts share needs no ten thousand rows; a few, so that one revocation ends little.
ENOUGH = 3


class ApprovedBlockQuerySet(models.QuerySet):
    def remember(self, decision, document):
        """Remember the blocks of a text with its approval: here, and never at import, so that imports pay nothing."""
        terms = Requirement.objects.strictest(decision)
        days = terms.valid_days if terms else settings.REVIEW_VALID_DAYS
        found = {block.digest: block for block in blocks.blocks_of(document) if block.words}
        there = dict(
            self.standing().filter(digest__in=found).values_list("digest").annotate(models.Count("pk"))
        )
        self.bulk_create(
            self.model(
                kind=block.kind,
                digest=block.digest,
                words=block.words,
                decision=decision,
                fresh_until=decision.decided_at + timedelta(days=days),
            )
            for block in found.values()
            if there.get(block.digest, 0) < ENOUGH
        )

    def standing(self):
        """Blocks whose approval is fresh and not revoked, of texts that nobody rejects."""
        revoked = Decision.objects.filter(revokes=OuterRef("decision"))
        rejections = Decision.objects.standing().filter(
            article=OuterRef("decision__article"),
            digest=OuterRef("decision__digest"),
            verdict=Decision.Verdict.REJECT,
        )
        return self.filter(~Exists(revoked), ~Exists(rejections), fresh_until__gt=Now())

    def known(self, digests, *, to):
        """Return {digest: approvals, newest first} for those of these blocks that were approved before. One query.

        Of decisions that the person `to` may not know of yet (blind second seats, P5) they learn nothing here either.
        """
        found = defaultdict(list)
        rows = self.standing().filter(digest__in=digests, decision__in=Decision.objects.visible_to(to))
        for row in rows.select_related("decision__revision", "decision__person").order_by("-decision"):
            found[row.digest].append(row)
        return dict(found)


class ApprovedBlock(models.Model):
    """A block of a text that a person approved. Append-only; what ends is its approval, not the memory of it."""

    class Kind(models.TextChoices):
        PROSE = "prose"
        CODE = "code"
        ITEM = "item"
        META = "meta"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    digest = models.CharField(max_length=64)
    words = models.PositiveIntegerField()
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="blocks")
    fresh_until = models.DateTimeField()

    objects = ApprovedBlockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "decision"], name="approved_block_once_per_decision")
        ]

    def __str__(self):
        return f"{self.kind} {self.digest[:12]} of decision {self.decision_id}"
