"""How often pages were answered and read: sums by day, and nothing of who read."""

from collections import defaultdict
from datetime import timedelta

from django.db import connection, models
from django.utils import timezone

from articles.models.article import Article

LATELY = 30  # days
MOST_ROWS = 200  # of one statement: SQLite takes so many parameters and no more


class RuleCountQuerySet(models.QuerySet):
    def add(self, counts):
        """Add {(rule, "hits", "misses" or "seconds"): number} to today."""
        rows = defaultdict(lambda: {"hits": 0, "misses": 0, "seconds": 0})
        for (rule, what), number in counts.items():
            rows[rule][what] += number
        day = timezone.now().date()
        _add(
            self.model,
            ("rule", "day"),
            [{"rule": rule, "day": day, **row} for rule, row in sorted(rows.items())],
        )

    def since(self, day):
        """Return {rule: {hits, misses, seconds}} from this day on."""
        sums = {name: models.Sum(name) for name in ("hits", "misses", "seconds")}
        found = self.filter(day__gte=day).values("rule").annotate(**sums).order_by()
        return {row.pop("rule"): row for row in found}


class RuleCount(models.Model):
    """What the front did under one cache rule on one day (of UTC). `seconds`: the age of the pages of hits, in all."""

    pk = models.CompositePrimaryKey("rule", "day")
    rule = models.CharField(max_length=40)
    day = models.DateField()
    hits = models.PositiveBigIntegerField(default=0)
    misses = models.PositiveBigIntegerField(default=0)
    seconds = models.PositiveBigIntegerField(default=0)

    objects = RuleCountQuerySet.as_manager()

    def __str__(self):
        return f"{self.rule} on {self.day}"


class ArticleReadsQuerySet(models.QuerySet):
    def add(self, counts):
        """Add {(slug, "people" or "machines"): number} to today. What no article has as its address is left out."""
        ids = dict(
            Article.objects.filter(slug__any_of={slug for slug, _ in counts}).values_list("slug", "pk")
        )
        rows = defaultdict(lambda: {"people": 0, "machines": 0})
        for (slug, kind), number in counts.items():
            if slug in ids:
                rows[ids[slug]][kind] += number
        day = timezone.now().date()
        # In one order, so that two processes that add do not wait for each other's rows.
        _add(
            self.model,
            ("article_id", "day"),
            [{"article_id": article, "day": day, **row} for article, row in sorted(rows.items())],
        )

    def lately(self, article):
        """Return {people, machines}: how often each read an article in the last LATELY days, today with them."""
        since = timezone.now().date() - timedelta(days=LATELY - 1)
        return self.filter(article=article, day__gte=since).aggregate(
            people=models.Sum("people", default=0), machines=models.Sum("machines", default=0)
        )


class ArticleReads(models.Model):
    """How often an article's page was read on one day (of UTC), by people and by programs, as each said it is.

    Counted by this site alone. What a document says of its views is `Article.imported_view_count`, and is never added.
    """

    pk = models.CompositePrimaryKey("article", "day")
    article = models.ForeignKey(Article, models.CASCADE, related_name="reads", db_index=False)
    day = models.DateField()
    people = models.PositiveBigIntegerField(default=0)
    machines = models.PositiveBigIntegerField(default=0)

    objects = ArticleReadsQuerySet.as_manager()

    def __str__(self):
        return f"Reads of {self.article_id} on {self.day}"


def _add(model, keys, rows):
    """Add the numbers of these rows to those that are there: one statement, whoever else adds at this moment."""
    if not rows:
        return
    table = model._meta.db_table
    names = list(rows[0])
    sums = [name for name in names if name not in keys]
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in sums)
    with connection.cursor() as cursor:
        for start in range(0, len(rows), MOST_ROWS):
            some = rows[start : start + MOST_ROWS]
            places = ", ".join([f"({', '.join(['%s'] * len(names))})"] * len(some))
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(names)}) VALUES {places} "
                f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {added}",
                [row[name] for row in some for name in names],
            )
