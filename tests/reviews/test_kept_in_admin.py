"""Nothing typed into the admin is lost (P8): sessions that ended, and accounts that may not do what the form asks."""

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.test import Client

from articles.models import Article, Checklist, Entity, Person, Redirect, Tag, User
from reviews import intake
from reviews.models import Criteria, Decision, Policy
from tests.databases import around_tests
from tests.makers import (
    approve,
    make_article,
    make_document,
    make_person,
    make_release,
    make_released,
    make_user,
)
from tests.reviews.desk import fields_with, form_of, forms_of, has_button, press, sign_in, sign_in_again

WORDS = "Typed for an hour & \u201cquoted\u201d <b>bold</b>"

# Every form of the admin: where it is, the field that is typed into, and what. None: there is nothing to type.
FORMS = {
    "article change": (Article, "change", "body", WORDS + "\n\nTwo paragraphs.\n"),
    "article change, summary": (Article, "change", "summary", WORDS),
    "article add": (Article, "add", "body", WORDS),
    "release": (Article, "release", "expected_result", WORDS),
    "rollback": (Article, "rollback", "reason", WORDS),
    "withdraw": (Article, "withdraw", "reason", WORDS),
    "flag": (Article, "flag", "detail", WORDS),
    "revoke": (Article, "revoke", "reason", WORDS),
    "archive": (Article, "archive", None, None),
    "candidate": (Article, "candidate", "seen", None),
    "tag": (Tag, "change", "name", WORDS),
    "tag add": (Tag, "add", "name", WORDS),
    "entity": (Entity, "change", "name", WORDS),
    "entity alias": (Entity, "change", "aliases-0-name", WORDS),
    "checklist": (Checklist, "change", "items", WORDS),
    "checklist add": (Checklist, "add", "items", WORDS),
    "redirect": (Redirect, "change", "path", "/typed/"),
    "redirect add": (Redirect, "add", "path", "/typed/"),
    "policy": (Policy, "change", "name", WORDS),
    "policy add": (Policy, "add", "name", WORDS),
    "criteria": (Criteria, "change", "questions", WORDS),
    "criteria add": (Criteria, "add", "questions", WORDS),
    "person": (Person, "change", "name", WORDS),
    "user": (User, "change", "username", "typed"),
    "user add": (User, "add", "username", "typed"),
}
TYPED = [name for name, form in FORMS.items() if form[3]]


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    with around_tests(django_db_blocker):
        make_person("lea", is_staff=True, is_superuser=True)
        yield filled()


@pytest.fixture
def browser(made_once, db):
    """A browser of somebody who may do everything, which checks CSRF tokens as the site does."""
    return sign_in(Client(enforce_csrf_checks=True), make_person("lea"))


@pytest.fixture
def newsroom(made_once, db):
    return Article.objects.get(pk=made_once.pk)


def filled():
    """An article for which every verb is open: released twice, edited again, and with a newer text of its source."""
    article = make_released()
    ada, edith = make_person("ada"), make_person("edith")
    for body, released in (("By hand.", True), ("By hand, once more.", False)):
        seen = Article.objects.get(pk=article.pk).latest_revision.digest
        intake.edit(article, make_document(body=body), by=edith, seen=seen)
        approve(article, ada)
        if released:
            make_release(article, edith)
    make_article(body="From the source.")
    Redirect.objects.create(path="/old/", article=article)
    return article


def address(form, article):
    model, page, _, _ = FORMS[form]
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}"
    if page == "add":
        return f"{base}/add/"
    row = article if model is Article else model.objects.order_by("pk").first()
    asked = f"?decision={Decision.objects.verdicts().last().pk}" if page == "revoke" else ""
    return f"{base}/{row.pk}/{page}/{asked}"


