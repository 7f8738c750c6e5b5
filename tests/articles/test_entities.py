"""Addresses of entities: each its own, whatever the types are called, and nobody's draft changes them."""

import pytest
from django.test import Client

from articles.models import Entity
from tests.makers import make_article, make_released

pytestmark = pytest.mark.django_db


def test_a_draft_with_a_type_that_sounds_alike_takes_no_address_from_readers_P1():
    make_released("one", meta={"entities": [{"name": "py", "type": "area"}]})
    make_article("two", meta={"entities": [{"name": "py", "type": "(area)"}]})
    assert Client().get("/entities/area/py/").status_code == 200


def test_entities_of_types_that_sound_alike_have_addresses_of_their_own():
    article = make_released(
        meta={"entities": [{"name": "py", "type": kind} for kind in ("area", "(area)", "area!")]}
    )
    addresses = {entity.get_absolute_url() for entity in Entity.objects.filter(key="py")}
    assert len(addresses) == 3
    page = Client().get(article.get_absolute_url()).content.decode()
    for address in addresses:
        assert f'href="{address}"' in page
        assert Client().get(address).status_code == 200


def test_a_type_that_is_renamed_moves_its_address():
    make_released(meta={"entities": [{"name": "py", "type": "area"}]})
    entity = Entity.objects.get(key="py")
    entity.type = "Field"
    entity.save()
    assert entity.get_absolute_url() == "/entities/field/py/"
    assert Client().get("/entities/field/py/").status_code == 200
