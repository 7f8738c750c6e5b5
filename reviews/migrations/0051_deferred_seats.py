"""A seat can be put off: nobody is offered it before a moment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviews", "0050_reserved_seats")]
    operations = [
        migrations.AddField(
            model_name="review",
            name="deferred_until",
            field=models.DateTimeField(help_text="Nobody is offered it by Next before.", null=True),
        ),
    ]
