"""A seat can be kept for one person for a while."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0002_guards"), ("reviews", "0009_queue_orders")]
    operations = [
        migrations.AddField(
            model_name="review",
            name="reserved_for",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="articles.person",
            ),
        ),
        migrations.AddField(
            model_name="review", name="reserved_until", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="review",
            name="reserved_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="articles.person",
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="reserved_note",
            field=models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                name="review_reservation_is_whole",
                condition=models.Q(reserved_for=None, reserved_until=None, reserved_by=None, reserved_note="")
                | models.Q(reserved_for__isnull=False, reserved_until__isnull=False),
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                models.F("reserved_for"),
                models.F("rank").desc(),
                models.F("id"),
                condition=models.Q(closed_at=None, reserved_for__isnull=False),
                name="review_reserved",
            ),
        ),
    ]
