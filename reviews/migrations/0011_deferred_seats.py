"""A seat can be put off: nobody is offered it before a moment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviews", "0010_reserved_seats")]
    operations = [
        migrations.AddField(
            model_name="review",
            name="deferred_until",
            field=models.DateTimeField(help_text="Nobody is offered it by Next before.", null=True),
        ),
        migrations.AddIndex(
            "review",
            models.Index(
                "deferred_until",
                name="review_put_off",
                condition=models.Q(closed_at=None, deferred_until__isnull=False),
            ),
        ),
    ]
