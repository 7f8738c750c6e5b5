"""Policies say whether one act may pass all questions that are open. Versions in force get a successor that says so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviews", "0025_barred_seats")]
    operations = [
        migrations.AddField(
            "policy",
            "answers_together",
            models.BooleanField(
                default=True,
                help_text="One key may pass all questions that are still open; the decision says which it passed.",
            ),
        ),
    ]
