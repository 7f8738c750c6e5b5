from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("reviews", "0008_file_open_seats")]
    operations = [
        migrations.AddIndex(
            "review",
            models.Index(
                "due_at", "id", name="review_due", condition=Q(closed_at=None, due_at__isnull=False)
            ),
        ),
        migrations.AddIndex(
            "review",
            models.Index(
                "claimed_until",
                "claimed_by",
                name="review_claimed",
                condition=Q(closed_at=None, claimed_until__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "review", models.Index("opened_at", "id", name="review_oldest", condition=Q(closed_at=None))
        ),
        migrations.AddIndex(
            "review",
            models.Index(
                "state",
                F("closed_at").desc(),
                "id",
                name="review_outcomes",
                condition=Q(closed_at__isnull=False),
            ),
        ),
    ]
