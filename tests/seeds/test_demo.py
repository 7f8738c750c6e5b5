"""The demo tells a story that is plausible: what `make demo` fills a site with, and what it prints."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from articles.models import Article, Release
from seeds import demo

pytestmark = pytest.mark.django_db


def test_it_fills_a_site_with_releases_that_promise_different_things_and_leads_to_the_richest(settings):
    settings.DEMO, settings.SITE_URL, printed = True, "http://127.0.0.1:8000", StringIO()
    call_command("demo", stdout=printed)
    releases = list(Release.objects.filter(kind=Release.Kind.RELEASE).select_related("revision__text"))
    for said in ("owner", "expected_result", "rollback_note"):
        assert len({getattr(release, said) for release in releases}) >= 8, said
    assert len({str(release.evidence) for release in releases}) >= 8
    for release in releases:
        is_arabic = any("\u0600" < character < "\u06ff" for character in release.expected_result)
        assert is_arabic == (release.revision.document.lang == "ar"), release

    shown = demo.flagship()
    assert shown.current_release.kind == Release.Kind.ROLLBACK
    assert shown.releases.count() == 3
    assert f"An article  http://127.0.0.1:8000{shown.get_absolute_url()}" in printed.getvalue()

    reasons = Release.objects.filter(kind=Release.Kind.ROLLBACK).values_list("reason", flat=True)
    assert len(set(reasons)) == 2

    articles = Article.objects.count()
    call_command("demo", stdout=StringIO())
    assert Article.objects.count() == articles


def test_nothing_but_a_demo_is_filled(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="public passwords"):
        call_command("demo")
    assert not Article.objects.exists()
