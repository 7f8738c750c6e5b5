"""Nothing typed is lost (P8): sessions that ended, pages that are too old, other people at the same browser."""

import pytest
from django.test import Client

from articles.models import Tag
from reviews.models import Decision, Review
from tests.makers import make_article, make_person
from tests.reviews.desk import (
    all_passed,
    fields_with,
    form_of,
    forms_of,
    has_button,
    held,
    press,
    sign_in,
    sign_in_again,
    url_of,
)

NOTE = "Line one.\r\n\r\n  <b>indented</b> & \u201cquoted\u201d </textarea><script>alert(1)</script>"


@pytest.fixture
def ada(db):
    return make_person("ada")


@pytest.fixture
def browser(ada):
    """A browser of Ada's that checks CSRF tokens as the site does."""
    return sign_in(Client(enforce_csrf_checks=True), ada)


def typed_note(response, button):
    return form_of(response, button).fields["note"].replace("\r\n", "\n")


def test_a_session_that_ended_asks_to_sign_in_and_keeps_all_that_was_typed(browser, ada):
    review = held(ada)
    page = browser.get(url_of(review))
    del browser.cookies["sessionid"]
    refused = press(browser, page, "Approve", **all_passed(page), note=NOTE)
    assert refused.status_code == 401
    shown = refused.content.decode()
    assert refused.context["who"] == "ada"
    assert "<script>alert" not in shown
    assert "no-store" in refused.headers["Cache-Control"]

    restored = sign_in_again(browser, refused, "ada")
    assert restored.status_code == 200
    assert restored.request["PATH_INFO"] == url_of(review)
    assert typed_note(restored, "Approve") == NOTE.replace("\r\n", "\n")
    assert form_of(restored, "Approve").fields["answer_code"] == "pass"
    assert "adaada" not in restored.content.decode()
    assert not Decision.objects.exists(), "signing in decides nothing by itself"

    assert press(browser, restored, "Approve").status_code == 303
    assert str(Decision.objects.get().note) == NOTE.replace("\r\n", "\n")


def test_a_wrong_password_keeps_it_too(browser, ada):
    page = browser.get(url_of(held(ada)))
    del browser.cookies["sessionid"]
    refused = press(browser, page, "Reject", note=NOTE)
    again = sign_in_again(browser, refused, "ada", "wrong")
    assert again.status_code == 401
    restored = sign_in_again(browser, again, "ada")
    assert typed_note(restored, "Reject") == NOTE.replace("\r\n", "\n")


def test_somebody_else_who_signs_in_is_shown_the_note_and_nothing_is_filled_in(browser, ada):
    review = held(ada)
    page = browser.get(url_of(review))
    make_person("ben")
    del browser.cookies["sessionid"]
    refused = press(browser, page, "Reject", note="Ada's words.")
    restored = sign_in_again(browser, refused, "ben")
    assert restored.status_code == 200
    shown = restored.content.decode()
    assert "<bdi>ada</bdi> typed this, and you are signed in as somebody else" in shown
    assert "Ada&#x27;s words." in shown
    assert not restored.context["form"]["note"].value()
    assert not Decision.objects.exists()


def test_somebody_without_the_right_to_decide_is_shown_the_note_to_copy(browser, ada):
    page = browser.get(url_of(held(ada)))
    make_person("otto")
    del browser.cookies["sessionid"]
    refused = press(browser, page, "Reject", note="Ada's words.")
    response = sign_in_again(browser, refused, "otto")
    assert response.status_code == 403
    assert "Ada&#x27;s words." in response.content.decode()


def test_a_page_of_one_person_decides_nothing_for_the_next_person_at_the_same_browser(browser, ada):
    review = held(ada)
    page = browser.get(url_of(review))
    ben = make_person("ben")
    browser.force_login(ben.account)
    response = press(browser, page, "Reject", note="Ada's words.")
    assert response.status_code in (403, 409)
    assert "Ada&#x27;s words." in response.content.decode()
    assert not Decision.objects.exists()


def test_a_claim_lost_meanwhile_is_taken_again_with_the_note(browser, ada):
    review = held(ada)
    page = browser.get(url_of(review))
    del browser.cookies["sessionid"]
    refused = press(browser, page, "Reject", note="Kept.")
    review.give_back(by=ada, token=review.claim_token)
    restored = sign_in_again(browser, refused, "ada")
    taken = press(browser, restored, "Take this review")
    assert press(browser, taken, "Reject").status_code == 303
    assert str(Decision.objects.get().note) == "Kept."


def test_a_page_older_than_the_sign_in_restores_the_note_at_one_press(browser, ada):
    review = held(ada)
    page = browser.get(url_of(review))
    browser.cookies["csrftoken"] = "a" * 32
    refused = press(browser, page, "Reject", note=NOTE)
    assert refused.status_code == 403
    assert "Your page was too old" in refused.content.decode()
    assert "<script>alert" not in refused.content.decode()
    restored = press(browser, refused, "Open the page again with what you typed")
    assert restored.status_code == 200
    assert typed_note(restored, "Reject") == NOTE.replace("\r\n", "\n")
    assert not Decision.objects.exists()
    assert press(browser, restored, "Reject").status_code == 303


