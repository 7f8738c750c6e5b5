"""Keep what was refused as it came, so that it can be mended and sent again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0002_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="importproblem",
            name="document",
            field=models.TextField(
                blank=True,
                db_default="",
                help_text="The item as it came, as JSON where it is a document, to be mended and sent again.",
            ),
        ),
    ]
