"""What all pages that work on one article have in common."""

from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from articles.kept import restorable
from articles.models import Article, Person
from reviews.models import Decision, Review


def verdicts_on_latest():
    """Standing verdicts on the latest text of the article around, under whatever number it was judged."""
    return Decision.objects.standing().on(OuterRef("pk"), OuterRef("latest_revision__text"))


def with_standing(articles):
    """Add what `standing` needs: whether a seat is open, and the last verdict on the latest text."""
    seats = Review.objects.open().filter(article=OuterRef("pk"))
    last = verdicts_on_latest().order_by("-pk").values("verdict")[:1]
    return articles.annotate(waits=Exists(seats), last_verdict=Subquery(last))


def standing(article):
    """Return [(kind, words)] of where an article stands.

    While a seat is open nobody learns here how another was decided (blind seats, P5).
    """
    words = [(article.state.split(",")[0], article.state)]
    if article.candidate_id:
        words.append(("candidate", "new source text"))
    if article.waits:
        words.append(("waiting", "waiting for review"))
    elif article.last_verdict == Decision.Verdict.APPROVE and article.state != "live":
        words.append(("approved", "approved"))
    elif article.last_verdict in (Decision.Verdict.REQUEST_CHANGES, Decision.Verdict.REJECT):
        words.append(("sent-back", Decision.Verdict(article.last_verdict).label))
    return words


def article_or_404(pk):
    articles = Article.objects.select_related(
        "latest_revision__text",
        "latest_revision__person",
        "candidate__text",
        "current_release__revision__text",
    )
    return get_object_or_404(with_standing(articles), pk=pk)


def of_article(*rights):
    """Make `view(admin, request, article)` a view of one article for whoever has all of `rights`."""

    def decorate(view):
        def bound(model_admin):
            @wraps(view)
            @never_cache
            def shown(request, pk):
                if not request.user.has_perms(rights):
                    raise PermissionDenied
                request.person = Person.objects.of(request.user)
                response = view(model_admin, request, article_or_404(pk))
                response["X-Robots-Tag"] = "noindex"
                return response

            return restorable(shown)

        return bound

    return decorate


def change_url(article):
    return reverse("admin:articles_article_change", args=[article.pk])


def show(model_admin, request, template, article, status=200, **context):
    """Answer with one of the article's pages."""
    user = request.user
    tools = [
        (name, label)
        for name, label, right, when in (
            ("preview", "Preview", "articles.view_article", True),
            ("release", "Release", "articles.release_article", article and article.latest_revision_id),
            ("rollback", "Roll back", "articles.release_article", article and article.current_release_id),
            ("withdraw", "Withdraw", "articles.release_article", article and article.is_public),
            ("flag", "Flag for review", "articles.change_article", True),
            ("talk", "Conversation", "articles.change_article", article and article.latest_revision_id),
            ("candidate", "New source text", "articles.change_article", article and article.candidate_id),
            ("archive", "Archive", "articles.change_article", article and not article.is_public),
        )
        if article and when and user.has_perm(right)
    ]
    base = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "article": article,
        "standing": standing(article) if article else [],
        "tools": [(reverse(f"admin:article-{name}", args=[article.pk]), label) for name, label in tools]
        if article
        else [],
        "has_view_permission": True,
    }
    return TemplateResponse(request, f"admin/articles/article/{template}", base | context, status=status)


def done(request, article, message):
    """Say what was done and go back to the article."""
    messages.success(request, message)
    return redirect(change_url(article))


def may_still_judge(user, article):
    """Say whether a seat is open that this user may sit on: how others judged is not for them yet (blind seats, P5)."""
    seats = Review.objects.open().of_text(article.latest_revision)
    return user.has_perm("reviews.decide_review") and seats.for_judging_by(Person.objects.of(user)).exists()
