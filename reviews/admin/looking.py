"""Looking at an article: as readers would see it, through its history, and between any two revisions."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from articles import pages
from articles.models import ArticleReads, Person, Release, Revision, TextErased
from reviews.admin.page import article_or_404, change_url, of_article, show
from reviews.diff import compare
from reviews.models import Decision


def _revision_or_404(article, number):
    """Return a revision of this very article (S1, S3)."""
    revisions = article.revisions.select_related("text", "checklist__checklist")
    return get_object_or_404(revisions, number=number if str(number).isdecimal() else 0)


@of_article("articles.view_article")
def preview(model_admin, request, article):
    """Show a revision (`?revision=` its number, else the latest) as readers would see it."""
    latest = article.latest_revision
    revision = _revision_or_404(article, request.GET.get("revision", latest.number if latest else 0))
    try:
        page = pages.preview_page(article, revision)
    except TextErased:
        return show(model_admin, request, "erased.html", article)
    is_live = article.is_public and article.current_release.revision_id == revision.pk
    band = {
        "number": revision.number,
        "back_url": change_url(article),
        "state": "released, shown here without its links" if is_live else "not released",
    }
    return TemplateResponse(request, "articles/article.html", {"article": page, "preview": band})


def history(model_admin, request, pk):
    """Everything that happened to an article: revisions, decisions, releases."""
    if not request.user.has_perm("articles.view_article"):
        raise PermissionDenied
    article = article_or_404(int(pk) if str(pk).isdecimal() else 0)
    person = Person.objects.of(request.user)
    revisions = (
        article.revisions.select_related("person", "import_run").prefetch_related("requirements").newest()
    )
    decisions = (
        Decision.objects.filter(article=article)
        .visible_to(person)
        .select_related("person", "revision", "note", "revoked_by", "revokes")
        .order_by("-pk")
        if request.user.has_perm("reviews.view_decision")
        else Decision.objects.none()
    )
    may_revoke_any = request.user.has_perm("reviews.revoke_decision")
    rows = [
        {
            "decision": decision,
            "revoked": hasattr(decision, "revoked_by"),
            "may_revoke": decision.verdict != "revoke"
            and not hasattr(decision, "revoked_by")
            and (may_revoke_any or decision.person_id == person.pk),
        }
        for decision in decisions
    ]
    releases = (
        Release.objects.filter(article=article).select_related("person", "revision", "restores").newest()
    )
    return show(
        model_admin,
        request,
        "history.html",
        article,
        title="History",
        reads=ArticleReads.objects.lately(article),
        revisions=revisions,
        may_release=request.user.has_perm("articles.release_article"),
        may_erase=request.user.has_perm("articles.add_erasure"),
        decisions=rows,
        releases=releases,
    )


@of_article("articles.view_article")
def compare_two(model_admin, request, article):
    """The difference between two revisions of this article, by their numbers."""
    old = _revision_or_404(article, request.GET.get("old", "0"))
    new = _revision_or_404(article, request.GET.get("new", "0"))
    try:
        difference = compare(old.document.data, new.document.data)
    except TextErased:
        return show(model_admin, request, "erased.html", article)
    marks = "marks" in request.GET
    numbers = f"?old={old.number}&new={new.number}"
    return show(
        model_admin,
        request,
        "compare.html",
        article,
        title=f"Revision {old.number} and revision {new.number}",
        difference=difference,
        marks=marks,
        marks_url=numbers if marks else f"{numbers}&marks=1",
    )


@of_article("articles.view_article")
def compare_alike(model_admin, request, article):
    """The difference between another article's revision, `?with=` its id, and this one's latest."""
    number = request.GET.get("with", "")
    others = Revision.objects.exclude(article=article).with_text()
    other = get_object_or_404(others, pk=number if number.isdecimal() else 0)
    try:
        difference = compare(other.document.data, article.latest_revision.document.data)
    except TextErased:
        return show(model_admin, request, "erased.html", article)
    marks = "marks" in request.GET
    return show(
        model_admin,
        request,
        "compare.html",
        article,
        title=f"From “{other.title}”, revision {other.number}, to this one",
        difference=difference,
        marks=marks,
        marks_url=f"?with={other.pk}" if marks else f"?with={other.pk}&marks=1",
    )


VIEWS = {"preview": preview, "compare": compare_two, "alike": compare_alike}
