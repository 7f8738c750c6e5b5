"""Addresses of articles with one title: the same whatever comes first, and chosen with few queries for any number."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles import addresses
from articles.addresses import with_hash
from articles.models import Article
from reviews import intake
from tests.makers import make_article, make_document, make_person, make_released

pytestmark = pytest.mark.django_db

KEYS = [f"n-{number}" for number in range(6)]


def receive(*keys, title="One title"):
    intake.receive_many([make_document(key, title=title) for key in keys])


def slugs():
    return dict(Article.objects.order_by("source_key").values_list("source_key", "slug"))


@pytest.mark.parametrize("seed", range(8))
def test_the_first_source_id_has_the_plain_address_whatever_comes_in_first_or_together(seed):
    dice, keys = random.Random(seed), KEYS.copy()
    dice.shuffle(keys)
    while keys:
        size = dice.randint(1, 3)
        receive(*keys[:size])
        keys = keys[size:]
    assert slugs() == {"n-0": "one-title"} | {key: with_hash("one-title", key) for key in KEYS[1:]}


def test_what_was_released_or_moved_by_a_person_keeps_its_address():
    make_released("z-released", title="Released")
    moved = make_article("z-moved", title="Moved")
    moved.move("elsewhere")
    moved.move("moved")
    for number, title in enumerate(("Released", "Moved")):
        receive(f"a-{number}", title=title)
    assert slugs() == {
        "a-0": with_hash("released", "a-0"),
        "a-1": with_hash("moved", "a-1"),
        "z-moved": "moved",
        "z-released": "released",
    }


def test_an_article_edited_under_another_title_makes_room_by_the_one_it_came_with():
    article = make_article("z", title="First")
    document = make_document("z", title="Second")
    intake.edit(article, document, by=make_person("edith"), seen=article.latest_revision.digest)
    receive("a", title="First")
    assert slugs() == {"a": "first", "z": with_hash("first", "z")}


def test_what_moves_aside_takes_no_address_that_comes_in_with_it():
    receive("z", title="One title")
    hashed = with_hash("one-title", "z")
    intake.receive_many([make_document("b", title=hashed), make_document("a", title="One title")])
    assert slugs() == {"a": "one-title", "b": hashed, "z": with_hash("one-title", "z", 16)}


def test_what_has_a_hash_in_its_address_keeps_it_from_a_title_that_says_the_same():
    receive("b", "z")
    hashed = with_hash("one-title", "z")
    receive("a", title=hashed)
    assert slugs() == {"a": with_hash(hashed, "a"), "b": "one-title", "z": hashed}


def test_hashes_that_are_alike_are_told_apart_by_longer_ones(monkeypatch):
    monkeypatch.setattr(addresses, "HASH_LENGTHS", (1, 16, 40))
    receive(*(f"n-{number:02}" for number in range(18)))  # there are sixteen hashes of one letter
    assert len(set(slugs().values())) == 18


def test_many_make_room_with_as_many_queries_as_one():
    def queries(count):
        titles = [f"Title {count} {number}" for number in range(count)]
        intake.receive_many([make_document(f"z-{title}", title=title) for title in titles])
        with CaptureQueriesContext(connection) as asked:
            intake.receive_many([make_document(f"a-{title}", title=title) for title in titles])
        return len(asked)

    assert queries(2) == queries(9)
