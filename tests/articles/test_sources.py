"""The source of a release: what readers may have of it, fit to be imported again."""

import io
import json
from datetime import timedelta

import pytest
from django.conf import settings as site
from django.test import Client
from django.utils import timezone

from articles.document import from_data
from articles.models import Article
from reviews import intake, release
from seeds.importers import markdown
from tests.makers import make_article, make_document, make_person, make_released

pytestmark = pytest.mark.django_db

ENDINGS = [".md", ".json"]


def address(article, ending):
    return article.get_absolute_url()[:-1] + ending


def get(article, ending, **headers):
    return Client().get(address(article, ending), headers=headers)


def test_the_json_is_the_document_of_the_release_and_comes_in_again_as_the_same_text(settings):
    settings.SHOW_DESK_META = True
    article = make_released(tags=["C++"], shelf={"a": [1, None, {"b": "c"}]}, title="回滚 & النسخ")
    digest = article.current_release.revision.digest
    answer = get(article, ".json")
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == article.current_release.revision.document.data
    intake.receive(from_data(json.loads(answer.content)))
    assert Article.objects.get().latest_revision.digest == digest


def test_the_markdown_is_read_by_the_importer_as_the_same_article(settings):
    settings.SHOW_DESK_META = True
    article = make_released(
        tags=["C++", "yes"], shelf={"a: b": ["- x", "# y", "'z'"]}, title='"A": {title} #1'
    )
    answer = get(article, ".md")
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    (item,) = markdown.read(io.BytesIO(answer.content))
    assert item.problem is None
    document, data = from_data(item.value).data, article.current_release.revision.document.data
    for key in ("source_id", "title", "tags", "lang", "dir"):
        assert document[key] == data[key], key
    assert document["body"].strip() == data["body"].strip()
    assert data["meta"].items() <= document["meta"].items()
    assert document["meta"]["shelf"] == data["shelf"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_for_the_desk_is_left_out_as_on_the_page(settings, ending):
    settings.SHOW_DESK_META = False
    article = make_released(
        meta={"ai_brief": "A careful brief.", "deep": {"systemPrompt": "Never say."}, "shown": "to all"},
        notes=["internal"],
    )
    said = get(article, ending).content.decode()
    for hidden in ("A careful brief.", "Never say.", "internal", "score", "payload"):
        assert hidden not in said, hidden
    assert "to all" in said
    settings.SHOW_DESK_META = True
    assert "A careful brief." in get(article, ending).content.decode()


@pytest.mark.parametrize("ending", ENDINGS)
def test_it_is_the_release_and_no_draft_that_is_sent(ending):
    article = make_released()
    edith = make_person("edith")
    first = get(article, ending)
    intake.edit(article, make_document(body="A draft."), by=edith, seen=article.latest_revision.digest)
    assert get(article, ending).content == first.content
    assert get(make_article("never", title="Never released"), ending).status_code == 404
    assert Client().get(f"/articles/nothing{ending}").status_code == 404


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_one_predicate_decides_whether_it_may_be_indexed_P4(ending):
    article = make_released()
    assert "X-Robots-Tag" not in get(article, ending)
    Article.objects.filter(pk=article.pk).update(indexable_until=timezone.now() - timedelta(seconds=1))
    assert get(article, ending)["X-Robots-Tag"] == "noindex"
    unreviewed = make_released("other", title="Other", reviewed=False)
    assert get(unreviewed, ending)["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("ending", ENDINGS)
def test_of_a_withdrawn_article_it_is_gone(ending):
    article = make_released()
    release.withdraw(article, by=make_person("edith"), reason="Wrong.", seen=1)
    answer = get(article, ending)
    assert (answer.status_code, answer["X-Robots-Tag"]) == (410, "noindex")
    assert "take back" not in answer.content.decode()


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_unchanged_source_answers_304_and_names_its_page(ending):
    article = make_released()
    first = get(article, ending)
    again = get(article, ending, **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Link"] == f'<{site.SITE_URL}{article.get_absolute_url()}>; rel="canonical"'
    head = Client().head(address(article, ending))
    assert (head.status_code, head["ETag"], head.content) == (200, first["ETag"], b"")


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_source_moves_with_its_article(ending):
    article = make_released()
    old = address(article, ending)
    article.move("größe")
    answer = Client().get(old)
    assert (answer.status_code, answer["Location"]) == (301, address(article, ending))
    assert Client().get(answer["Location"]).status_code == 200


def test_the_page_names_its_source():
    article = make_released()
    said = Client().get(article.get_absolute_url()).content.decode()
    for kind, ending in (("text/markdown", ".md"), ("application/json", ".json")):
        assert f'<link rel="alternate" type="{kind}" href="{address(article, ending)}">' in said
