"""Feeds and sitemaps find what search engines may find, however many drafts and unreviewed releases there are beside it."""

from django.db import migrations, models
from django.db.models import Q

from articles.indexes import AddIndexBeside

MAY_BE_INDEXED = Q(indexable_until__isnull=False)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("articles", "0016_similar_lists")]
    operations = [
        AddIndexBeside(
            "article", models.Index(fields=["id"], name="article_sitemap", condition=MAY_BE_INDEXED)
        ),
        AddIndexBeside(
            "article",
            models.Index(fields=["-published_at", "-id"], name="article_feed", condition=MAY_BE_INDEXED),
        ),
    ]
