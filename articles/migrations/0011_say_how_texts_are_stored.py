"""Say that stored texts are compressed, since new ones are Zstandard frames. Touches no row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0010_names_folded_anew")]

    operations = [
        migrations.AlterField(
            model_name="text",
            name="data",
            field=models.BinaryField(null=True, help_text="Canonical bytes, compressed. Null after erasure."),
        ),
    ]
