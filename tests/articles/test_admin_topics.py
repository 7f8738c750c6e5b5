"""Tags, entities, aliases, checklists and redirects in the admin: one thing, one name, whatever its spelling."""

import pytest
from django.test import Client

from articles.models import Checklist, Entity, EntityAlias, Redirect, Tag, User
from tests.makers import make_article, make_released, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    make_user("edith", is_staff=True)
    client = Client()
    client.force_login(User.objects.get(username="edith"))
    return client


def entity_form(entity, *names, type=None, name=None, **changes):
    """The form of an entity with these aliases added."""
    aliases = {f"aliases-{n}-name": alias for n, alias in enumerate(names)}
    counts = {"aliases-TOTAL_FORMS": len(names), "aliases-INITIAL_FORMS": 0}
    return {
        "type": type or entity.type,
        "name": name or entity.name,
        **counts,
        **aliases,
        **changes,
    }


def tag_form(name):
    return {"name": name, "aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}


def change(editor, thing, posted):
    return editor.post(f"/admin/articles/{thing._meta.model_name}/{thing.pk}/change/", posted)


def test_a_tag_in_another_spelling_is_refused_in_words(editor):
    make_article(meta={"stack": ["Alpha", "beta"]})
    added = editor.post("/admin/articles/tag/add/", tag_form(" ALPHA "))
    renamed = change(editor, Tag.objects.get(name="beta"), tag_form("alpha"))
    for answer in (added, renamed):
        assert answer.status_code == 200
        assert "“Alpha” is here already" in answer.content.decode()
    assert set(Tag.objects.values_list("name", flat=True)) == {"Alpha", "beta"}


def test_a_tag_may_change_its_own_spelling(editor):
    make_article(meta={"stack": ["Alpha"]})
    assert change(editor, Tag.objects.get(), tag_form("ALPHA")).status_code == 302
    assert Tag.objects.get().name == "ALPHA"


def test_a_name_that_folds_to_more_than_fits_is_refused_in_words(editor):
    answer = editor.post("/admin/articles/entity/add/", entity_form(None, type="stack", name="ﬃ" * 120))
    assert "longer than 300 characters" in answer.content.decode()


def test_an_entity_in_another_spelling_is_refused_in_words(editor):
    make_article()
    answer = editor.post("/admin/articles/entity/add/", entity_form(None, type="STACK", name="Python"))
    assert "“python (stack)” is here already" in answer.content.decode()
    pytest_tool = Entity.objects.get(name="pytest")
    answer = change(editor, pytest_tool, entity_form(pytest_tool, type="stack", name="PYTHON"))
    assert answer.status_code == 200
    assert Entity.objects.get(pk=pytest_tool.pk).type == "tool"


def test_two_entities_whose_names_make_one_slug_have_an_address_each(editor):
    for name in ("C-plus", "C+"):
        posted = entity_form(None, type="stack", name=name)
        assert editor.post("/admin/articles/entity/add/", posted).status_code == 302
    assert Entity.objects.filter(type="stack").values("slug").distinct().count() == 2


def test_an_entity_is_added_with_its_aliases(editor):
    posted = entity_form(None, "CPython", "cpy", type="Stack", name="Python")
    assert editor.post("/admin/articles/entity/add/", posted).status_code == 302
    assert set(Entity.objects.get().aliases.values_list("key", flat=True)) == {"cpython", "cpy"}


@pytest.mark.parametrize("names", [["CPython", "cpython"], ["PYTHON"], ["taken"]])
def test_an_alias_that_is_ambiguous_is_refused_in_words(editor, names):
    make_article()
    python = Entity.objects.get(name="python")
    other = Entity.objects.create(type="stack", name="Other")
    EntityAlias.objects.create(entity=other, name="Taken")
    answer = change(editor, python, entity_form(python, *names))
    assert answer.status_code == 200
    assert "two spellings" in answer.content.decode() or "already" in answer.content.decode()
    assert not python.aliases.exists()


def test_an_alias_of_another_entity_cannot_be_taken_by_a_tampered_form_S16(editor):
    make_article()
    python, other = Entity.objects.get(name="python"), Entity.objects.get(name="pytest")
    alias = EntityAlias.objects.create(entity=other, name="theirs")
    tampered = {"aliases-INITIAL_FORMS": 1, "aliases-0-id": alias.pk, "aliases-0-entity": python.pk}
    change(editor, python, entity_form(python, "stolen", **tampered))
    alias.refresh_from_db()
    assert (alias.entity, alias.name) == (other, "theirs")


def test_a_checklist_may_not_say_what_another_says(editor):
    make_article()
    items = "\r\n".join(Checklist.objects.get().current.items)
    answer = editor.post(
        "/admin/articles/checklist/add/", {"title": "Second", "slug": "second", "items": items}, follow=True
    )
    assert "Another checklist has exactly these items" in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("old", "Begin with one slash"),
        ("//elsewhere.example/", "Begin with one slash"),
        ("/old/?page=2", "leave out"),
        ("/admin/", "The site itself answers"),
        ("/articles/", "The site itself answers"),
        ("/articles/a-change-you-can-take-back/", "An article has this address"),
    ],
)
def test_a_redirect_that_could_not_be_used_is_refused_in_words(editor, path, why):
    article = make_released()
    answer = editor.post("/admin/articles/redirect/add/", {"path": path, "article": article.pk})
    assert answer.status_code == 200
    assert why in answer.content.decode()
    assert not Redirect.objects.exists()


@pytest.mark.parametrize("path", ["/2019/05/old-post.html", "/articles/its-first-name/"])
def test_a_redirect_that_is_made_here_leads_to_its_article(editor, path):
    article = make_released()
    posted = {"path": path, "article": article.pk}
    assert editor.post("/admin/articles/redirect/add/", posted).status_code == 302
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (301, article.get_absolute_url())
