"""How often an upload was begun since it last went on, and when a run was last heard of."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0012_search")]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="tries",
            field=models.PositiveIntegerField(
                default=0, db_default=0, help_text="How often it was begun since it last went on."
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="heard_at",
            field=models.DateTimeField(null=True, help_text="When something of it was last read or checked."),
        ),
    ]
