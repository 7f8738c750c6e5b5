"""What machines ask every site for."""

import struct
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.conf import settings as site
from django.contrib.staticfiles import finders
from django.utils import timezone

# None of these reads the database: no test here asks for one.


def test_robots_are_shown_the_map_and_kept_from_what_is_no_reading(client):
    answer = client.get("/robots.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /review/",
        "Disallow: /search/",
        "Disallow: /sign-in/",
        "",
        f"Sitemap: {site.SITE_URL}/sitemap.xml",
    ]


def test_security_txt_says_whom_to_tell_and_until_when(client, settings):
    settings.SECURITY_CONTACT = ["mailto:security@example.org", "https://example.org/report"]
    settings.SECURITY_EXPIRES = datetime(2099, 1, 31, tzinfo=UTC)
    answer = client.get("/.well-known/security.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode().splitlines() == [
        "Contact: mailto:security@example.org",
        "Contact: https://example.org/report",
        "Expires: 2099-01-31T00:00:00Z",
        f"Canonical: {site.SITE_URL}/.well-known/security.txt",
    ]


@pytest.mark.django_db  # old addresses are looked for where nothing answers
@pytest.mark.parametrize("ago", [None, 1])
def test_there_is_no_security_txt_where_nobody_is_named_or_the_day_has_come(client, settings, ago):
    settings.SECURITY_CONTACT = ["mailto:security@example.org"] if ago else []
    settings.SECURITY_EXPIRES = timezone.now() - timedelta(seconds=ago) if ago else None
    assert client.get("/.well-known/security.txt").status_code == 404


def test_the_icon_is_there_for_who_asks_without_having_read_a_page(client):
    answer = client.get("/favicon.ico")
    assert answer["Content-Type"] == "image/x-icon"
    assert "max-age" in answer["Cache-Control"]
    assert struct.unpack("<HHH", answer.content[:6]) == (0, 1, 3)


def test_the_icon_that_can_be_drawn_at_any_size_has_its_dark_colours_and_runs_nothing():
    with open(finders.find("articles/favicon.svg")) as file:
        said = file.read()
    ElementTree.fromstring(said)
    assert "prefers-color-scheme: dark" in said
    assert "script" not in said
    assert "url(" not in said


@pytest.mark.parametrize("path", ["/robots.txt", "/favicon.ico"])
def test_they_are_read_and_nothing_else(client, path):
    assert client.head(path).content == b""
    assert client.post(path).status_code == 405
