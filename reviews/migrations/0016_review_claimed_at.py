"""Remember when a seat was taken: its claim ends with the decision, and nobody could say then how long that took."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviews", "0015_threads")]
    operations = [
        migrations.AddField(
            "review",
            "claimed_at",
            models.DateTimeField(null=True, help_text="When it was last taken; kept after the claim ends."),
        ),
    ]
