"""The search box over the articles in the admin."""

import pytest
from django.test import Client

from articles.models import User
from reviews import erasure
from tests.makers import make_article, make_person, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/articles/article/"


@pytest.fixture
def editor():
    user = make_user("edith")
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def texts():
    make_article("a", title="Needle work")
    make_article("b", title="Hay", meta={"summary": "With a needle."})
    make_article("c", title="Straw", body="In it lies a needle; it is not work.", flagged=True)
    make_article("d", title="A needle again")
    make_article("e", title="Nothing")


def titles(client, query):
    response = client.get(LIST, query)
    assert response.status_code == 200, query
    return [article.latest_revision.title for article in response.context["cl"].result_list]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "needle"}, ["A needle again", "Needle work", "Hay", "Straw"]),
        ({"q": "NEEDLE wor"}, ["Needle work", "Straw"]),
        ({"q": '"needle work"'}, ["Needle work"]),
        ({"q": "needle", "state": "waiting"}, ["Straw"]),
        ({"q": "needle", "o": "0"}, ["A needle again", "Hay", "Needle work", "Straw"]),
        ({"q": "straw"}, ["Straw"]),
        ({"q": "needle-wo"}, ["Needle work"]),  # its address begins so, too
        ({"q": "nowhere"}, []),
        ({"q": "!"}, []),
        ({"q": "o'brien\" AND ("}, []),
    ],
)
def test_articles_are_found_by_their_words_best_first(editor, texts, query, found):
    assert titles(editor, query) == found


def test_an_article_is_found_by_its_address_whatever_it_says(editor, texts):
    make_article("f", title="Once").move("where-it-lives-now")
    assert titles(editor, {"q": "where-it-li"}) == ["Once"]


def test_it_says_when_there_are_more(editor, texts, monkeypatch):
    said = "More articles hold these words than are shown."
    assert said not in editor.get(LIST, {"q": "needle"}).content.decode()
    monkeypatch.setattr("articles.models.search.WordsQuerySet.find.__defaults__", ((), 3))
    assert said in editor.get(LIST, {"q": "needle"}).content.decode()


def test_a_search_costs_two_queries_more(editor, texts, django_assert_max_num_queries):
    with django_assert_max_num_queries(9) as without:
        editor.get(LIST)
    with django_assert_max_num_queries(len(without) + 2):
        editor.get(LIST, {"q": '"needle work" again'})


def test_an_erased_text_is_found_no_more_P2(editor, texts):
    article = make_article("g", title="Said", body="Unspeakable.")
    assert titles(editor, {"q": "unspeakable"}) == ["Said"]
    erasure.erase_text(article.latest_revision.text, by=make_person("lea"), reason="A secret.")
    assert titles(editor, {"q": "unspeakable"}) == []


def test_a_question_as_long_as_it_gets_is_answered(editor, texts):
    assert titles(editor, {"q": "needle " * 2000}) == ["A needle again", "Needle work", "Hay", "Straw"]
