"""Many new rows at once, whatever their fields hold."""

import pytest

from articles import bulk
from articles.models import ChecklistVersion, Signature
from tests.makers import make_article

pytestmark = pytest.mark.django_db


def test_rows_are_given_as_tuples_whatever_their_fields_hold():
    revision = make_article().latest_revision
    Signature.objects.all().delete()
    bulk.insert_values(Signature, ("revision", "format", "sketch"), [(revision.pk, 1, b"\x00\\bytes")])
    assert bytes(Signature.objects.get().sketch) == b"\x00\\bytes"


def test_rows_get_their_ids_and_hold_what_they_held():
    checklist = make_article().latest_revision.checklist.checklist
    rows = [
        ChecklistVersion(checklist=checklist, number=n, digest=f"{n:064}", items=[f"item\t{n}"])
        for n in (2, 3)
    ]
    bulk.insert(rows)
    assert [ChecklistVersion.objects.get(pk=row.pk).items for row in rows] == [["item\t2"], ["item\t3"]]
