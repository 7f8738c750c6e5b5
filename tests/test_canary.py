"""S5-S10: what is planted in anything unreleased reaches nobody anonymous, before and after each change of state."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from articles.document import from_data
from articles.models import Article, Checklist, Entity, ImportProblem, ImportRun, Redirect, Revision, Tag
from articles.sitemaps import PART
from reviews import intake, release
from reviews.figures import FIGURES
from reviews.models import Review, Thread
from tests.makers import DATA, approve, decide, make_person, make_release

pytestmark = pytest.mark.django_db

FORMS = [("atom",), ("json",)]

# Every address of the site is here, or the test fails: how it is asked for with what the site knows.
ADDRESSES = {
    "health": lambda: [()],
    "health/ready": lambda: [()],
    "health/status": lambda: [()],
    "health/pages": lambda: [()],
    "sign-in/": lambda: [()],
    "sign-out/": lambda: [()],
    "": lambda: [()],
    "articles/": lambda: [()],
    "articles/<word:slug>/": lambda: [(slug,) for slug in slugs()],
    "articles/<word:slug>/record/": lambda: [(slug,) for slug in slugs()],
    "articles/<word:slug>/record.json": lambda: [(slug,) for slug in slugs()],
    "articles/<word:slug>.md": lambda: [(slug,) for slug in slugs()],
    "articles/<word:slug>.json": lambda: [(slug,) for slug in slugs()],
    "feed.<form:form>": lambda: FORMS,
    "tags/<word:slug>/feed.<form:form>": lambda: [
        (tag.slug, *form) for tag in Tag.objects.all() for form in FORMS
    ],
    "entities/<word:type>/<word:slug>/feed.<form:form>": lambda: [
        (one.type_slug, one.slug, *form) for one in Entity.objects.all() for form in FORMS
    ],
    "sitemap.xml": lambda: [()],
    "sitemap-<int:part>.xml": lambda: [(pk // PART,) for pk in Article.objects.values_list("pk", flat=True)],
    "robots.txt": lambda: [()],
    ".well-known/security.txt": lambda: [()],
    "favicon.ico": lambda: [()],
    "search/": lambda: [()],
    "opensearch.xml": lambda: [()],
    "tags/<word:slug>/": lambda: [(tag.slug,) for tag in Tag.objects.all()],
    "entities/<word:type>/<word:slug>/": lambda: [(one.type_slug, one.slug) for one in Entity.objects.all()],
    "checklists/<word:slug>/": lambda: [(one.slug,) for one in Checklist.objects.all()],
    "review/": lambda: [()],
    "review/arrange/": lambda: [()],
    "review/next/": lambda: [()],
    "review/<int:pk>/": lambda: [(pk,) for pk in Review.objects.values_list("pk", flat=True)],
    "review/<int:pk>/take/": lambda: [(pk,) for pk in Review.objects.values_list("pk", flat=True)],
    "review/<int:pk>/give-back/": lambda: [(pk,) for pk in Review.objects.values_list("pk", flat=True)],
    "review/<int:pk>/renew/": lambda: [(pk,) for pk in Review.objects.values_list("pk", flat=True)],
    "review/<int:pk>/skip/": lambda: [(pk,) for pk in Review.objects.values_list("pk", flat=True)],
    "review/<int:pk>/hand-over/": lambda: [(pk,) for pk in Review.objects.values_list("pk", flat=True)],
    "review/<int:pk>/undo/": lambda: [(pk,) for pk in Review.objects.values_list("pk", flat=True)],
    "review/articles/<int:pk>/compare/": lambda: [
        (pk,) for pk in Article.objects.values_list("pk", flat=True)
    ],
    "review/revisions/<int:old>/<int:new>/": lambda: list(zip(revisions(), revisions()[1:], strict=False)),
    "review/<int:pk>/speak/": lambda: [(pk,) for pk in Review.objects.values_list("pk", flat=True)],
    "review/batches/": lambda: [()],
    "review/find/": lambda: [()],
    "review/figures/": lambda: [()],
    "review/figures/<slug:name>.csv": lambda: [(name,) for name in FIGURES],
}
PARAMETERS = [
    "static=1",
    "preview=1",
    "status=draft",
    "after=0-0",
    "after=99999999999999999-1",
    "q=canary",
    "revision=1",
    "p=1",
    "page=2",
    "format=json",
    "state=all",
]


def revisions():
    return list(Revision.objects.order_by("pk").values_list("pk", flat=True))


def slugs():
    return [*Article.objects.values_list("slug", flat=True), "no-such-article"]


def patterns(resolver=None, prefix=""):
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        else:
            yield from patterns(entry, route)


def addresses():
    for route in patterns():
        if route.startswith("admin/"):
            continue
        for values in ADDRESSES[route]():
            path = route
            for value in values:
                path = re.sub(r"<[^>]+>", str(value), path, count=1)
            yield "/" + path
    yield from Redirect.objects.values_list("path", flat=True)
    yield from (
        *(f"/search/?q={begun}" for begun in ("title", "tag", "entity", "stack", "tool", "generator")),
        "/nothing/here/",
    )
    ids = list(Article.objects.values_list("pk", flat=True))
    yield "/admin/"
    yield from (f"/admin/articles/article/{pk}/change/" for pk in ids)
    yield from (f"/admin/articles/article/{pk}/history/" for pk in ids)
    yield from (f"/admin/articles/article/{pk}/talk/" for pk in ids)
    for pk in ImportRun.objects.values_list("pk", flat=True):
        yield from (f"/admin/articles/importrun/{pk}/{page}/" for page in ("change", "problems", "stop"))
    yield from (f"/admin/articles/article/{pk}/alike/?with={other}" for pk in ids for other in revisions())


def leaks(canaries, *, parameters=True):
    """Return [(address, canary)] of everything planted that an anonymous visitor can read."""
    client, found = Client(), []
    for path in dict.fromkeys(addresses()):
        asked = [path, *(f"{path}?{one}" for one in PARAMETERS)] if parameters and "?" not in path else [path]
        for address in asked:
            for method in (client.get, client.head):
                response = method(address)
                # An address that was asked for is not a leak where it comes back; what it leads to may be.
                said = response.content.decode(errors="replace") + "".join(
                    f"{name}: {value}\n" for name, value in response.headers.items() if name != "Location"
                )
                found += [(address, canary) for canary in canaries if canary in said.replace(path, "")]
    return found


def canary():
    return f"canary{uuid.uuid4().hex}"


def planted(source_id, mark, **changes):
    """A document with the mark in every field a person or a machine can fill."""
    data = {
        "source_id": source_id,
        "title": f"Title {mark}",
        "body": f"Body {mark}\n\n## Heading {mark}\n\n```python\n{mark} = 1\n```\n",
        "tags": [f"tag {mark}"],
        "shelf": {mark: [mark]},
        "meta": DATA["meta"]
        | {
            "summary": f"Summary {mark}",
            "stack": [f"stack {mark}"],
            "tools": [f"tool {mark}"],
            "entities": [{"name": f"entity {mark}", "type": f"type {mark}"}],
            "checklist": [f"check {mark}"],
            "payload": {"generator": f"generator {mark}"},
            "notes": [mark],
            mark: mark,
        },
    }
    return from_data(data | changes)


def test_every_address_of_the_site_is_asked_for():
    unknown = [route for route in patterns() if not route.startswith("admin/") and route not in ADDRESSES]
    assert unknown == []


def test_what_is_planted_in_a_released_article_is_found_so_the_search_can_find():
    mark = canary()
    _, article = intake.receive(planted("a", mark))
    assert leaks([mark], parameters=False) == []
    make_release(article, make_person("edith"))
    pages = {address for address, _ in leaks([mark], parameters=False)}
    assert {"/", "/articles/", Article.objects.get().get_absolute_url()} <= pages


def test_nothing_unreleased_is_ever_seen_through_a_whole_life():
    edith, ada = make_person("edith"), make_person("ada")
    never, first, second, third, note = (canary() for _ in range(5))
    hidden = [never, first, second, third, note]

    def unseen(*seen):
        assert leaks([mark for mark in hidden if mark not in seen], parameters=not seen) == []

    intake.receive(planted("never", never))
    intake.receive(planted("life", first, meta=planted("x", first).data["meta"]))
    article = Article.objects.get(source_id="life")
    Article.objects.filter(pk=article.pk).update(owner=f"owner {first}")
    unseen()

    intake.flag(article.latest_revision, by=edith, detail=f"Detail {note}")
    thread = Thread.objects.start(article.latest_revision, f"Comment {note}", by=ada)
    unseen()
    thread.resolve(by=ada, revision=article.latest_revision)
    decide(Review.objects.open().get(), ada, note=f"Note {note}")
    unseen()

    make_release(article, edith)
    unseen(first)

    # A draft of a released article is as secret as any, in its names, too.
    article = Article.objects.get(pk=article.pk)
    intake.edit(article, planted("life", second), by=edith, seen=article.latest_revision.digest)
    unseen(first)
    approve(article, ada)
    unseen(first)

    old_address = Article.objects.get(pk=article.pk).get_absolute_url()
    make_release(article, edith)
    unseen(second, first)  # the history of releases is public, its older texts are not
    page = Client().get(old_address).content.decode()
    # The address was public with the first release, and its source stands below it.
    assert first not in page.replace(old_address.rstrip("/"), "")

    article = Article.objects.get(pk=article.pk)
    release.rollback(article, by=edith, to=article.releases.get(n=1), reason="Back.", seen=2)
    assert second not in Client().get(old_address).content.decode()
    unseen(first)

    intake.receive(planted("life", third))
    unseen(first)

    article = Article.objects.get(pk=article.pk)
    Article.objects.get(pk=article.pk).move(f"moved-{uuid.uuid4().hex}")
    article = Article.objects.get(pk=article.pk)
    release.withdraw(article, by=edith, reason="Gone.", seen=3)
    unseen()

    intake.archive(Article.objects.get(pk=article.pk))
    unseen()


def test_what_an_import_refused_is_seen_by_nobody_anonymous():
    mark = canary()
    run = ImportRun.objects.create(source=mark, said=mark, upload="a-name", state="waiting")
    ImportProblem.objects.create(run=run, kind="refused", file=mark, path=mark, reason=mark, document=mark)
    assert leaks([mark]) == []


def test_an_article_never_released_answers_like_one_that_is_not_there_S10():
    intake.receive(planted("a", canary()))
    there = Client().get(Article.objects.get().get_absolute_url())
    not_there = Client().get("/articles/no-such-article/")
    assert (there.status_code, not_there.status_code) == (404, 404)
    assert there.content == not_there.content


def test_an_old_address_of_something_unreleased_leads_nowhere():
    intake.receive(planted("a", canary()))
    article = Article.objects.get()
    old = article.get_absolute_url()
    article.move("another-address")
    assert Client().get(old).status_code == 404
