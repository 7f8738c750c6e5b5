"""What reviewers said about an article, beside its text: where the editor answers and resolves."""

from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe

from articles.kept import is_restoring
from articles.rendering import render_parts
from reviews.admin.page import change_url, of_article
from reviews.comparing import document_of, revision_of
from reviews.conversation import Conversation, heard, without_what_was_said
from reviews.errors import NotDone
from reviews.forms import typed_comments
from reviews.views import SeeOther


@of_article("articles.view_article", "articles.change_article")
def talk(model_admin, request, article):
    """Show the latest revision with its threads; a POST opens, answers, resolves or reopens one and leads to it."""
    url = reverse("admin:article-talk", args=[article.pk])
    at, error = request.GET.get("thread"), ""
    if request.method == "POST" and not is_restoring(request):
        # What is said is said beside the text that was on the screen.
        revision = revision_of(article.pk, request.POST.get("revision", ""))
        try:
            thread = heard(request.POST, revision or article.latest_revision, by=request.person)
        except NotDone as refusal:
            error = str(refusal)
        else:
            request.POST = without_what_was_said(request.POST, thread)
            if not typed_comments(request.POST):
                return SeeOther(f"{url}?thread={thread.pk}#thread-{thread.pk}")
            at = thread.pk
    revision = article.latest_revision
    document = document_of(revision)
    talk = Conversation(revision, document, request.person)
    parts = render_parts(document.body) if document else []
    marked = [talk.marked(n, html) for n, (html, _) in enumerate(parts, 1)]
    typed = typed_comments(request.POST)
    context = {
        "article": article,
        "revision": revision,
        "document": document,
        "text": mark_safe("".join(marked)),
        "error": error,
        "kept": bool(typed) and not error,
        "draft": f"{request.person.uuid} talk {article.pk}",
        "comment": talk.fill(typed, request.GET.get("part")),
        "change_url": change_url(article),
        "may_erase": request.user.has_perm("articles.add_erasure"),
        "erase_url": reverse("admin:article-erase", args=[article.pk]),
        **talk.context(url, at, may_open=True),
    }
    return render(request, "reviews/conversation.html", context, status=422 if error else 200)


VIEWS = {"talk": talk}