def everything_saved():
    """Return every row there is, but for what signing in writes."""
    labels = ("articles", "reviews")
    models = [model for label in labels for model in apps.get_app_config(label).get_models()]
    rows = {
        model: [{**row, "last_login": None} for row in model.objects.order_by("pk").values()]
        for model in (*models, LogEntry)
        if model is not Person  # made with the first thing an account does
    }
    return rows | {Person: list(Person.objects.filter(account__username="lea").values())}


def filled_in(browser, form, where):
    """Open the form and return its fields with what is typed into it."""
    _, _, field, typed = FORMS[form]
    page = browser.get(where)
    assert page.status_code == 200
    if field is None:
        return {"csrfmiddlewaretoken": forms_of(page)[-1].fields["csrfmiddlewaretoken"]}
    fields = dict(fields_with(page, field))
    return fields | {field: typed.replace("\n", "\r\n")} if typed else fields


def lose_session_and_save(browser, form, where):
    fields = filled_in(browser, form, where)
    del browser.cookies["sessionid"]
    return browser.post(where, fields)


@pytest.mark.parametrize("form", FORMS)
def test_a_session_that_ended_keeps_what_was_typed_and_saves_nothing(browser, newsroom, form):
    _, _, field, typed = FORMS[form]
    where = address(form, newsroom)
    before = everything_saved()
    refused = lose_session_and_save(browser, form, where)
    assert refused.status_code == 401
    assert "no-store" in refused.headers["Cache-Control"]
    assert "<b>bold" not in refused.content.decode()

    restored = sign_in_again(browser, refused, "lea")
    assert restored.status_code == 200
    assert restored.request["PATH_INFO"] == where.partition("?")[0]
    assert "This is what was typed" in restored.content.decode()
    assert "lealea" not in restored.content.decode()
    if typed:
        assert fields_with(restored, field)[field].replace("\r\n", "\n") == typed
    assert everything_saved() == before, "signing in saves nothing by itself"


@pytest.mark.parametrize("form", ["article change", "tag", "withdraw", "user"])
def test_what_came_back_is_saved_when_its_button_is_pressed(browser, newsroom, form):
    where, (_, _, field, _) = address(form, newsroom), FORMS[form]
    before = everything_saved()
    restored = sign_in_again(browser, lose_session_and_save(browser, form, where), "lea")
    assert browser.post(where, fields_with(restored, field)).status_code == 302
    assert everything_saved() != before


def test_several_values_of_one_field_are_all_kept(browser, newsroom):
    where = address("article change", newsroom)
    fields = filled_in(browser, "article change", where)
    fields["flags"] = ["has_images", "needs_human_review"]
    del browser.cookies["sessionid"]
    refused = browser.post(where, fields).content.decode()
    for flag in fields["flags"]:
        assert f'<input type="hidden" name="flags" value="{flag}">' in refused


def test_a_wrong_password_keeps_it_too(browser, newsroom):
    refused = lose_session_and_save(browser, "user", address("user", newsroom))
    assert "do not fit together" not in refused.content.decode(), (
        "the name in the form is no attempt to sign in"
    )
    again = sign_in_again(browser, refused, "lea", "wrong")
    assert again.status_code == 401
    assert "do not fit together" in again.content.decode()
    restored = sign_in_again(browser, again, "lea")
    assert fields_with(restored, "username")["username"] == "typed"


def test_what_was_typed_can_be_copied_without_signing_in_again(browser, newsroom):
    refused = lose_session_and_save(browser, "withdraw", address("withdraw", newsroom))
    assert ("Reason", WORDS) in refused.context["typed"]


@pytest.mark.parametrize("form", TYPED)
@pytest.mark.parametrize("is_staff", [False, True], ids=["no staff", "staff"])
def test_an_account_without_the_right_is_shown_what_was_typed_to_copy_it(browser, newsroom, form, is_staff):
    _, _, field, typed = FORMS[form]
    make_user("mallory", [], is_staff=is_staff)
    before = everything_saved()
    refused = lose_session_and_save(browser, form, address(form, newsroom))
    shown = sign_in_again(browser, refused, "mallory")
    assert shown.status_code == 403
    assert "You may not do this" in shown.content.decode()
    assert typed in [value.replace("\r\n", "\n") for _, value in shown.context["typed"]]
    assert not any(field in one.fields for one in forms_of(shown)), "nothing is filled in"
    assert everything_saved() == before


