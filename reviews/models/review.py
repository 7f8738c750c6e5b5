"""One seat: one person's pass over one revision. How it is found, claimed and decided."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Now
from django.db.models.lookups import Exact
from django.utils import timezone

from articles.models import Article, Contributor, Person, User
from reviews.errors import Conflict, Incomplete, NotAllowed
from reviews.models.block import ApprovedBlock
from reviews.models.check import Finding
from reviews.models.decision import Decision, Note, is_address
from reviews.models.facet import Facet
from reviews.models.leap import LONGEST, HighestRank, barring, written
from reviews.models.look import Look
from reviews.models.requirement import Requirement
from reviews.models.skip import Skip
from reviews.models.thread import Thread
from reviews.rank import why

MAX_HAND_OVER_NOTE = 300
# So many seats at the top of the queue are passed over one by one; Next leaps over more.
NEAR = 200
UNBOUND = 1e300
NOT_CLAIMED = {"claimed_by": None, "claim_token": None, "claimed_until": None}
NOT_RESERVED = {"reserved_for": None, "reserved_until": None, "reserved_by": None, "reserved_note": ""}


def lease():
    """How long a claim lasts."""
    return timedelta(minutes=settings.REVIEW_CLAIM_MINUTES)


def first_place(person):
    """Return a rank above which nothing in the queue is for this person: no bound where the top of it may be."""
    seats = Review.objects.open().in_order()
    # By rank and in order, so that both engines walk the index of the queue from its top.
    top = Coalesce(Subquery(seats.values("rank")[NEAR : NEAR + 1]), Value(-UNBOUND))
    near = seats.filter(rank__gte=top).lying_ready(person).barring_not(person)
    group = seats.filter(barred=RawSQL("groups.barred", [])).lying_ready(person)
    return Coalesce(
        Subquery(near.values(none=Value(UNBOUND))[:1]), HighestRank(group.values("rank")[:1], person)
    )


class ReviewQuerySet(models.QuerySet):
    def open(self):
        """Seats not closed yet. Said by `closed_at`: a planner sees NULL in the query, but not what a parameter holds,
        so only this meets the partial index of the queue. A constraint keeps `state` in step."""
        return self.filter(closed_at=None)

    def in_order(self):
        """Highest rank first; a constant per row, so an index gives it."""
        return self.order_by("-rank", "pk")

    def under(self, keys):
        """Seats that are filed under all these keys (see Facet)."""
        filed = (Exists(Facet.objects.filter(review=OuterRef("pk"), key=key)) for key in keys)
        return self.filter(*filed)

    def closed(self, state, *, known_to):
        """Seats that ended in this state, but for verdicts that this person may not know of yet (P5)."""
        seats = self.filter(state=state, closed_at__isnull=False)
        if state not in Decision.Verdict.values:
            return seats
        return seats.filter(Exists(Decision.objects.visible_to(known_to).filter(review=OuterRef("pk"))))

    def held_by(self, person):
        """Seats this person has claimed and whose lease still runs, by the database's clock."""
        return self.open().filter(claimed_by=person, claimed_until__gt=Now())

    def claimed(self):
        """Open seats somebody holds now, by the database's clock."""
        return self.open().filter(claimed_until__gt=Now())

    def free(self):
        """Open seats nobody holds: never claimed, given back, or with a lease that ran out."""
        return self.open().filter(Q(claimed_until=None) | Q(claimed_until__lte=Now()))

    def for_judging_by(self, person):
        """Seats this person may sit on: not of their own words, and on no other seat of the same text."""
        imported = Q(role=Contributor.Role.IMPORTED)
        # One condition a row, so that a planner looks up hands of the few seats it comes to, not of all at once.
        barring = ~imported & Q(Exact(OuterRef("four_eyes"), True)) | imported & Q(
            Exact(OuterRef("exclude_importer"), True)
        )
        hands = Contributor.objects.filter(barring, revision=OuterRef("revision"), person=person)
        decided = Decision.objects.binding().filter(
            article=OuterRef("article"), digest=OuterRef("digest"), person=person
        )
        beside = Review.objects.beside_those_of(person).order_by().values("pk")
        return self.filter(~Exists(hands), ~Exists(decided), ~Q(pk__any_of=beside))

    def beside_those_of(self, person):
        """Open seats of texts of which this person holds another seat."""
        # As the index of claims has it: a claim has an end.
        held = self.open().filter(claimed_by=person, claimed_until__isnull=False)
        same = held.filter(article=OuterRef("article"), digest=OuterRef("digest")).exclude(pk=OuterRef("pk"))
        return self.open().filter(Exists(same), article__any_of=held.order_by().values("article"))

    def with_bars(self, person):
        """Note on each seat what may bar this person from judging it, as `Review.bar` reads it.

        Not Exists: PostgreSQL may work that out for all open seats before it shows fifty.
        """
        imported = Q(role=Contributor.Role.IMPORTED)
        hands = Contributor.objects.filter(revision=OuterRef("revision"), person=person)
        text = {"article": OuterRef("article"), "digest": OuterRef("digest")}
        found = {
            "wrote": hands.exclude(imported),
            "imported": hands.filter(imported),
            "decided": Decision.objects.binding().filter(**text, person=person),
            "holds_another": Review.objects.open()
            .filter(**text, claimed_by=person)
            .exclude(pk=OuterRef("pk")),
        }
        return self.annotate(
            **{name: Subquery(rows.order_by().values("pk")[:1]) for name, rows in found.items()}
        )

    def skipped(self):
        """Open seats that somebody passed over, as long as that lasts."""
        return self.open().filter(pk__any_of=Skip.objects.standing().order_by().values("review"))

    def put_off(self):
        """Open seats that nobody is offered before some moment."""
        return self.open().filter(pk__any_of=self.open().filter(deferred_until__gt=Now()).values("pk"))

    def kept_for(self, person):
        """Seats kept for this person, as long as they are."""
        return self.open().filter(reserved_for=person, reserved_until__gt=Now())

    def lying_ready(self, person):
        """Free seats that are neither kept for others nor put off: as far as a seat's own columns say."""
        return self.free().filter(
            Q(reserved_until=None) | Q(reserved_until__lte=Now()) | Q(reserved_for=person),
            Q(deferred_until=None) | Q(deferred_until__lte=Now()),
        )

    def offered_to(self, person):
        """Free seats that Next may give this person: theirs to judge, not kept for others, not put off, not skipped."""
        skipped = Skip.objects.standing().filter(review=OuterRef("pk"), person=person)
        return self.lying_ready(person).for_judging_by(person).filter(~Exists(skipped))

    def barring_not(self, person):
        """Those on which it is not written that they are not for this person: cheaper to read than why."""
        return self.exclude(barred__contains=f" {person.pk} ")

    def from_place(self, place, rank):
        """These seats from this rank down; `rank` is the column of ranks that orders them."""
        # An alias keeps to the join that the order goes by; a filter alone would join once more.
        return self.alias(place=F(rank)).filter(place__lte=place)

    def of_text(self, thing):
        """Seats over the text of a revision or seat."""
        return self.filter(article=thing.article_id, digest=thing.digest)

    def close(self, state):
        """End these seats in `state`, and their claims and reservations with them. Returns how many there were."""
        seats = list(self.order_by().values_list("pk", flat=True))
        ended = NOT_CLAIMED | NOT_RESERVED | {"deferred_until": None}
        closed = self.filter(pk__in=seats).update(state=state, closed_at=timezone.now(), **ended)
        Facet.objects.forget_closed(seats)
        return closed

    def reserve(self, person, *, by=None, note=""):
        """Keep these seats for this person for a while, and free them for it. Returns how many there were."""
        return self.update(
            **NOT_CLAIMED,
            reserved_for=person,
            reserved_until=Now() + timedelta(hours=settings.REVIEW_RESERVED_HOURS),
            reserved_by=by,
            reserved_note=note,
        )

    def note_barred(self):
        """Write down on these seats, all of one text, whom they are not for (see Review.barred)."""
        seats = list(self)
        if not seats:
            return
        text = seats[0]
        decided = Decision.objects.binding().on(text.article_id, text.digest).order_by()
        decided = set(decided.values_list("person", flat=True))
        for seat in seats:
            hands = Contributor.objects.filter(revision=seat.revision_id).values_list("person", "role")
            seat.barred = written(barring(hands, seat) | decided)
        Review.objects.bulk_update(seats, ["barred"])

    def claim_next(self, *, by, rank="rank"):
        """Claim a seat for `by` and return it, or None: the best that is kept for them, else the best that is free.

        Best is what comes first in the order of these seats, by rank where they have none. One atomic statement picks
        it (P5). `rank` names the column they are ordered by, where that is one of ranks: then what is not for `by` is
        leapt over, however much there is of it.
        """
        kept, place = Exists(self.kept_for(by).order_by()), first_place(by) if rank else Value(UNBOUND)
        # Where to begin is asked first: within the claim, it would take longer to plan than the rest to plan and run.
        kept, place = Person.objects.filter(pk=by.pk).order_by().values_list(kept, place).get()
        if kept and (seat := self.offered_to(by).kept_for(by)._claim_first(by=by)):
            return seat
        if place is None:
            return None
        offered = self.offered_to(by).barring_not(by)
        return (offered.from_place(place, rank) if rank else offered)._claim_first(by=by)

    def _claim_first(self, *, by):
        seats = self if self.ordered else self.in_order()
        # With SKIP LOCKED, colleagues who ask at the same moment get the next ones instead of waiting for this one.
        first = seats.values("pk").select_for_update(skip_locked=True, of=("self",))[:1]
        return Review.objects.free().filter(pk=Subquery(first)).take(by=by)

    def take(self, *, by, unread=False):
        """Claim the one seat these are, with a fresh token, and return it; None when it is no longer among them.

        It counts as their look at the text, unless it is `unread`. What waited longer than the checks stayed as they
        were is checked anew, so that nobody decides without them.
        """
        from reviews import checks

        token, seat = uuid.uuid4(), None
        try:
            with transaction.atomic():
                claimed = self.update(
                    claimed_by=by, claim_token=token, claimed_at=Now(), claimed_until=Now() + lease()
                )
                if claimed:
                    seat = Review.objects.select_related("revision").get(claim_token=token)
                    if not unread:
                        Look.objects.note(seat, by=by)
        except IntegrityError:
            # Another tab of the same person took another seat of this revision meanwhile.
            return None
        if seat:
            checks.catch_up(seat.revision)
        return seat


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
    # Kept for one person until then; `reserved_by` is nobody where it came back to who had asked for changes.
    reserved_for = models.ForeignKey(
        "articles.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    reserved_until = models.DateTimeField(null=True)
    reserved_by = models.ForeignKey(
        "articles.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    reserved_note = models.CharField(max_length=MAX_HAND_OVER_NOTE, blank=True)
    deferred_until = models.DateTimeField(null=True, help_text="Nobody is offered it by Next before.")
    # Only a way to find seats: whoever stands here may not judge it, but `for_judging_by` says who else may not.
    barred = models.CharField(
        max_length=LONGEST, blank=True, default="", help_text="Ids of people whom it is not for."
    )

    objects = ReviewQuerySet.as_manager()

    class Meta:
        permissions = [
            ("decide_review", "Can decide reviews"),
            ("arrange_review", "Can arrange the review queue for others"),
        ]
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
                name="review_reservation_is_whole",
                condition=Q(reserved_for=None, reserved_until=None, reserved_by=None, reserved_note="")
                | Q(reserved_for__isnull=False, reserved_until__isnull=False),
            ),
            models.CheckConstraint(
                name="review_closed_or_open",
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(F("rank").desc(), "id", name="review_queue", condition=Q(closed_at=None)),
            models.Index(
                F("barred"), F("rank").desc(), "id", name="review_barred", condition=Q(closed_at=None)
            ),
            models.Index(
                F("reserved_for"),
                F("rank").desc(),
                "id",
                name="review_reserved",
                condition=Q(closed_at=None, reserved_for__isnull=False),
            ),
            models.Index(
                "due_at", "id", name="review_due", condition=Q(closed_at=None, due_at__isnull=False)
            ),
            models.Index(
                "claimed_until",
                "claimed_by",
                name="review_claimed",
                condition=Q(closed_at=None, claimed_until__isnull=False),
            ),
            models.Index(
                "deferred_until",
                name="review_put_off",
                condition=Q(closed_at=None, deferred_until__isnull=False),
            ),
            models.Index("opened_at", "id", name="review_oldest", condition=Q(closed_at=None)),
            models.Index(
                "state",
                F("closed_at").desc(),
                "id",
                name="review_outcomes",
                condition=Q(closed_at__isnull=False),
            ),
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
    def is_reserved(self):
        """It is kept for `reserved_for` now, by this process's clock."""
        return self.is_open and self.reserved_until is not None and self.reserved_until > timezone.now()

    @property
    def is_deferred(self):
        return self.is_open and self.deferred_until is not None and self.deferred_until > timezone.now()

    @property
    def is_overdue(self):
        return self.is_open and self.due_at is not None and self.due_at < timezone.now()

    @property
    def why(self):
        return why(self.reasons, public=self.public, opened_at=self.opened_at, overdue=self.is_overdue)

    def bars(self, person):
        """Say why this person may not judge this seat, or return ""."""
        found = Review.objects.with_bars(person).get(pk=self.pk)
        found.four_eyes, found.exclude_importer = self.four_eyes, self.exclude_importer
        return found.bar

    @property
    def bar(self):
        """Say why the person it was read for, `with_bars`, may not judge this seat, or return ""."""
        if self.four_eyes and self.wrote:
            return "You contributed to this text, so somebody else decides on it."
        if self.exclude_importer and self.imported:
            return "You ran the import of this text, and its policy asks somebody else to decide."
        if self.decided:
            return "You have decided on this text already; another seat needs another person."
        if self.holds_another:
            return "You hold another seat of this text; one person, one seat."
        return ""

    def people_for_it(self):
        """People with the right to decide whom nothing bars from this seat, and who have not skipped it."""
        hands = Contributor.objects.filter(revision=self.revision_id)
        imported = Q(role=Contributor.Role.IMPORTED)
        seats = Review.objects.open().of_text(self).exclude(pk=self.pk)
        kept_off = [
            hands.exclude(imported).values("person") if self.four_eyes else None,
            hands.filter(imported).values("person") if self.exclude_importer else None,
            Decision.objects.binding().on(self.article_id, self.digest).order_by().values("person"),
            seats.exclude(claimed_by=None).values("claimed_by"),
            self.skips.standing().order_by().values("person"),
        ]
        people = Person.objects.filter(account__in=User.objects.with_perm("reviews.decide_review"))
        for rows in filter(lambda one: one is not None, kept_off):
            people = people.exclude(pk__in=rows)
        return people

    def claim(self, *, by, unread=False):
        """Take this seat, `unread` by who does it for many at once.

        Raises NotAllowed for who may not judge it, Conflict when somebody holds or closed it.
        """
        if barred := self.bars(by):
            raise NotAllowed(barred)
        mine_or_free = Review.objects.open().filter(
            Q(claimed_until=None) | Q(claimed_until__lte=Now()) | Q(claimed_by=by), pk=self.pk
        )
        taken = mine_or_free.take(by=by, unread=unread) or self._conflict()
        # Who takes it by hand wants it after all.
        Skip.objects.filter(person=by, review__in=Review.objects.of_text(self)).delete()
        return taken

    def renew(self, *, by, token):
        """Make the lease last again from now. Raises Conflict when the claim is lost."""
        held = Review.objects.held_by(by).filter(pk=self.pk, claim_token=token)
        if not held.update(claimed_until=Now() + lease()):
            self._conflict()
        self.refresh_from_db()

    @transaction.atomic
    def give_back(self, *, by, token):
        """Put the seat back into the queue, and say whether there was a claim: a lost one changes nothing.

        What was kept for who gives it back is for everybody now.
        """
        mine = Review.objects.open().filter(pk=self.pk, claimed_by=by, claim_token=token)
        mine.filter(reserved_for=by).update(**NOT_RESERVED)
        return bool(mine.update(**NOT_CLAIMED))

    @transaction.atomic
    def skip(self, *, by, token, reason):
        """Give the seat back, for a reason, and not be offered this text for a while, unless it is taken by hand.

        Colleagues are offered it as before. Raises Incomplete without a reason, Conflict when the claim is lost.
        """
        if not reason.strip():
            raise Incomplete("Say why you skip it.")
        if not self.give_back(by=by, token=token):
            self._conflict()
        for seat in Review.objects.open().of_text(self):
            Skip.objects.update_or_create(
                person=by, review=seat, defaults={"reason": reason.strip(), "at": timezone.now()}
            )

    def hand_over(self, *, by, token, to, note=""):
        """Give the seat back and keep it for a colleague, who gets it first when they ask for the next.

        Raises NotAllowed for a colleague who may not judge it, Conflict when the claim is lost.
        """
        if to == by:
            raise NotAllowed("You hold it already: choose a colleague.")
        if skip := self.skips.standing().filter(person=to).first():
            raise NotAllowed(f"{to} skipped this one: {skip.reason}.")
        if not self.people_for_it().filter(pk=to.pk).exists():
            raise NotAllowed(
                f"{to} cannot take it: they wrote, decided or hold some of it, or may not decide reviews."
            )
        held = Review.objects.held_by(by).filter(pk=self.pk, claim_token=token)
        if not held.reserve(to, by=by, note=note.strip()):
            self._conflict()

    @transaction.atomic
    def decide(
        self,
        verdict,
        *,
        by,
        token,
        seen,
        answers=(),
        note="",
        shown=None,
        overruled=None,
        ticked=(),
        together=(),
        duplicate_of=None,
        unread=False,
    ):
        """Give a verdict on the very text whose digest is `seen`, and return the Decision.

        `overruled` says why findings do not stand in the way, by their ids; `ticked` are the numbers, from 1, of the
        article's own checks that were held against the text; `together` are the ids of questions that one act passed;
        `duplicate_of` says what a rejected text repeats (see lookalikes.original_of), a reason without a note; `unread`
        that nobody had the text before them, as where many are sent back at once. Raises NotAllowed for contributors
        and for a second seat, Incomplete when a note, an answer or a reason is missing or a thread is open that `by`
        may see, and Conflict when the seat was decided, superseded or lost meanwhile; then nothing has changed.
        """
        from reviews import checks, holds, standing

        verdict = Decision.Verdict(verdict)
        article = Article.objects.locked(self.article_id)
        # Flagging it may have made it stricter meanwhile; under the article's lock it stays as it is now.
        self.refresh_from_db(fields=["four_eyes", "exclude_importer"])
        if barred := self.bars(by):
            raise NotAllowed(barred)
        if self.revision.text.data is None:
            raise Incomplete("This text was erased; there is nothing to decide on.")
        checks.catch_up(self.revision)
        blocking = list(Finding.objects.of(self.revision, checks.VERSION).blocking())
        said = {one: why for one in blocking if (why := (overruled or {}).get(one.pk, "")).strip()}
        if duplicate_of and verdict != Decision.Verdict.REJECT:
            raise Incomplete("Only a rejection names what the text is a duplicate of.")
        reason = note or ("a duplicate" if duplicate_of else "")
        self._complete(verdict, answers, together, reason, [one for one in blocking if one not in said], by)
        items = self.revision.checklist.items if self.revision.checklist else []
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
            shown=(shown or {})
            | {
                "overruled": [one.pk for one in said] if verdict == Decision.Verdict.APPROVE else [],
                "ticked": sorted(set(ticked) & set(range(1, len(items) + 1))),
            }
            | ({"together": list(together)} if together else {})
            | ({"duplicate_of": duplicate_of} if duplicate_of else {}),
            note=Note.objects.keep(
                note,
                {answer["id"]: answer.get("note", "") for answer in answers}
                | {f"link:{answer['id']}": answer.get("link", "") for answer in answers}
                | {one.remark_key: why for one, why in said.items()},
            ),
        ).record()
        if verdict == Decision.Verdict.APPROVE:
            ApprovedBlock.objects.remember(decision, self.revision.document)
            Review.objects.open().of_text(self).note_barred()
        else:
            Review.objects.open().of_text(self).close(self.State.MOOT)
        if not unread:
            Look.objects.note(self, by=by)
        if Requirement.Reason.SAMPLE in self.reasons:
            holds.judge(self.revision)
        standing.refresh(article)
        self.refresh_from_db()
        return decision

    def _complete(self, verdict, answers, together, note, objections, by):
        if verdict == Decision.Verdict.REVOKE:
            raise Incomplete("A decision is taken back from the record, not from the desk.")
        for answer in answers:
            if answer.get("link") and not is_address(answer["link"]):
                raise Incomplete(
                    f"The link beside “{answer['text']}” is no whole web address: it begins with http:// or https://."
                )
        if verdict != Decision.Verdict.APPROVE:
            if not note.strip():
                raise Incomplete("Say in a note what is wrong, so that the editor can mend it.")
            return
        if n := Thread.objects.about(self.revision).open().visible_to(by).count():
            threads = "One thread is" if n == 1 else f"{n} threads are"
            raise Incomplete(f"{threads} open: resolve what is settled, or ask for changes instead.")
        terms = Requirement.objects.strictest(self)
        if together and not (terms and terms.answers_together):
            raise Incomplete(
                "The policy of this text asks for each question by itself: answer them one by one."
            )
        given = {answer["id"]: answer for answer in answers}
        for question in terms.questions if terms else []:
            evidence = given.get(question["id"], {})
            answer = evidence.get("answer")
            if answer not in ("pass", "fail", "na"):
                raise Incomplete(f"Answer every question before you approve: “{question['text']}” is open.")
            if answer == "fail" and question.get("must_pass"):
                raise Incomplete(f"“{question['text']}” must pass before this can be approved.")
            if answer == "fail" and not evidence.get("note", "").strip():
                raise Incomplete(
                    f"“{question['text']}” fails: say in its remark why you approve all the same."
                )
        if objections:
            raise Incomplete(
                f"Finding {objections[0].number} blocks an approval: “{objections[0].message}” "
                "Say why you overrule it, or ask for changes."
            )

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
