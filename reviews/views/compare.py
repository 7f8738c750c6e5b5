"""Any two revisions beside each other: of one article, or of two that look alike."""

from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from articles.models import Article, Revision
from reviews.comparing import choosing, difference, document_of, named, revision_of, revisions_of, told
from reviews.views.sign_in import desk


@require_safe
@desk
def compare_two(request, pk):
    """The difference between the revisions `?old=` and `?new=`; without numbers, between the last two."""
    article = get_object_or_404(Article.objects.select_related("latest_revision"), pk=pk)
    revisions = revisions_of(article.pk, request.person)
    last = [revision.number for revision in revisions[:2]]
    numbers = [request.GET.get("old") or last[-1], request.GET.get("new") or last[0]]
    old, new = (revision_of(article.pk, number) for number in numbers)
    missing = [str(number)[:20] for number, found in zip(numbers, (old, new), strict=True) if found is None]
    erased = [one.number for one in (old, new) if one and document_of(one) is None]
    marks = "marks" in request.GET
    asked = {"old": numbers[0], "new": numbers[1]}
    context = {
        "title": article.latest_revision.title or "(erased)",
        "old": told(old) if old else "",
        "new": told(new) if new else "",
        "missing": missing[0] if missing else "",
        "erased": erased[0] if erased else "",
        "difference": None if missing else difference(old, new),
        "marks": marks,
        "marks_url": f"?{urlencode(asked if marks else asked | {'marks': '1'})}",
        "swap_url": f"?{urlencode({'old': asked['new'], 'new': asked['old']})}",
        **choosing(article.pk, revisions, *(one.number if one else "" for one in (old, new))),
    }
    return render(request, "reviews/compare.html", context, status=404 if missing else 200)


@require_safe
@desk
def compare_any(request, old, new):
    """The difference between two revisions, by their ids; mostly of two articles, one of which looks like the other."""
    found = {one.pk: one for one in Revision.objects.filter(Q(pk=old) | Q(pk=new)).with_text()}
    before, after = found.get(old), found.get(new)
    if before is None or after is None:
        raise Http404
    marks = "marks" in request.GET
    page = reverse("reviews:compare-any", args=[old, new])
    context = {
        "title": after.title or "(erased)",
        "old": named(before),
        "new": named(after),
        "erased": next((named(one) for one in (before, after) if document_of(one) is None), ""),
        "difference": difference(before, after),
        "marks": marks,
        "marks_url": page if marks else f"{page}?marks=1",
        "swap_url": reverse("reviews:compare-any", args=[new, old]),
    }
    return render(request, "reviews/compare.html", context)