@pytest.mark.parametrize("is_staff", [False, True], ids=["no staff", "staff"])
def test_an_account_that_took_over_the_browser_is_shown_it_and_saves_nothing(browser, newsroom, is_staff):
    where = address("article change", newsroom)
    fields = filled_in(browser, "article change", where)
    browser.force_login(make_user("mallory", [], is_staff=is_staff))
    before = everything_saved()
    shown = browser.post(where, fields)
    assert shown.status_code == 403
    assert "Typed for an hour" in shown.content.decode()
    assert not has_button(shown, "Open the page again with what you typed")
    assert everything_saved() == before


def test_another_account_with_the_right_finds_it_filled_in_and_not_saved(browser, newsroom):
    """Unlike the desk, the admin does not seal who opened a page: it is their own save, in their own name, or none."""
    edith = User.objects.get(username="edith")
    User.objects.filter(pk=edith.pk).update(is_staff=True)
    before = everything_saved()
    restored = sign_in_again(
        browser, lose_session_and_save(browser, "tag", address("tag", newsroom)), "edith"
    )
    assert fields_with(restored, "name")["name"] == WORDS
    assert everything_saved() == before


def test_a_form_that_cannot_be_restored_is_shown_to_be_copied(browser, newsroom):
    redirect = Redirect.objects.get()
    where = f"/admin/articles/redirect/{redirect.pk}/delete/"
    del browser.cookies["sessionid"]
    token = fields_with(browser.get("/sign-in/"), "username")["csrfmiddlewaretoken"]
    refused = browser.post(where, {"post": "yes", "why": WORDS, "csrfmiddlewaretoken": token})
    assert refused.status_code == 401
    assert ("Why", WORDS) in refused.context["typed"]
    assert not any("restore" in one.fields for one in forms_of(refused))
    assert Redirect.objects.exists()


def test_passwords_are_kept_nowhere(browser, newsroom):
    where = address("user add", newsroom)
    fields = filled_in(browser, "user add", where) | {
        "password1": "hunter2hunter2",
        "password2": "hunter3hunter3",
    }
    del browser.cookies["sessionid"]
    refused = browser.post(where, fields)
    restored = sign_in_again(browser, refused, "lea")
    for page in (refused, restored):
        assert "hunter" not in page.content.decode()


def test_signing_in_again_changes_the_csrf_secret_as_every_sign_in_does(browser, newsroom):
    refused = lose_session_and_save(browser, "tag", address("tag", newsroom))
    before = browser.cookies["csrftoken"].value
    restored = sign_in_again(browser, refused, "lea")
    assert browser.cookies["csrftoken"].value != before
    assert browser.post(address("tag", newsroom), fields_with(restored, "name")).status_code == 302


def test_a_page_too_old_and_a_session_that_ended_keep_it_all_the_way(browser, newsroom):
    where = address("withdraw", newsroom)
    fields = filled_in(browser, "withdraw", where)
    browser.cookies.clear()
    asked = press(browser, browser.post(where, fields), "Open the page again with what you typed")
    restored = sign_in_again(browser, asked, "lea")
    assert fields_with(restored, "reason")["reason"] == WORDS
    assert form_of(asked, "Sign in and go on").fields["seen"] == "2"


def test_nobody_is_asked_to_sign_in_only_to_be_signed_out(browser):
    del browser.cookies["sessionid"]
    token = fields_with(browser.get("/sign-in/"), "username")["csrfmiddlewaretoken"]
    answer = browser.post("/admin/logout/", {"csrfmiddlewaretoken": token})
    assert answer.url == "/sign-in/?next=/admin/"
