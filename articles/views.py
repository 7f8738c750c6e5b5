"""The readers' pages. The same bytes for everybody: no session, no cookie, public rows only."""

from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from articles import finding, pages, similar
from articles.canonical import digest_bytes
from articles.models import Article, Checklist, Entity, Tag
from articles.pagination import page_of

# When whoever asked in vain, the database being away, may ask again.
SECONDS_AWAY = 60


@require_safe
def home(request):
    articles = Article.objects.public().newest().for_cards()[:10]
    return render(
        request,
        "articles/home.html",
        {"articles": [pages.card(article) for article in articles], "tags": pages.tags_at_home()},
    )


@require_safe
def article_list(request):
    articles, older = page_of(Article.objects.public().newest().for_cards(), request.GET.get("after"))
    lead = "Everything that is released, newest first."
    return _list(request, articles, older, heading="Articles", lead=lead)


@require_safe
def tag(request, slug):
    tag = Tag.objects.public().filter(slug=slug).first()
    if tag is None:
        return merged(Tag.objects.public().filter(aliases__slug=slug))
    articles, older = _appearing(request, tag.appearances, "content_object")
    return _list(request, articles, older, heading=tag.name, kind="tag", feeds=tag.get_absolute_url())


@require_safe
def entity(request, type, slug):
    entity = Entity.objects.public().filter(type_slug=type, slug=slug).first()
    if entity is None:
        return merged(Entity.objects.public().filter(aliases__type_slug=type, aliases__slug=slug))
    articles, older = _appearing(request, entity.mentions, "article")
    related = [] if "after" in request.GET else similar.related_to(entity)
    about = {"heading": entity.name, "kind": entity.type, "feeds": entity.get_absolute_url()}
    return _list(request, articles, older, **about, related=related)


@require_safe
def checklist(request, slug):
    checklist = get_object_or_404(Checklist.objects.public(), slug=slug)
    articles, older = _appearing(request, checklist.uses, "article")
    if not articles:
        raise Http404
    # What a release pins, never what an editor has written since.
    version = articles[0].current_release.revision.checklist
    return render(
        request,
        "articles/checklist.html",
        {
            "checklist": {
                "title": checklist.title,
                "items": version.items,
                "digest": version.digest,
                "version": version.number,
            },
            **_cards(request, articles, older),
        },
    )


@require_safe
def article(request, slug):
    article = released_or_404(slug)
    if not article.is_public:
        return gone(request, article)
    response = render(request, "articles/article.html", {"article": pages.public_page(article)})
    # Of the very bytes, so that it changes with text, renderer and template; HEAD and GET agree.
    response["ETag"] = f'"{digest_bytes(response.content)}"'
    if not pages.is_indexable(article):
        response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def search(request):
    """Find released articles. A page for people: no search engine is to keep any answer."""
    question = finding.Question.of(request.GET)
    try:
        context, status = finding.answer(question), 200
    except (OperationalError, InterfaceError):
        context, status = {"question": question, "is_away": True}, 503
    response = render(request, "articles/search.html", context, status=status)
    response["X-Robots-Tag"] = "noindex"
    if status == 503:
        response["Retry-After"] = SECONDS_AWAY
    return response


@require_safe
def opensearch(request):
    """Tell browsers how this site is searched, so that people can do it from where they type addresses."""
    described = "application/opensearchdescription+xml"
    return render(request, "articles/opensearch.xml", content_type=described)


def released_or_404(slug):
    """Return an article that was released at some time, with what its page prints; readers may know of no other."""
    article = pages.articles_for_pages().filter(slug=slug).first()
    if article is None or article.current_release is None:
        raise Http404
    return article


def gone(request, article):
    """Answer for a withdrawn article: that it was withdrawn and when, and nothing of what it said."""
    context = {"withdrawn_at": article.current_release.released_at}
    response = render(request, "articles/gone.html", context, status=410)
    response["X-Robots-Tag"] = "noindex"
    return response


def _appearing(request, appearances, owner):
    """Return a page of the articles in which a thing appears to readers, by the thing's keyset index."""
    rows = (
        appearances.shown()
        .select_related(f"{owner}__current_release__revision__checklist")
        .order_by("-published_at", f"-{owner}")
    )
    found, older = page_of(rows, request.GET.get("after"), article=f"{owner}_id")
    return [getattr(row, owner) for row in found], older


def merged(into, part=""):
    """Lead on from an address that something, or a part of it, had before it was merged into what readers may see."""
    return redirect(get_object_or_404(into).get_absolute_url() + part, permanent=True)


def _list(request, articles, older, *, heading, lead="", kind="", feeds="", related=()):
    context = {"heading": heading, "lead": lead, "kind": kind, "feeds": feeds, "related": related}
    context |= _cards(request, articles, older)
    return render(request, "articles/list.html", context)


def _cards(request, articles, older):
    return {
        "articles": [pages.card(article) for article in articles],
        "older": f"?after={older}" if older else "",
        "newest": request.path if "after" in request.GET else "",
        "empty": "Nothing is released here yet.",
        "robots": "noindex,follow" if "after" in request.GET else "",
    }
