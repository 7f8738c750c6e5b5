"""What somebody looked at, so that their next look begins where the last one ended."""

from django.db import models
from django.utils import timezone


class LookQuerySet(models.QuerySet):
    def note(self, thing, *, by):
        """Remember that `by` has the text of a seat before them now. One upsert, and never on a GET."""
        look = self.model(person=by, article_id=thing.article_id, digest=thing.digest, at=timezone.now())
        self.bulk_create(
            [look],
            update_conflicts=True,
            unique_fields=["person", "article", "digest"],
            update_fields=["at"],
        )


class Look(models.Model):
    """The last time a person claimed or decided this text of an article."""

    # The constraint below has the one index this table needs.
    person = models.ForeignKey("articles.Person", models.PROTECT, db_index=False, related_name="+")
    # Articles are never deleted, and PostgreSQL would check a constraint behind the lock that every writer of the
    # article holds: taking a seat would wait for whole imports.
    article = models.ForeignKey(
        "articles.Article", models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects = LookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "article", "digest"], name="look_once_per_text")
        ]

    def __str__(self):
        return f"{self.person} looked at {self.digest[:12]}"
