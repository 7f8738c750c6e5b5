"""Find what was closed and what was decided within some days (reviews/figures.py).

An index rebuilds no table on either engine, so the guards of decisions stay where they are.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviews", "0016_review_claimed_at")]
    operations = [
        migrations.AddIndex(
            "review",
            models.Index(
                fields=["closed_at"],
                name="review_closed",
                condition=models.Q(closed_at__isnull=False),
            ),
        ),
        migrations.AddIndex("decision", models.Index(fields=["decided_at"], name="decision_by_time")),
    ]
