"""One of many values, sent as one parameter."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import Article, Revision, Tag
from tests.makers import make_article

pytestmark = pytest.mark.django_db


def test_any_of_finds_what_in_finds():
    one, other = make_article("one"), make_article("other")
    make_article("third")
    named = ["one", "other", "nobody", 'It\'s "quoted", {braced} and back\\slashed', "日本語"]
    assert set(Article.objects.filter(source_key__any_of=named)) == {one, other}
    assert Article.objects.filter(pk__any_of=[one.pk, 0]).get() == one
    assert Revision.objects.filter(article__any_of={other.pk}).get() == other.latest_revision
    assert not Article.objects.filter(pk__any_of=[]).exists()


def test_any_of_takes_more_values_than_a_query_has_parameters():
    make_article("one")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert Article.objects.filter(source_key__any_of=[f"{n}" for n in range(70_000)] + ["one"]).exists()
    assert len(captured) == 1


def test_any_of_joins_like_any_other_condition():
    article = make_article("one")
    names = list(article.tag_appearances.values_list("tag__key", flat=True))
    assert Tag.objects.filter(key__any_of=names).exclude(
        appearances__content_object__any_of=[0]
    ).count() == len(names)
