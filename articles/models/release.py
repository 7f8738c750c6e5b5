"""A revision made public; a rollback and a withdrawal are releases too."""

from django.db import models
from django.db.models import Q


class ReleaseQuerySet(models.QuerySet):
    def newest(self):
        return self.order_by("-n")


class Release(models.Model):
    """What became public when: append-only, numbered per article, gated by triggers (P1).

    `record` is the public review record, frozen at release: pseudonymous ids, dates and digests.
    """

    class Kind(models.TextChoices):
        RELEASE = "release"
        ROLLBACK = "rollback"
        WITHDRAWAL = "withdrawal"

    article = models.ForeignKey("articles.Article", models.PROTECT, related_name="releases")
    n = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    revision = models.ForeignKey("articles.Revision", models.PROTECT, null=True, related_name="releases")
    digest = models.CharField(max_length=64, blank=True)
    version = models.CharField(max_length=32, null=True)
    restores = models.ForeignKey("self", models.PROTECT, null=True, related_name="restored_by")
    owner = models.CharField(max_length=200, blank=True)
    expected_result = models.TextField(blank=True)
    rollback_note = models.TextField(blank=True)
    evidence = models.JSONField(
        default=dict, blank=True, help_text="commands, figures and assumptions, a list of texts each"
    )
    reason = models.TextField(blank=True)
    record = models.JSONField(default=dict)
    person = models.ForeignKey("articles.Person", models.PROTECT, related_name="+")
    released_at = models.DateTimeField()
    ledger_seq = models.BigIntegerField(unique=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        permissions = [("release_article", "Can release, roll back and withdraw articles")]
        constraints = [
            models.UniqueConstraint(fields=["article", "n"], name="release_number_once"),
            models.UniqueConstraint(fields=["article", "version"], name="release_version_once"),
            models.CheckConstraint(
                name="release_withdrawal_has_no_text",
                condition=Q(kind="withdrawal", revision=None, version=None, digest="")
                | (~Q(kind="withdrawal") & Q(revision__isnull=False, version__isnull=False) & ~Q(digest="")),
            ),
            models.CheckConstraint(
                name="release_rollback_names_what_it_restores",
                condition=Q(kind="rollback", restores__isnull=False)
                | (~Q(kind="rollback") & Q(restores=None)),
            ),
            models.CheckConstraint(
                name="release_says_owner_or_reason",
                condition=Q(kind="release") & ~Q(owner="") & ~Q(expected_result="") & ~Q(rollback_note="")
                | ~Q(kind="release") & ~Q(reason=""),
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.version or self.n} of article {self.article_id}"

    @property
    def is_public(self):
        """A withdrawal shows nothing; every other release shows its revision."""
        return self.revision_id is not None
