"""What an import did: runs and the problems they met."""

from django.db import models


class ImportRun(models.Model):
    """One run of an importer: its counts, its place, its errors."""

    class State(models.TextChoices):
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"

    source = models.TextField(help_text="The file or stream that was read.")
    format = models.CharField(max_length=20)
    person = models.ForeignKey("articles.Person", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    dry_run = models.BooleanField(default=False)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    flagged = models.PositiveIntegerField(default=0)
    offset = models.BigIntegerField(default=0, help_text="Bytes of the source that are in for good.")
    offset_digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of those bytes: another file is not gone on with."
    )

    class Meta:
        permissions = [("import_articles", "Can import articles")]
        ordering = ["-pk"]

    def __str__(self):
        return f"Import {self.pk} of {self.source}"


class ImportProblem(models.Model):
    """One item that was refused, or taken with an alteration, with its place and the reason."""

    class Kind(models.TextChoices):
        REFUSED = "refused"
        ALTERED = "altered"

    run = models.ForeignKey(ImportRun, models.PROTECT, related_name="problems")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    file = models.TextField(blank=True)
    line = models.PositiveBigIntegerField(default=0)
    source_id = models.CharField(max_length=200, blank=True)
    path = models.TextField(blank=True)
    reason = models.TextField()
    document = models.TextField(
        db_default="",
        blank=True,
        help_text="The item as it came, as JSON where it is a document, to be mended and sent again.",
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.file}:{self.line} {self.path} {self.reason}"
