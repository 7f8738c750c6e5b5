"""Why a revision needs human review and what that takes: the policy, frozen."""

from django.db import models
from django.db.models import Q

from reviews.models.ledger import stamp


class RequirementQuerySet(models.QuerySet):
    def of_text(self, thing):
        """Requirements of the text of a revision or seat, under whatever number its article had these very bytes."""
        return self.filter(revision__article=thing.article_id, revision__text=thing.digest)

    def strictest(self, thing, *, before=None):
        """Return what all requirements of the text of a revision or seat ask together; None where it needs no review.

        `before` is a place in the ledger: what was asked later does not count then.
        """
        asked = self.of_text(thing)
        if before is not None:
            asked = asked.filter(ledger_seq__lt=before)
        rows = list(asked.select_related("criteria_version", "policy_version").order_by("pk"))
        return Terms(rows) if rows else None


class Requirement(models.Model):
    """One reason for which one revision needs human review. Append-only; flagging later is another row.

    Where the text is erased, so is `detail`, which may quote it.
    """

    class Reason(models.TextChoices):
        DOCUMENT = "document", "The document asks for human review"
        FINDING = "finding", "A check found something blocking"
        POLICY = "policy", "A policy asks for review"
        FLAGGED = "flagged", "An editor flagged it"
        CHANGES_RELEASE = "changes_release", "It changes a released article"
        STALE = "stale", "Its last review is too old"
        SITE = "site", "This site reviews everything"
        SAMPLE = "sample", "The random sample picked it"
        CARRIED = "carried", "The revision before it waits for review"

    revision = models.ForeignKey("articles.Revision", models.PROTECT, related_name="requirements")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    detail = models.TextField(blank=True)
    approvals = models.PositiveSmallIntegerField()
    four_eyes = models.BooleanField()
    exclude_importer = models.BooleanField()
    valid_days = models.PositiveIntegerField()
    criteria_version = models.ForeignKey("reviews.CriteriaVersion", models.PROTECT, related_name="+")
    policy_version = models.ForeignKey("reviews.PolicyVersion", models.PROTECT, related_name="+")
    due_at = models.DateTimeField(null=True)
    person = models.ForeignKey("articles.Person", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    ledger_seq = models.OneToOneField(
        "reviews.LedgerEntry", models.PROTECT, db_column="ledger_seq", related_name="+"
    )

    objects = RequirementQuerySet.as_manager()

    class Meta:
        constraints = [
            # A text can grow stale more than once; each time asks for its review anew.
            models.UniqueConstraint(
                fields=["revision", "reason"],
                condition=~Q(reason="stale"),
                name="requirement_once_per_reason",
            ),
            models.CheckConstraint(name="requirement_asks_for_an_approval", condition=Q(approvals__gte=1)),
        ]

    def __str__(self):
        return f"{self.get_reason_display()} ({self.revision})"

    def take_over(self, terms):
        """Ask for no less than `terms`, those of the revision before: an edit must not lower what a review takes."""
        strictest = max(terms.rows, key=lambda row: row.approvals)
        self.criteria_version, self.policy_version = strictest.criteria_version, strictest.policy_version
        self.approvals = max(self.approvals, terms.approvals)
        self.four_eyes = self.four_eyes or terms.four_eyes
        self.exclude_importer = self.exclude_importer or terms.exclude_importer
        self.valid_days = min(self.valid_days, terms.valid_days)

    def facts(self):
        """What the ledger holds of this row."""
        return {
            "reason": self.reason,
            "revision": [str(self.revision.article.uuid), self.revision.number, self.revision.digest],
            "approvals": self.approvals,
            "four_eyes": self.four_eyes,
            "exclude_importer": self.exclude_importer,
            "valid_days": self.valid_days,
            "policy": self.policy_version.digest,
            "criteria": self.criteria_version.digest,
            "due": stamp(self.due_at) if self.due_at else None,
            "person": str(self.person.uuid) if self.person else None,
            "at": stamp(self.created_at),
        }


class Terms:
    """What several requirements of one revision ask together: the strictest of each."""

    def __init__(self, rows):
        self.rows = rows
        self.approvals = max(row.approvals for row in rows)
        self.four_eyes = any(row.four_eyes for row in rows)
        self.exclude_importer = any(row.exclude_importer for row in rows)
        self.valid_days = min(row.valid_days for row in rows)
        # Versions from before the field existed had nobody who switched it off.
        self.answers_together = all(row.policy_version.terms.get("answers_together", True) for row in rows)
        self.due_at = min((row.due_at for row in rows if row.due_at), default=None)

    @property
    def questions(self):
        """The questions of every criteria version, each once, in order."""
        seen = {}
        for row in self.rows:
            for question in row.criteria_version.questions:
                seen.setdefault(question["id"], question)
        return list(seen.values())
