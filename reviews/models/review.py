"""One seat: one person's pass over one revision. How it is found, claimed and decided."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.utils import timezone

from articles.models import Article, Contributor
from reviews.errors import Conflict, Incomplete, NotAllowed
from reviews.models.block import ApprovedBlock
from reviews.models.decision import Decision, Note
from reviews.models.requirement import Requirement
from reviews.rank import why


def lease():
    """How long a claim lasts."""
    return timedelta(minutes=settings.REVIEW_CLAIM_MINUTES)


class ReviewQuerySet(models.QuerySet):
    def open(self):
        """Seats not closed yet. Said by `closed_at`: a planner sees NULL in the query, but not what a parameter holds,
        so only this meets the partial index of the queue. A constraint keeps `state` in step."""
        return self.filter(closed_at=None)

    def in_order(self):
        """Highest rank first; a constant per row, so an index gives it."""
        return self.order_by("-rank", "pk")

    def below(self, rank, pk):
        """Keyset paging: what follows this row in the queue's order."""
        return self.filter(Q(rank__lt=rank) | Q(rank=rank, pk__gt=pk))

    def held_by(self, person):
        """Seats this person has claimed and whose lease still runs, by the database's clock."""
        return self.open().filter(claimed_by=person, claimed_until__gt=Now())

    def free(self):
        """Open seats nobody holds: never claimed, given back, or with a lease that ran out."""
        return self.open().filter(Q(claimed_until=None) | Q(claimed_until__lte=Now()))

    def for_judging_by(self, person):
        """Seats this person may sit on: not of their own words, and on no other seat of the same text."""
        hands = Contributor.objects.filter(revision=OuterRef("revision"), person=person)
        seats = Review.objects.open().filter(
            article=OuterRef("article"), digest=OuterRef("digest"), claimed_by=person
        )
        decided = Decision.objects.binding().filter(
            article=OuterRef("article"), digest=OuterRef("digest"), person=person
        )
        return self.exclude(
            Q(Exists(hands.exclude(role=Contributor.Role.IMPORTED)), four_eyes=True)
            | Q(Exists(hands.filter(role=Contributor.Role.IMPORTED)), exclude_importer=True)
        ).filter(~Exists(decided), ~Exists(seats.exclude(pk=OuterRef("pk"))))

    def of_text(self, thing):
        """Seats over the text of a revision or seat."""
        return self.filter(article=thing.article_id, digest=thing.digest)

    def close(self, state):
        """End these seats in `state` and their claims with them. Returns how many there were."""
        return self.update(
            state=state, closed_at=timezone.now(), claimed_by=None, claim_token=None, claimed_until=None
        )

    def claim_next(self, *, by):
        """Claim the best free seat for `by` and return it, or None. One atomic statement picks it (P5)."""
        best = self.free().for_judging_by(by).in_order().values("pk")
        # With SKIP LOCKED, colleagues who ask at the same moment get the next ones instead of waiting for this one.
        pick = best.select_for_update(skip_locked=True, of=("self",))[:1]
        return Review.objects.free().filter(pk=Subquery(pick)).take(by=by)

    def take(self, *, by):
        """Claim the one seat these are, with a fresh token, and return it; None when it is no longer among them."""
        token = uuid.uuid4()
        try:
            with transaction.atomic():
                claimed = self.update(
                    claimed_by=by, claim_token=token, claimed_at=Now(), claimed_until=Now() + lease()
                )
        except IntegrityError:
            # Another tab of the same person took another seat of this revision meanwhile.
            return None
        # Another window of the same person may have claimed it anew already: then it is that window's.
        return Review.objects.filter(claim_token=token).first() if claimed else None


