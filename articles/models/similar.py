"""Which similar articles a released page names, made ahead (articles/similar.py). All of it can be rebuilt."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from articles.models.release import Release
from articles.models.signature import LookAlike

MOST_SIMILAR = 6
# So many pages name one article at most. A release or a withdrawal changes what these name, and no other page.
MOST_SHOWING = 24


class SimilarListQuerySet(models.QuerySet):
    def due(self):
        """Those that are to be made."""
        return self.filter(is_due=True)

    def changed(self, article):
        """Have the list of an article made whose release has changed, and behind it those that this concerns.

        What its page named before is gone. The caller holds the article's lock.
        """
        Similar.objects.of_articles([article.pk]).delete()
        self._put([self.model(article=article, spreads=True)], "is_due", "spreads")

    def want(self, articles):
        """Have the lists of these articles, given by their ids, made: those that have none, too."""
        self._put([self.model(article_id=pk) for pk in articles], "is_due")

    def made(self, releases):
        """Say that the lists of these articles are made, {article's id: its current release's}."""
        rows = [
            self.model(article_id=article, release_id=release, is_due=False)
            for article, release in releases.items()
        ]
        self._put(rows, "is_due", "spreads", "release")

    def _put(self, rows, *fields):
        self.bulk_create(rows, update_conflicts=True, unique_fields=["article"], update_fields=fields)


class SimilarList(models.Model):
    """How far the list of one article's page is: of which release it was made, and whether it is due to be made.

    With `spreads` the lists of others are due behind it: those that named the article and those that may name it now.
    """

    article = models.OneToOneField(
        "articles.Article", models.CASCADE, primary_key=True, related_name="similar_list"
    )
    release = models.ForeignKey(Release, models.CASCADE, null=True, related_name="+", db_index=False)
    is_due = models.BooleanField(default=True)
    spreads = models.BooleanField(default=False)

    objects = SimilarListQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["article"], name="similar_list_due", condition=Q(is_due=True))]

    def __str__(self):
        return f"List of {self.article_id}"


class SimilarQuerySet(models.QuerySet):
    def of_articles(self, articles):
        """Those on the pages of these articles, by their ids, whichever release they were made of."""
        return self.filter(release__in=Release.objects.filter(article__any_of=articles).values("pk"))

    def on_page(self, release):
        """What the page of a current release names, best first: what its own article shows now, and no look-alike.

        So whatever was withdrawn or released anew is gone at once, whether or not a job ran since.
        """
        alike = LookAlike.objects.alike().filter(
            revision=release.revision_id, other=OuterRef("other__revision")
        )
        # No withdrawal is ever named, and an article whose current release is none is public: a trigger sees to that.
        named = self.filter(release=release, other__article__current_release=F("other"))
        return named.filter(~Exists(alike)).order_by("rank")

    def naming(self, releases):
        """Those that name one of these releases, by their ids."""
        return self.filter(other__any_of=releases)


class Similar(models.Model):
    """That the page of a release names another one: at which rank, and what they share, in its own words (P3)."""

    pk = models.CompositePrimaryKey("release", "rank")
    release = models.ForeignKey(Release, models.CASCADE, related_name="+", db_index=False)
    rank = models.PositiveSmallIntegerField()
    # A release and no article: those are locked by whoever changes them, and here many stand in each transaction.
    other = models.ForeignKey(Release, models.CASCADE, related_name="+", db_index=False)
    shares = models.JSONField()

    objects = SimilarQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["other", "release"], name="similar_once_on_a_page"),
            models.CheckConstraint(
                name="similar_few_on_a_page", condition=Q(rank__gte=1, rank__lte=MOST_SIMILAR)
            ),
        ]

    def __str__(self):
        return f"{self.release_id} names {self.other_id}"
