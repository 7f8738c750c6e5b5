"""What a save in the admin makes of a document: what was typed, and nothing else; and what erasing leaves."""

import json

import pytest
from django.test import Client

from articles.models import Article, Erasure
from reviews.article_form import ArticleForm
from reviews.models import Note, Review
from reviews.verification import verify
from tests.makers import DATA, decide, make_article, make_person, make_released

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


# Erasing -------------------------------------------------------------------------------------------------------


@pytest.fixture
def lead():
    client = Client()
    client.force_login(make_person("lea", is_staff=True).account)
    return client


def rejected(note="It names a customer."):
    article = make_article(flagged=True)
    decision = decide(Review.objects.get(article=article), make_person("ada"), "reject", note)
    return article, decision


def test_a_lead_erases_a_text_and_a_note_from_the_history_and_the_reason_stays(lead):
    article, decision = rejected()
    history = lead.get(f"/admin/articles/article/{article.pk}/history/").content.decode()
    address = f"/admin/articles/article/{article.pk}/erase/"
    for asked in ({"revision": article.latest_revision_id}, {"decision": decision.pk}):
        [(name, pk)] = asked.items()
        assert f'{address}?{name}={pk}"' in history
        page = lead.get(address, asked)
        assert page.status_code == 200
        assert lead.post(address, asked | {"reason": " "}).status_code == 422
        assert lead.post(address, asked | {"reason": "A person asked for it."}).status_code == 302
        assert "Erase it for ever" not in lead.get(address, asked).content.decode()
    assert fresh(article).latest_revision.text.data is None
    assert Note.objects.get().text is None
    assert [erasure.reason for erasure in Erasure.objects.all()] == ["A person asked for it."] * 2
    assert verify().fault is None


def test_what_readers_see_is_not_erased(lead):
    article = make_released()
    address = f"/admin/articles/article/{article.pk}/erase/"
    asked = {"revision": article.latest_revision_id, "reason": "r"}
    assert "Withdraw the article first" in lead.get(address, asked).content.decode()
    assert lead.post(address, asked).status_code == 409
    assert not Erasure.objects.exists()


def test_an_editor_may_not_erase_and_is_not_offered_to(editor):
    article, _ = rejected()
    assert "erase" not in editor.get(f"/admin/articles/article/{article.pk}/history/").content.decode()
    answer = editor.get(f"/admin/articles/article/{article.pk}/erase/?revision={article.latest_revision_id}")
    assert answer.status_code == 403


def test_a_revision_of_another_article_is_not_erased_here_S3(lead):
    article, _ = rejected()
    other = make_article("other")
    address = f"/admin/articles/article/{article.pk}/erase/"
    assert lead.post(address, {"revision": other.latest_revision_id, "reason": "r"}).status_code == 404
