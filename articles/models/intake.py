"""What an import did: runs and the problems they met."""

from datetime import timedelta

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

# A run that has not been heard of for so long is taken for dead. A batch takes seconds; what takes minutes is reading a
# long source up to where it goes on.
SILENCE = timedelta(hours=1)
MOST_TOUCHED = 100  # slugs that a run keeps of public articles with a new draft


class ImportRunQuerySet(models.QuerySet):
    def unfinished_uploads(self):
        """Uploaded files that wait, or whose process may have died; the first that came first."""
        return self.filter(state__in=ImportRun.UNFINISHED).exclude(upload="").order_by("pk")

    def give_up_silent(self):
        """Say of runs whose process must have died that they failed: the same source goes on with them even so.

        Uploads are for their job to go on with. Who lives after all writes on, and ends as ever.
        """
        since = timezone.now() - SILENCE
        silent = Q(heard_at__lt=since) | Q(heard_at=None, started_at__lt=since)
        running = self.filter(silent, state=ImportRun.State.RUNNING, upload="")
        return running.update(state=ImportRun.State.FAILED)

    def note_checks(self, flagged):
        """Note that a part of each of these runs is checked, {run's id: how much of it goes to review for that}."""
        for pk, count in sorted(flagged.items()):
            self.filter(pk=pk).update(flagged=F("flagged") + count, heard_at=timezone.now())


class ImportRun(models.Model):
    """One run of an importer: its counts, its place, its errors."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"
        STOPPED = "stopped"

    UNFINISHED = (State.WAITING, State.RUNNING)

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
    ahead = models.JSONField(
        default=list,
        db_default=[],
        help_text="What is in for good behind a gap: [items before it, items, offset behind it, SHA-256 up to there].",
    )
    size = models.BigIntegerField(null=True, help_text="Bytes of the source, where it is known ahead.")
    seconds = models.FloatField(default=0, db_default=0, help_text="How long it was worked on.")
    touched = models.JSONField(
        default=list,
        db_default=[],
        help_text="Public articles that got a new draft, by their slugs: the first.",
    )
    upload = models.CharField(
        max_length=80, blank=True, db_default="", help_text="The uploaded file, until it is done with."
    )
    attempts = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How often it was begun. Only the latest to begin may write."
    )
    tries = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How often it was begun since it last went on."
    )
    heard_at = models.DateTimeField(null=True, help_text="When something of it was last read or checked.")
    said = models.TextField(
        blank=True, db_default="", help_text="What became of it, in a sentence, where that is not plain."
    )

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        permissions = [("import_articles", "Can import articles")]
        ordering = ["-pk"]

    def __str__(self):
        return f"Import {self.pk} of {self.source}"

    @property
    def is_unfinished(self):
        return self.state in self.UNFINISHED

    @property
    def rate(self):
        """Documents a second, or None where nothing was read yet."""
        return self.read / self.seconds if self.read and self.seconds else None

    @property
    def percentage(self):
        """How much of the source is read, from 0 to 100, or None where its size is not known."""
        if not self.size:
            return None
        return min(100, 100 * self.offset // self.size)

    @property
    def seconds_left(self):
        """How long it takes from here at the rate so far, or None where that cannot be told."""
        if self.state != self.State.RUNNING or not (self.size and self.offset and self.seconds):
            return None
        return max(0, self.size - self.offset) * self.seconds / self.offset

    def take(self):
        """Begin with an upload, or go on with it, and return whether it was to be had.

        Who took it before and is not dead after all cannot write from here on (F15): see `held`.
        """
        of_ours = ImportRun.objects.unfinished_uploads().filter(pk=self.pk, attempts=self.attempts)
        taken = of_ours.update(
            state=self.State.RUNNING,
            attempts=F("attempts") + 1,
            tries=F("tries") + 1,
            heard_at=timezone.now(),
        )
        if taken:
            self.refresh_from_db()
        return bool(taken)

    def take_again(self):
        """Go on with a run that did not come to its end, and return whether it was to be had: one process has it."""
        same = ImportRun.objects.filter(pk=self.pk, attempts=self.attempts).exclude(state=self.State.FINISHED)
        taken = same.update(state=self.State.RUNNING, attempts=F("attempts") + 1, heard_at=timezone.now())
        if taken:
            self.refresh_from_db()
        return bool(taken)

    def held(self):
        """This run, for a conditional UPDATE, as long as nobody stopped it and nobody else went on with it."""
        return ImportRun.objects.filter(pk=self.pk, attempts=self.attempts).exclude(state=self.State.STOPPED)

    @transaction.atomic
    def advance(self, *, start, offset, digest, counts, touched, seconds, format):
        """Note that the items from `start` to `offset` are in, in the transaction that brings them in.

        Several may come in at once, in any order: counts add up, `offset` is where the first gap begins. Returns if
        this run is still ours (see `held`); otherwise nothing is noted, and the caller takes its items back.
        """
        now = self.held().select_for_update().first()
        if now is None:
            return False
        for name, count in counts.items():
            setattr(now, name, getattr(now, name) + count)
        now.ahead = sorted([*now.ahead, [start, counts["read"], offset, digest]])
        while now.ahead and now.ahead[0][0] == now.read - sum(items for _, items, *_ in now.ahead):
            _, _, now.offset, now.offset_digest = now.ahead.pop(0)
        now.touched = [*now.touched, *touched][:MOST_TOUCHED]
        now.seconds = max(now.seconds, seconds)
        now.format = format or now.format
        now.heard_at, now.tries = timezone.now(), 0
        places = ["ahead", "offset", "offset_digest", "heard_at", "tries"]
        now.save(update_fields=[*counts, *places, "touched", "seconds", "format"])
        return True

    def spans(self):
        """Return (items before it, items) of each stretch of the source that is in for good, in order."""
        ahead = [(start, items) for start, items, *_ in self.ahead]
        in_order = self.read - sum(items for _, items in ahead)
        return [(0, in_order), *ahead] if in_order else ahead

    def marks(self):
        """Return (offset, SHA-256 of the source up to there) by which the same source is known again, in order."""
        ahead = [(offset, digest) for *_, offset, digest in self.ahead]
        return [(self.offset, self.offset_digest), *ahead] if self.offset else ahead

    def put_back(self):
        """Leave an upload for whoever runs the job next. It is no failure of its own that it ends here."""
        self.held().filter(state=self.State.RUNNING).update(state=self.State.WAITING, tries=0)

    def fail(self, said):
        """Give an upload up, and say why in a sentence."""
        self.held().update(state=self.State.FAILED, said=said, finished_at=timezone.now())

    def stop(self, *, by):
        """Stop an upload that waits or runs, and return whether it could be. What is in stays in."""
        of_ours = ImportRun.objects.unfinished_uploads().filter(pk=self.pk)
        said = f"{by} stopped it." if self.dry_run else f"{by} stopped it. What was in by then stays in."
        return bool(of_ours.update(state=self.State.STOPPED, said=said, finished_at=timezone.now()))


class ImportProblemQuerySet(models.QuerySet):
    def by_reason(self):
        """How often each reason was given, the most frequent first."""
        return (
            self.order_by()
            .values("kind", "path", "reason")
            .annotate(count=models.Count("pk"))
            .order_by("-kind", "-count", "path", "reason")
        )


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

    objects = ImportProblemQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return f"{self.file}:{self.line} {self.path} {self.reason}"