class Review(models.Model):
    """A seat of a requirement. Mutable, and the gate never reads it: what was decided stands in Decision.

    Its state changes by guarded UPDATEs on its own columns, so that two people never both win.
    """

    class State(models.TextChoices):
        OPEN = "open"
        APPROVED = "approve", "approved"
        CHANGES = "request_changes", "changes asked for"
        REJECTED = "reject", "rejected"
        SUPERSEDED = "superseded"
        MOOT = "moot", "no longer needed"

    article = models.ForeignKey("articles.Article", models.PROTECT, related_name="reviews")
    revision = models.ForeignKey("articles.Revision", models.PROTECT, related_name="reviews")
    digest = models.CharField(max_length=64)
    seat = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    reasons = models.JSONField(default=list)
    public = models.BooleanField(default=False, help_text="Readers saw the article when this was opened.")
    four_eyes = models.BooleanField(default=True)
    exclude_importer = models.BooleanField(default=False)
    rank = models.FloatField()
    due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    claimed_by = models.ForeignKey("articles.Person", models.PROTECT, null=True, related_name="+")
    claim_token = models.UUIDField(null=True, unique=True)
    claimed_at = models.DateTimeField(
        null=True, help_text="When it was last taken; kept after the claim ends."
    )
    claimed_until = models.DateTimeField(null=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        permissions = [("decide_review", "Can decide reviews")]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "seat"], condition=Q(state="open"), name="review_seat_open_once"
            ),
            models.UniqueConstraint(
                fields=["article", "digest", "claimed_by"],
                condition=Q(state="open", claimed_by__isnull=False),
                name="review_one_seat_per_person",
            ),
            models.CheckConstraint(
                name="review_claim_is_whole",
                condition=Q(claimed_by=None, claim_token=None, claimed_until=None)
                | Q(claimed_by__isnull=False, claim_token__isnull=False, claimed_until__isnull=False),
            ),
            models.CheckConstraint(
                name="review_closed_or_open",
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(F("rank").desc(), "id", name="review_queue", condition=Q(closed_at=None)),
            # Without open seats: SQLite takes NULL for as rare as any moment, and would look for them here first.
            models.Index(fields=["closed_at"], name="review_closed", condition=Q(closed_at__isnull=False)),
        ]

    def __str__(self):
        return f"Review {self.pk} of {self.revision}"

    @property
    def is_open(self):
        return self.state == self.State.OPEN

    @property
    def is_claimed(self):
        """Somebody holds it, by this process's clock; the database's clock decides when it counts."""
        return self.is_open and self.claimed_until is not None and self.claimed_until > timezone.now()

    @property
    def is_overdue(self):
        return self.is_open and self.due_at is not None and self.due_at < timezone.now()

    @property
    def why(self):
        return why(self.reasons, public=self.public, opened_at=self.opened_at, overdue=self.is_overdue)

    def bars(self, person):
        """Say why this person may not judge this seat, or return ""."""
        roles = set(
            Contributor.objects.filter(revision=self.revision_id, person=person).values_list(
                "role", flat=True
            )
        )
        if self.four_eyes and roles - {Contributor.Role.IMPORTED}:
            return "You contributed to this text, so somebody else decides on it."
        if self.exclude_importer and Contributor.Role.IMPORTED in roles:
            return "You ran the import of this text, and its policy asks somebody else to decide."
        if Decision.objects.binding().on(self.article_id, self.digest).filter(person=person).exists():
            return "You have decided on this text already; another seat needs another person."
        others = Review.objects.open().of_text(self).filter(claimed_by=person).exclude(pk=self.pk)
        if others.exists():
            return "You hold another seat of this text; one person, one seat."
        return ""

    def claim(self, *, by):
        """Take this seat. Raises NotAllowed for who may not judge it, Conflict when somebody holds or closed it."""
        if barred := self.bars(by):
            raise NotAllowed(barred)
        mine_or_free = Review.objects.open().filter(
            Q(claimed_until=None) | Q(claimed_until__lte=Now()) | Q(claimed_by=by), pk=self.pk
        )
        return mine_or_free.take(by=by) or self._conflict()

    def renew(self, *, by, token):
        """Make the lease last again from now. Raises Conflict when the claim is lost."""
        held = Review.objects.held_by(by).filter(pk=self.pk, claim_token=token)
        if not held.update(claimed_until=Now() + lease()):
            self._conflict()
        self.refresh_from_db()

    def give_back(self, *, by, token):
        """Put the seat back into the queue. A claim that is lost already changes nothing."""
        Review.objects.open().filter(pk=self.pk, claimed_by=by, claim_token=token).update(
            claimed_by=None, claim_token=None, claimed_until=None
        )

    @transaction.atomic
    def decide(self, verdict, *, by, token, seen, answers=(), note="", shown=None):
        """Give a verdict on the very text whose digest is `seen`, and return the Decision.

        Raises NotAllowed for contributors and for a second seat, Incomplete when a note or an answer is missing, and
        Conflict when the seat was decided, superseded or lost meanwhile; then nothing has changed.
        """
        from reviews import standing

        verdict = Decision.Verdict(verdict)
        article = Article.objects.locked(self.article_id)
        # Flagging it may have made it stricter meanwhile; under the article's lock it stays as it is now.
        self.refresh_from_db(fields=["four_eyes", "exclude_importer"])
        if barred := self.bars(by):
            raise NotAllowed(barred)
        if self.revision.text.data is None:
            raise Incomplete("This text was erased; there is nothing to decide on.")
        self._complete(verdict, answers, note)
        # Who contributed never changes, so Python may judge it. State, claim and lease do change: this one UPDATE
        # judges them, on the row's own columns and by the database's clock, after the article's lock (P5).
        won = Review.objects.filter(
            pk=self.pk,
            state=self.State.OPEN,
            digest=seen,
            claimed_by=by,
            claim_token=token,
            claimed_until__gt=Now(),
        ).close(verdict.value)
        if not won:
            self._conflict(seen=seen)
        decision = Decision(
            review=self,
            article=article,
            revision=self.revision,
            digest=seen,
            verdict=verdict,
            person=by,
            answers=[{name: answer.get(name, "") for name in ("id", "text", "answer")} for answer in answers],
            shown=shown or {},
            note=Note.objects.keep(note, {answer["id"]: answer.get("note", "") for answer in answers}),
        ).record()
        if verdict == Decision.Verdict.APPROVE:
            ApprovedBlock.objects.remember(decision, self.revision.document)
        else:
            Review.objects.open().of_text(self).close(self.State.MOOT)
        standing.refresh(article)
        self.refresh_from_db()
        return decision

    def _complete(self, verdict, answers, note):
        if verdict == Decision.Verdict.REVOKE:
            raise Incomplete("A decision is taken back from the record, not from the desk.")
        if verdict != Decision.Verdict.APPROVE:
            if not note.strip():
                raise Incomplete("Say in a note what is wrong, so that the editor can mend it.")
            return
        terms = Requirement.objects.strictest(self)
        given = {answer["id"]: answer["answer"] for answer in answers}
        for question in terms.questions if terms else []:
            answer = given.get(question["id"])
            if answer not in ("pass", "fail", "na"):
                raise Incomplete(f"Answer every question before you approve: “{question['text']}” is open.")
            if answer == "fail" and question.get("must_pass"):
                raise Incomplete(f"“{question['text']}” must pass before this can be approved.")

    def _conflict(self, seen=None):
        """Raise the Conflict that says who decided or what changed."""
        now = Review.objects.select_related("claimed_by", "article").get(pk=self.pk)
        decision = now.decisions.verdicts().select_related("person").first()
        if decision:
            when = f"{decision.decided_at:%H:%M} UTC"
            message = f"{decision.person} {decision.get_verdict_display()} this seat at {when}."
        elif now.state == self.State.SUPERSEDED:
            message = "The text changed while you were reading: a newer revision waits for review."
        elif now.state == self.State.MOOT:
            message = "This seat is no longer needed: somebody sent the text back or rejected it."
        elif seen is not None and seen != now.digest:
            message = "The text you sent a verdict on is not the text of this review."
        elif now.is_claimed:
            message = f"{now.claimed_by} holds this review now."
        else:
            message = "Your claim on this review ran out. Take it again; what you typed is kept."
        raise Conflict(now, message)
