"""Seats say whom they are not for, so that Next leaps over them. Those that are open already are passed over one by one."""

from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    dependencies = [("reviews", "0024_holds_of_erased_sources")]
    operations = [
        migrations.AddField(
            "review",
            "barred",
            models.CharField(
                blank=True, default="", help_text="Ids of people whom it is not for.", max_length=200
            ),
        ),
        migrations.AddIndex(
            "review",
            models.Index(
                F("barred"),
                F("rank").desc(),
                "id",
                condition=models.Q(("closed_at", None)),
                name="review_barred",
            ),
        ),
    ]
