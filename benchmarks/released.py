"""A site whose drafts are all released, each by itself and without a review: what readers' pages are measured on."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from articles import guards
from articles.models import Article, Person, Release, Revision
from reviews.guards import GUARDS

BATCH = 5_000
OWNERS = (("articletag", "content_object_id"), ("mention", "article_id"), ("checklistuse", "article_id"))


def release_all():
    """Release the latest revision of every article that is not, as if a person had reviewed it, one a minute until now.

    A scratch database may be filled past its guards and its ledger; no reader's page reads either.
    """
    person, now, after = Person.objects.create(name="Everybody"), timezone.now(), 0
    drafts, count = Article.objects.filter(current_release=None), Article.objects.count()
    guards.drop(connection, GUARDS + guards.GUARDS)
    while batch := list(
        drafts.filter(pk__gt=after).order_by("pk").values_list("pk", "latest_revision")[:BATCH]
    ):
        digests = dict(Revision.objects.filter(pk__in=[pk for _, pk in batch]).values_list("pk", "text_id"))
        with transaction.atomic():
            Release.objects.bulk_create(
                Release(
                    article_id=article,
                    n=1,
                    kind="release",
                    revision_id=revision,
                    digest=digests[revision],
                    version="1.0.0",
                    owner="everybody",
                    expected_result="something to find",
                    rollback_note="none",
                    record={"reviewed": True},
                    person=person,
                    released_at=now - timedelta(minutes=count - article),
                    ledger_seq=article,
                )
                for article, revision in batch
            )
        after = batch[-1][0]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE articles_article SET (current_release_id, published_at, indexable_until) = "
            "(SELECT id, released_at, %s FROM articles_release r WHERE r.article_id = articles_article.id)",
            [now + timedelta(days=365)],
        )
        for table, owner in OWNERS:
            cursor.execute(
                f"UPDATE articles_{table} SET published_at = "
                f"(SELECT published_at FROM articles_article a WHERE a.id = {owner})"
            )
    guards.install(connection, guards.GUARDS)
    guards.install(connection, GUARDS)
