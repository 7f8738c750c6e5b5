"""Who passed over a seat, and why: Next does not offer it to them again, and colleagues see the reason."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

MAX_REASON = 300
# A skip ends, so that what everybody skipped is offered again; judgement: two working weeks.
LASTS = timedelta(days=14)


class SkipQuerySet(models.QuerySet):
    def standing(self):
        """Those that have not ended, by the database's clock."""
        return self.filter(at__gt=Now() - LASTS)


class Skip(models.Model):
    """A person's "not me" to one seat, for a while or until they take it by hand. Others are offered it as before."""

    class Reason(models.TextChoices):
        FIELD = "field", "not my field"
        LONG = "long", "too long for now"
        EXPERT = "expert", "needs an expert"
        OTHER = "other", "something else"

    person = models.ForeignKey("articles.Person", models.PROTECT, related_name="+", db_index=False)
    review = models.ForeignKey("reviews.Review", models.PROTECT, related_name="skips")
    reason = models.CharField(max_length=MAX_REASON)
    at = models.DateTimeField(default=timezone.now)

    objects = SkipQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "review"], name="skip_once_per_person_and_review")
        ]

    def __str__(self):
        return f"{self.person} skipped review {self.review_id}: {self.reason}"
