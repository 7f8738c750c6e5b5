"""A person's verdict on one digest, for ever."""

import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from articles.canonical import digest
from articles.models import Article, Erasure, Release
from articles.models.topics import hold_names
from articles.panel import ADDRESS
from reviews.errors import Conflict, Incomplete, NotAllowed
from reviews.models.ledger import LedgerEntry, stamp
from reviews.models.requirement import Requirement


class NoteQuerySet(models.QuerySet):
    def keep(self, text, remarks=None):
        """Store a note, with remarks on single questions by their ids, and return it; None where there is nothing."""
        remarks = {question: remark for question, remark in (remarks or {}).items() if remark.strip()}
        if not text.strip() and not remarks:
            return None
        salt = secrets.token_hex(16)
        return self.create(salt=salt, text=text, remarks=remarks, hash=note_hash(salt, text, remarks))


def is_address(text):
    """Say whether a text is a web address that evidence can be found at."""
    try:
        return bool(ADDRESS.fullmatch(text) and urlsplit(text).hostname)
    except ValueError:
        return False


def note_hash(salt, text, remarks):
    """Return the salted hash by which decision and ledger know a note; without the salt it says nothing of it."""
    return digest([salt, text, remarks])


class Note(models.Model):
    """What somebody wrote with a decision. Append-only; only an Erasure may empty salt, text and remarks.

    Beside remarks on questions, by their ids, stand addresses of evidence under `link:<id>`, and why findings were
    overruled under `finding:<number>:<code>`.
    """

    salt = models.CharField(max_length=32, null=True)
    text = models.TextField(null=True)
    remarks = models.JSONField(null=True, help_text="Remarks on questions of the criteria: {id: text}.")
    hash = models.CharField(max_length=64, unique=True)

    objects = NoteQuerySet.as_manager()

    def __str__(self):
        return "(erased)" if self.text is None else self.text

    def is_intact(self):
        """Say whether it is what was written, or was erased."""
        if self.text is None:
            return Erasure.objects.filter(subject=self.hash).exists()
        return note_hash(self.salt, self.text, self.remarks) == self.hash


class DecisionQuerySet(models.QuerySet):
    def verdicts(self):
        """Approvals, requests for changes and rejections; not revocations."""
        return self.exclude(verdict=Decision.Verdict.REVOKE)

    def standing(self):
        """Verdicts nobody has revoked."""
        return self.verdicts().filter(~Exists(Decision.objects.filter(revokes=OuterRef("pk"))))

    def on(self, article, digest):
        return self.filter(article=article, digest=digest)

    def approvals(self):
        return self.filter(verdict=Decision.Verdict.APPROVE)

    def visible_to(self, person):
        """What this person may know: not how others judged a text they may still judge themselves (P5).

        On blind second seats nobody sees another seat's decision before giving their own.
        """
        from reviews.models.review import Review

        if person.account is None or not person.account.has_perm("reviews.decide_review"):
            return self
        to_judge = (
            Review.objects.open()
            .filter(article=OuterRef("article"), digest=OuterRef("digest"))
            .for_judging_by(person)
        )
        return self.filter(Q(person=person) | ~Exists(to_judge))

    def binding(self):
        """Standing verdicts that keep their person from another seat; one that grew stale no longer does."""
        asked_anew = Requirement.objects.filter(
            revision__article=OuterRef("article"),
            revision__text=OuterRef("digest"),
            reason=Requirement.Reason.STALE,
            created_at__gt=OuterRef("decided_at"),
        )
        return self.standing().filter(~Exists(asked_anew))


