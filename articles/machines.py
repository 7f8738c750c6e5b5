"""What machines read: feeds, sitemaps, and the source of each article. The same bytes for everybody."""

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from articles import feeds, pages, sitemaps, sources
from articles.canonical import digest_bytes
from articles.feeds import Feed
from articles.models import Article, Entity, Tag
from articles.views import merged, released_or_404

# Far beyond any article; a larger number is no id for either engine.
MOST_PART = 10**12


@require_safe
def site_feed(request, form):
    newest = Article.objects.indexable().newest()
    return _feed(
        request, Feed(form=form, title=settings.SITE_NAME, page=reverse("articles:home"), articles=newest)
    )


@require_safe
def tag_feed(request, slug, form):
    tag = Tag.objects.public().filter(slug=slug).first()
    if tag is None:
        return merged(Tag.objects.public().filter(aliases__slug=slug), f"feed.{form}")
    return _feed(request, _feed_of(tag, Article.objects.tagged(tag), form))


@require_safe
def entity_feed(request, type, slug, form):
    entity = Entity.objects.public().filter(type_slug=type, slug=slug).first()
    if entity is None:
        merged_into = Entity.objects.public().filter(aliases__type_slug=type, aliases__slug=slug)
        return merged(merged_into, f"feed.{form}")
    return _feed(request, _feed_of(entity, Article.objects.about(entity), form))


@require_safe
def sitemap(request):
    paths = [reverse("articles:sitemap-part", args=[part]) for part in sitemaps.parts()]
    return HttpResponse(sitemaps.index(paths), content_type="application/xml")


@require_safe
def sitemap_part(request, part):
    rows = list(sitemaps.articles_in(part)) if part < MOST_PART else []
    if not rows:
        raise Http404
    return HttpResponse(sitemaps.part(rows), content_type="application/xml")


@require_safe
def source_json(request, slug):
    return _source(slug, sources.as_json, "application/json")


@require_safe
def source_markdown(request, slug):
    return _source(slug, sources.as_markdown, "text/markdown; charset=utf-8")


def _feed_of(thing, articles, form):
    title = f"{thing.name} · {settings.SITE_NAME}"
    return Feed(form=form, title=title, page=thing.get_absolute_url(), articles=articles.indexable())


def _feed(request, feed):
    """Answer with a feed, or with 304 before any text is read."""
    # No Last-Modified: an entry that is taken out leaves no later one behind, so by the moment alone a withdrawn text
    # would stay with whoever has read it.
    etag = feed.etag
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(feed.render(), content_type=feeds.TYPES[feed.form])
    response["ETag"] = etag
    return response


def _source(slug, written, content_type):
    article = released_or_404(slug)
    if not article.is_public:
        return JsonResponse({"withdrawn": True}, status=410, headers={"X-Robots-Tag": "noindex"})
    content = written(article.current_release.revision.document).encode()
    response = HttpResponse(content, content_type=content_type)
    response["ETag"] = f'"{digest_bytes(content)}"'
    response["Link"] = f'<{settings.SITE_URL}{article.get_absolute_url()}>; rel="canonical"'
    if not pages.is_indexable(article):
        response["X-Robots-Tag"] = "noindex"
    return response