def test_session_and_token_both_gone_keep_the_note_all_the_way(browser, ada):
    page = browser.get(url_of(held(ada)))
    browser.cookies.clear()
    refused = press(browser, page, "Reject", note="Kept.")
    asked = press(browser, refused, "Open the page again with what you typed")
    restored = sign_in_again(browser, asked, "ada")
    assert typed_note(restored, "Reject") == "Kept."


@pytest.mark.parametrize("verb", ["", "take/", "give-back/"])
def test_a_post_forged_on_another_site_neither_decides_nor_fills_anything_in(browser, ada, verb):
    """Even if the victim presses the button of our page: nobody else can seal the page's own field."""
    review = held(ada)
    before = Review.objects.values().get(pk=review.pk)
    forged = {
        "verdict": "approve",
        "digest": review.digest,
        "token": str(review.claim_token),
        "note": "Written by a stranger",
        "page": "forged",
        "restore": "",
    }
    refused = browser.post(url_of(review) + verb, forged)
    assert refused.status_code == 403
    restored = press(browser, refused, "Open the page again with what you typed")
    assert restored.status_code == 200
    assert not restored.context["form"]["note"].value()
    assert "We cannot tell who typed this" in restored.content.decode()
    assert Review.objects.values().get(pk=review.pk) == before
    assert not Decision.objects.exists()


def test_passwords_and_files_are_never_kept(client, db, tmp_path):
    client = Client(enforce_csrf_checks=True)
    secret = tmp_path / "secret.txt"
    secret.write_text("in the file")
    with secret.open() as upload:
        sent = {"username": "ada", "password": "hunter2", "new_PASSWORD1": "hunter3", "file": upload}
        response = client.post("/sign-in/", sent)
    assert response.status_code == 403
    shown = response.content.decode()
    for secret_text in ("hunter2", "hunter3", "in the file", "secret.txt"):
        assert secret_text not in shown


def test_a_view_that_cannot_restore_is_never_sent_the_fields_again(db):
    response = Client(enforce_csrf_checks=True).post("/sign-in/?next=/review/", {"username": "typed here"})
    assert response.status_code == 403
    assert not has_button(response, "Open the page again with what you typed")
    assert not any("restore" in form.fields for form in forms_of(response))
    assert "typed here" in response.content.decode()
    assert 'href="/sign-in/?next=/review/"' in response.content.decode()


@pytest.fixture
def admin_browser(db):
    """A browser of a lead who may edit and is staff."""
    return sign_in(Client(enforce_csrf_checks=True), make_person("lea", is_staff=True))


def test_an_admin_form_comes_back_filled_and_is_not_saved(admin_browser):
    tag = Tag.objects.create(name="before", slug="before")
    page = admin_browser.get(f"/admin/articles/tag/{tag.pk}/change/")
    admin_browser.cookies["csrftoken"] = "a" * 32
    fields = fields_with(page, "name") | {"name": "after"}
    refused = admin_browser.post(f"/admin/articles/tag/{tag.pk}/change/", fields)
    assert refused.status_code == 403
    restored = press(admin_browser, refused, "Open the page again with what you typed")
    assert fields_with(restored, "name")["name"] == "after"
    assert "Nothing is saved yet" in restored.content.decode()
    tag.refresh_from_db()
    assert tag.name == "before"
    saved = admin_browser.post(f"/admin/articles/tag/{tag.pk}/change/", fields_with(restored, "name"))
    assert saved.status_code == 302
    tag.refresh_from_db()
    assert tag.name == "after"


def test_an_article_form_of_the_admin_comes_back_filled_and_is_not_saved(admin_browser):
    article = make_article()
    url = f"/admin/articles/article/{article.pk}/change/"
    page = admin_browser.get(url)
    admin_browser.cookies["csrftoken"] = "a" * 32
    refused = admin_browser.post(url, fields_with(page, "body") | {"body": "Typed for an hour.\r\n"})
    restored = press(admin_browser, refused, "Open the page again with what you typed")
    assert fields_with(restored, "body")["body"].replace("\r\n", "\n") == "Typed for an hour.\n"
    assert article.revisions.count() == 1


def test_a_larger_post_than_the_site_takes_is_refused_before_anything_is_shown(browser, ada, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000
    assert browser.post(url_of(held(ada)), {"note": "x" * 20_000}).status_code == 400


def test_a_restored_page_asked_for_without_typing_anything_is_just_the_page(browser, ada):
    review = held(ada)
    page = browser.get(url_of(review))
    token = form_of(page, "Approve").fields["csrfmiddlewaretoken"]
    response = browser.post(url_of(review), {"restore": "1", "csrfmiddlewaretoken": token})
    assert response.status_code == 200
    assert not response.context["kept"]
    assert response.context["strangers"] is None