class Decision(models.Model):
    """A verdict on exactly the bytes whose digest was on the screen; or the revocation of an earlier one."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", "approved"
        REQUEST_CHANGES = "request_changes", "asked for changes"
        REJECT = "reject", "rejected"
        REVOKE = "revoke", "revoked"

    review = models.ForeignKey("reviews.Review", models.PROTECT, related_name="decisions")
    article = models.ForeignKey("articles.Article", models.PROTECT, related_name="decisions")
    revision = models.ForeignKey("articles.Revision", models.PROTECT, related_name="decisions")
    digest = models.CharField(max_length=64)
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    revokes = models.OneToOneField("self", models.PROTECT, null=True, related_name="revoked_by")
    person = models.ForeignKey("articles.Person", models.PROTECT, related_name="decisions")
    answers = models.JSONField(default=list, help_text="[{id, text, answer}], as answered.")
    shown = models.JSONField(
        default=dict, help_text="What was on the screen: renderer, checks, policy versions."
    )
    note = models.ForeignKey(Note, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField()
    ledger_seq = models.OneToOneField(
        "reviews.LedgerEntry", models.PROTECT, db_column="ledger_seq", related_name="+"
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        permissions = [("revoke_decision", "Can revoke the decisions of others")]
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review"], condition=~Q(verdict="revoke"), name="decision_once_per_review"
            ),
            models.CheckConstraint(
                name="decision_revocation_names_what_it_revokes",
                condition=Q(verdict="revoke", revokes__isnull=False)
                | (~Q(verdict="revoke") & Q(revokes=None)),
            ),
        ]
        indexes = [
            models.Index(fields=["article", "digest"], name="decision_by_article_digest"),
            models.Index(fields=["decided_at"], name="decision_by_time"),
        ]

    def __str__(self):
        return f"{self.person} {self.get_verdict_display()} {self.revision}"

    def facts(self):
        """What the ledger holds of this row: ids, dates, digests and answers; no names and nothing anybody wrote."""
        return {
            "verdict": self.verdict,
            "article": str(self.article.uuid),
            "revision": self.revision.number,
            "digest": self.digest,
            "person": str(self.person.uuid),
            "review": self.review_id,
            "revokes": self.revokes.ledger_seq_id if self.revokes else None,
            "answers": self.answers,
            "shown": self.shown,
            "note": self.note.hash if self.note else None,
            "contributors": self.revision.hands(),
            "at": stamp(self.decided_at),
        }

    @property
    def is_standing(self):
        return self.verdict != self.Verdict.REVOKE and not Decision.objects.filter(revokes=self).exists()

    def record(self):
        """Append this new decision to the ledger and store it. The caller holds the article's lock."""
        self.decided_at = timezone.now()
        [entry] = LedgerEntry.objects.append({"kind": "decision", **self.facts()})
        self.ledger_seq = entry
        self.save(force_insert=True)
        return self

    @transaction.atomic
    def revoke(self, *, by, reason):
        """Take this verdict back, for a reason, and open a fresh seat. Returns the revocation.

        What is public stays public and loses its place in search engines at once (P4). Raises Incomplete without a
        reason and Conflict where somebody revoked it before.
        """
        from reviews import intake, standing

        if not reason.strip():
            raise Incomplete("Say why this decision is taken back.")
        article = Article.objects.locked(self.article_id)
        if not self.is_standing:
            raise Conflict(self.review, "This decision is revoked already.")
        hold_names()  # before the ledger, for the seats that open
        revocation = Decision(
            review=self.review,
            article=article,
            revision=self.revision,
            digest=self.digest,
            verdict=self.Verdict.REVOKE,
            revokes=self,
            person=by,
            note=Note.objects.keep(reason),
        ).record()
        for revision in self._revisions_of(article):
            intake.open_seats(revision, article)
        standing.refresh(article)
        return revocation

    def _revisions_of(self, article):
        """The latest and the public revision of an article, where they are of this text.

        It may stand under another number by now, where it was taken up again.
        """
        latest, shown = article.latest_revision, article.current_release if article.is_public else None
        both = dict.fromkeys([latest, shown.revision if shown else latest])
        return [revision for revision in both if revision.digest == self.digest]

    def why_not_undo(self, person):
        """Say why this person cannot undo it (any more), or return ""."""
        minutes = settings.REVIEW_UNDO_MINUTES
        if self.verdict == self.Verdict.REVOKE or self.person_id != person.pk:
            return "Only who decided can undo a decision."
        if timezone.now() >= self.decided_at + timedelta(minutes=minutes):
            return (
                f"A decision can be undone within {minutes} min, and that time is over. "
                "It can still be revoked, with a reason, from the history of the article."
            )
        if Release.objects.filter(digest=self.digest, ledger_seq__gt=self.ledger_seq_id).exists():
            return (
                "This text was released after your decision, so it cannot be undone. "
                "It can still be revoked, with a reason, from the history of the article."
            )
        return ""

    @transaction.atomic
    def undo(self, *, by):
        """Take one's own verdict back a moment after giving it; return a fresh seat, claimed, None where none opens.

        It is a revocation like any other. Raises NotAllowed for another's decision, when its time is over and after a
        release of the text, and Conflict where it was revoked before.
        """
        from reviews import intake
        from reviews.models.review import Review

        article = Article.objects.locked(self.article_id)
        if refusal := self.why_not_undo(by):
            raise NotAllowed(refusal)
        self.revoke(by=by, reason=f"Undone by the reviewer within {settings.REVIEW_UNDO_MINUTES} minutes.")
        seats = Review.objects.free().of_text(self).for_judging_by(by).order_by("-pk")
        if not seats.exists():
            # Where approvals were asked for anew, or the text was sent again to who may overrule, older ones suffice
            # or bar: the seat that was given up opens all the same.
            for revision in self._revisions_of(article):
                intake.open_seats(revision, article, fresh=True, again=True, most=1)
        seat = seats.first()
        return seat.claim(by=by) if seat else None
