"""What a save in the admin makes of a document: what was typed, and nothing else."""

import json

import pytest
from django.test import Client

from articles.models import Article
from reviews.article_form import ArticleForm
from tests.makers import DATA, make_article, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    client = Client()
    client.force_login(make_person("edith", is_staff=True).account)
    return client


def page_of(article):
    return f"/admin/articles/article/{article.pk}/change/"


def sent(editor, article):
    """What a browser sends of the form as it went out: line ends as CRLF, and what it shows chosen."""
    form = editor.get(page_of(article)).context["form"]
    posted = {}
    for field in form:
        value = field.value()
        if field.field.disabled or value is None:
            continue
        posted[field.html_name] = (
            value if isinstance(value, list) else str(value).replace("\r\n", "\n").replace("\n", "\r\n")
        )
    # A browser chooses the first of a list of choices where what is chosen is not among them.
    if posted["dir"] not in dict(ArticleForm.base_fields["dir"].choices):
        posted["dir"] = "ltr"
    return posted


def fresh(article):
    return Article.objects.select_related("latest_revision__text").get(pk=article.pk)


@pytest.mark.parametrize("direction", ["ltr", "rtl", "auto"])
def test_an_unchanged_save_keeps_the_direction_as_it_is(editor, direction):
    article = make_article(dir=direction)
    answer = editor.post(page_of(article), sent(editor, article), follow=True)
    assert "Nothing changed" in answer.content.decode()
    assert fresh(article).latest_revision.number == 1


@pytest.mark.parametrize("owner", ["  Al\n Bo ", "\u00a0the desk\u2029", None, ["a"]])
def test_an_unchanged_save_keeps_the_owner_as_it_is(editor, owner):
    article = make_article(meta={"owner": owner})
    before = fresh(article).owner
    answer = editor.post(page_of(article), sent(editor, article), follow=True)
    assert "Nothing changed" in answer.content.decode()
    assert fresh(article).owner == before


def test_true_made_one_is_a_change_P8(editor):
    article = make_article(meta={"kept": {"x": True, "y": {"z": False}}})
    posted = sent(editor, article)
    other = json.loads(posted["other"])
    other["meta"]["kept"] = {"x": 1, "y": {"z": 0}}
    editor.post(page_of(article), posted | {"other": json.dumps(other)})
    kept = fresh(article).latest_revision.document.meta["kept"]
    assert json.dumps(kept) == '{"x": 1, "y": {"z": 0}}'


def test_a_view_count_that_is_typed_is_refused_in_words(editor):
    article = make_article()
    posted = sent(editor, article)
    other = json.loads(posted["other"])
    other["meta"]["view_count"] = 7
    answer = editor.post(page_of(article), posted | {"other": json.dumps(other)})
    assert answer.status_code == 422
    assert "view_count is counted elsewhere" in answer.content.decode()


def test_a_language_that_is_emptied_is_the_sites(editor, settings):
    settings.ARTICLE_LANG = "de"
    article = make_article(lang="fr")
    editor.post(page_of(article), sent(editor, article) | {"lang": ""})
    assert fresh(article).latest_revision.document.lang == "de"


def test_a_document_with_as_many_flags_as_it_may_have_can_be_saved(editor):
    flags = {f"flag {number}": True for number in range(200 - len(DATA["meta"]["flags"]))}
    article = make_article(meta={"flags": flags | DATA["meta"]["flags"]})
    answer = editor.post(page_of(article), sent(editor, article) | {"title": "Another title"})
    assert answer.status_code == 302
    assert fresh(article).latest_revision.title == "Another title"
