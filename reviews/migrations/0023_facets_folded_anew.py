"""Bring the words seats are found under to the form that names fold to now; safe to stop and to run again."""

from django.db import migrations, transaction
from django.db.models import Exists, OuterRef

from articles.models.topics import fold

BATCH = 2000


def fold_anew(apps, schema_editor):
    facet = apps.get_model("reviews", "Facet")
    last = ""
    while keys := list(
        facet.objects.filter(key__gt=last).order_by("key").values_list("key", flat=True).distinct()[:BATCH]
    ):
        last = keys[-1]
        for key in keys:
            kind, _, word = key.partition(":")
            folded = f"{kind}:{fold(word)}"
            if folded != key and len(folded) <= 200:
                with transaction.atomic():
                    twin = facet.objects.filter(review=OuterRef("review"), key=folded)
                    facet.objects.filter(Exists(twin), key=key).delete()
                    facet.objects.filter(key=key).update(key=folded)


class Migration(migrations.Migration):
    atomic = False  # each word is
    dependencies = [("reviews", "0022_merging_rights"), ("articles", "0010_names_folded_anew")]
    operations = [migrations.RunPython(fold_anew, migrations.RunPython.noop)]
