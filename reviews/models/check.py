"""What automatic checks noticed in a revision."""

from django.db import models

from articles.canonical import digest


class CheckRun(models.Model):
    """That all checks of one version ran over one revision. Append-only."""

    revision = models.ForeignKey(
        "articles.Revision", models.PROTECT, related_name="check_runs", db_index=False
    )
    version = models.PositiveIntegerField()
    finished_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "version"], name="check_run_once")]

    def __str__(self):
        return f"Checks {self.version} of {self.revision}"


class DueQuerySet(models.QuerySet):
    def of_run(self, run):
        """Those that one import run brought."""
        return self.filter(revision__import_run=run)


class Due(models.Model):
    """That a revision which came in with many others waits for its checks. The row goes when they ran."""

    revision = models.OneToOneField(
        "articles.Revision", models.CASCADE, primary_key=True, related_name="checks_due"
    )

    objects = DueQuerySet.as_manager()

    def __str__(self):
        return f"Checks of {self.revision_id}"


class FindingQuerySet(models.QuerySet):
    def blocking(self):
        return self.filter(severity=Finding.Severity.BLOCKING)

    def of(self, revision, version):
        """What one version of the checks noticed in a revision, in order."""
        return self.filter(run__revision=revision, run__version=version).order_by("number")


class Finding(models.Model):
    """One thing a check noticed: code, severity, place, message. Append-only.

    Where the text is erased, so are place and message, which may quote it.
    """

    class Severity(models.TextChoices):
        BLOCKING = "blocking"
        REMARK = "remark"

    run = models.ForeignKey(CheckRun, models.PROTECT, related_name="findings", db_index=False)
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    place = models.CharField(
        max_length=300, blank=True, help_text="Path in the document, such as meta.tools[2]."
    )
    line = models.PositiveIntegerField(null=True, help_text="Line of the body, from 1.")
    message = models.TextField()

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["run", "number"]
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="finding_number_once")]

    def __str__(self):
        return self.message

    @property
    def is_blocking(self):
        return self.severity == self.Severity.BLOCKING

    @property
    def remark_key(self):
        """Under which key a note holds what was said of it."""
        return f"finding:{self.number}:{self.code}"


def findings_digest(findings):
    """Return the digest of what was noticed, by which a decision binds it."""
    return digest([[one.pk, one.code, one.severity, one.place, one.line, one.message] for one in findings])
