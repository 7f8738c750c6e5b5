"""What people say to each other about a text: threads of an article outlive its revisions."""

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from articles.models import Article
from reviews.errors import Incomplete, NotAllowed
from reviews.models.decision import Decision, Note

MAX_COMMENT = 20_000


class ThreadQuerySet(models.QuerySet):
    def open(self):
        return self.filter(resolved_at=None)

    def resolved(self):
        return self.exclude(resolved_at=None)

    def about(self, revision):
        """Threads that may be about this text: opened on it or before it, not on a later one."""
        return self.filter(
            Q(revision__number__lte=revision.number) | Q(revision__text=revision.digest),
            article=revision.article_id,
        )

    def visible_to(self, person):
        """Threads whose first comment this person may know of; see CommentQuerySet."""
        first = Comment.objects.filter(thread=OuterRef("pk"), number=1)
        return self.filter(Exists(first.visible_to(person)))

    @transaction.atomic
    def start(self, revision, text, *, by, anchor=None):
        """Open a thread on a revision with its first comment, and return it. The same sent twice is one thread.

        The article's lock stands between it and an approval: whichever comes first, the other one knows.
        """
        article = Article.objects.locked(revision.article_id)
        anchor = anchor or {}
        last = self.filter(revision=revision, comments__number=1, comments__person=by).order_by("-pk").first()
        if last and last.anchor == anchor and last.comments.get(number=1).says(text):
            return last
        thread = self.model(article=article, revision=revision, anchor=anchor)
        thread.save(force_insert=True)
        thread._keep(Comment.Act.SAY, text, by, revision, number=1)
        return thread


class Thread(models.Model):
    """A conversation about a place in an article's text, or about all of it; open until somebody resolves it.

    Where that place is in a text of today, reviews.anchors says. What the anchor quotes is emptied with the text.
    """

    article = models.ForeignKey("articles.Article", models.PROTECT, related_name="threads")
    revision = models.ForeignKey("articles.Revision", models.PROTECT, related_name="+")
    anchor = models.JSONField(default=dict, help_text="Where it was opened; empty for the whole text.")
    resolved_at = models.DateTimeField(null=True)

    objects = ThreadQuerySet.as_manager()

    def __str__(self):
        return f"Thread {self.pk} of article {self.article_id}"

    def answer(self, text, *, by, revision):
        """Add a comment, made beside this revision. The same again, as the last one, adds nothing."""
        return self._add(Comment.Act.SAY, text, by, revision)

    def resolve(self, text="", *, by, revision):
        """Close the thread, with a last word or without."""
        return self._add(Comment.Act.RESOLVE, text, by, revision)

    def reopen(self, text="", *, by, revision):
        return self._add(Comment.Act.REOPEN, text, by, revision)

    @transaction.atomic
    def _add(self, act, text, by, revision):
        Article.objects.locked(self.article_id)
        last = self.comments.select_related("note").last()
        moved = False
        if act == Comment.Act.RESOLVE:
            moved = Thread.objects.open().filter(pk=self.pk).update(resolved_at=timezone.now())
        elif act == Comment.Act.REOPEN:
            moved = Thread.objects.resolved().filter(pk=self.pk).update(resolved_at=None)
        # What was resolved already is no news; what was written with it still is, unless it was sent twice.
        is_repeated = not moved and last.person_id == by.pk and last.says(text)
        if moved or (not is_repeated and (text.strip() or act == Comment.Act.SAY)):
            self._keep(act if moved else Comment.Act.SAY, text, by, revision, number=last.number + 1)
        self.refresh_from_db()
        return self

    def _keep(self, act, text, by, revision, *, number):
        if not may_speak(by):
            raise NotAllowed("You do not have the right to comment on texts.")
        if len(text) > MAX_COMMENT:
            raise Incomplete(f"A comment has at most {MAX_COMMENT:,} characters.")
        if act == Comment.Act.SAY and not text.strip():
            raise Incomplete("Write the comment first.")
        Comment.objects.create(
            thread=self,
            number=number,
            act=act,
            revision=revision,
            person=by,
            note=Note.objects.keep(text.strip()),
            said_at=timezone.now(),
        )


class CommentQuerySet(models.QuerySet):
    def visible_to(self, person):
        """What this person may read: nothing of who judges beside them a text that they may still judge (P5).

        While a seat is open that they may sit on, they do not see what was said beside that very text, or beside
        another one since it came, by who decided on it or holds another of its seats; once they have decided they do.
        What authors and onlookers say, and what anybody said before, they see; that a thread they know is resolved,
        too, but not by whom.

        A thread they do not see does not keep them from approving: it cannot be counted against them without telling
        them of it. That opens no way round: its author cannot approve before it is resolved, and asking for changes
        ends the other seats.
        """
        from reviews.models.review import Review

        if person.account is None or not person.account.has_perm("reviews.decide_review"):
            return self
        text = {"article": OuterRef("article"), "digest": OuterRef("digest")}
        speaker = OuterRef(OuterRef("person"))
        decided = Decision.objects.verdicts().filter(**text, person=speaker)
        holds = Review.objects.open().filter(**text, claimed_by=speaker)
        judged_beside = (
            Review.objects.open()
            .filter(
                Q(digest=OuterRef("revision__text")) | Q(revision__created_at__lte=OuterRef("said_at")),
                Exists(decided) | Exists(holds),
                article=OuterRef("revision__article"),
            )
            .for_judging_by(person)
            .exclude(claimed_by=OuterRef("person"))
        )
        return self.filter(Q(person=person) | ~Exists(judged_beside))


class Comment(models.Model):
    """Something said in a thread, or that it was resolved or reopened, or both at once. Append-only.

    Its words are a Note, which an Erasure may empty.
    """

    class Act(models.TextChoices):
        SAY = "say", "said"
        RESOLVE = "resolve", "resolved this"
        REOPEN = "reopen", "reopened this"

    thread = models.ForeignKey(Thread, models.PROTECT, related_name="comments")
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=Act.choices, default=Act.SAY)
    revision = models.ForeignKey(
        "articles.Revision", models.PROTECT, related_name="+", help_text="What it was said beside."
    )
    person = models.ForeignKey("articles.Person", models.PROTECT, related_name="+")
    note = models.OneToOneField(Note, models.PROTECT, null=True, related_name="comment")
    said_at = models.DateTimeField()

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["thread", "number"]
        constraints = [
            models.UniqueConstraint(fields=["thread", "number"], name="comment_number_once"),
            models.CheckConstraint(
                name="comment_says_something", condition=~Q(act="say") | Q(note__isnull=False)
            ),
        ]

    def __str__(self):
        return f"Comment {self.number} of thread {self.thread_id}"

    def says(self, text):
        """Say whether these are its words."""
        return (self.note.text or "" if self.note else "") == text.strip()


def may_speak(person):
    """Reviewers and who may change articles speak; readers hear nothing of it."""
    rights = ("reviews.decide_review", "articles.change_article")
    return person.account is not None and any(person.account.has_perm(right) for right in rights)
