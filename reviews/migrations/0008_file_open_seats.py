"""Seats that were open before there were facets are filed as new ones are."""

import json
import zlib

from django.db import migrations

from articles.document import Document
from reviews.models.facet import keys_of

BATCH = 1_000


def file(apps, schema_editor):
    Review, Facet = apps.get_model("reviews", "Review"), apps.get_model("reviews", "Facet")
    seats = Review.objects.filter(closed_at=None).select_related("revision__text").order_by("pk")
    rows = []
    for seat in seats.iterator(BATCH):
        data = seat.revision.text.data
        stored = json.loads(zlib.decompress(bytes(data)))["document"] if data is not None else None
        document = Document.stored(stored) if stored else None
        rows += [Facet(review=seat, key=key, rank=seat.rank) for key in sorted(keys_of(seat, document, []))]
        if len(rows) >= BATCH:
            Facet.objects.bulk_create(rows, ignore_conflicts=True)
            rows = []
    Facet.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0007_facets")]
    operations = [migrations.RunPython(file, migrations.RunPython.noop)]
