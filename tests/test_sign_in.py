"""One page to sign in at, for the desk and the admin, and where it leads."""

from urllib.parse import quote

import pytest
from django.test import Client

from articles.models import User
from tests.makers import make_user
from tests.reviews.desk import fields_with, press

pytestmark = pytest.mark.django_db
CLOSED = "Your account may not open that page"


def signed_in(username, groups=None, **fields):
    client = Client()
    client.force_login(make_user(username, groups, **fields))
    return client


def sent(username, **fields):
    return {"username": username, "password": username * 2} | fields


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/articles/article/?state=live", "/admin/nothing/", "/review/"]
)
def test_a_visitor_is_asked_to_sign_in_and_comes_to_the_page_that_was_wanted(client, path):
    make_user("lea", is_staff=True)
    asked = client.get(path)
    assert asked.url == f"/sign-in/?next={quote(path, safe='/')}"
    wanted = fields_with(client.get(asked.url), "username")["next"]
    assert client.post("/sign-in/", sent("lea", next=wanted)).url == path


def test_the_admins_own_address_to_sign_in_leads_to_the_sites(client):
    answer = client.get("/admin/login/?next=/admin/articles/tag/")
    assert answer.url == "/sign-in/?next=/admin/articles/tag/"
    assert client.post("/admin/login/", sent("lea")).url == "/sign-in/?next=/admin/"
    assert client.get("/admin/login/?next=https://evil.example/").url == "/sign-in/?next=/admin/"


def test_the_page_is_headed_by_the_sites_name(client):
    shown = client.get("/sign-in/?next=/admin/").content.decode()
    assert "<title>Sign in · Editorial</title>" in shown
    assert "testserver" not in shown


@pytest.mark.parametrize(
    ("username", "is_staff", "path"),
    [
        ("ada", False, "/review/"),
        ("ada", True, "/review/"),
        ("lea", True, "/review/"),
        ("edith", True, "/admin/"),
        ("edith", False, "/"),
        ("nobody", False, "/"),
    ],
)
def test_a_plain_sign_in_leads_to_where_somebody_works(client, username, is_staff, path):
    make_user(username, is_staff=is_staff)
    assert client.post("/sign-in/", sent(username)).url == path
    assert client.get("/sign-in/").url == path, "and who is signed in goes on there"


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"]
)
def test_no_sign_in_leads_to_another_site(client, away):
    make_user("ada")
    assert client.post("/sign-in/", sent("ada", next=away)).url == "/review/"
    assert client.get("/sign-in/", {"next": away}).url == "/review/"


@pytest.mark.parametrize("path", ["/admin/", "/admin/articles/article/", "/admin/nothing/"])
def test_an_account_that_is_no_staff_is_told_that_it_may_not_open_the_admin(path):
    client = signed_in("ada")
    answer = client.get(path, follow=True)
    assert (answer.status_code, answer.redirect_chain) == (403, [])
    assert "testserver" not in answer.content.decode()


@pytest.mark.parametrize(
    ("username", "is_staff", "wanted"),
    [
        ("ada", False, "/admin/"),
        ("ada", False, "/admin/login/"),
        ("edith", True, "/review/"),
        ("nobody", False, "/review/1/"),
    ],
)
def test_a_page_that_is_closed_to_an_account_asks_for_another_and_never_leads_in_circles(
    username, is_staff, wanted
):
    client = signed_in(username, is_staff=is_staff)
    asked = client.get(f"/sign-in/?next={wanted}")
    assert asked.status_code == 200
    assert CLOSED in asked.content.decode()
    make_user("lea", is_staff=True)
    assert client.post("/sign-in/", sent("lea", next=wanted)).url == wanted


@pytest.mark.parametrize(
    "wanted", ["/sign-in/", "/sign-in/?next=/sign-in/", "/admin/login/", "?next=/sign-in/", "."]
)
def test_the_sign_in_page_itself_is_no_page_to_go_on_to(wanted):
    answer = signed_in("lea", is_staff=True).get("/sign-in/", {"next": wanted}, follow=True)
    assert answer.status_code == 200
    assert len(answer.redirect_chain) < 4


def test_who_sends_a_name_and_a_password_gets_that_account_whoever_was_signed_in():
    client = signed_in("ada")
    make_user("edith", is_staff=True)
    assert client.post("/sign-in/", sent("edith")).url == "/admin/"
    assert client.session["_auth_user_id"] == str(User.objects.get(username="edith").pk)


def test_a_page_that_was_refused_offers_to_sign_in_with_another_account():
    client = signed_in("nobody", [], is_staff=True)
    refused = client.get("/admin/articles/tag/?q=a&o=1")
    assert refused.status_code == 403
    signed_out = press(client, refused, "Sign in with another account")
    assert signed_out.url == "/sign-in/?next=/admin/articles/tag/%3Fq%3Da%26o%3D1"
    assert fields_with(client.get(signed_out.url), "username")["next"] == "/admin/articles/tag/?q=a&o=1"
