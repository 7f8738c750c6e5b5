"""Writing and editing an article: every save is a new revision, and nothing typed is lost (P8)."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.shortcuts import redirect

from articles import kept
from articles.addresses import article_path
from articles.kept import is_restoring
from articles.models import Article, Person, Redirect, TextErased
from reviews import checks, gate, intake
from reviews.admin.page import article_or_404, change_url, may_still_judge, show
from reviews.article_form import ArticleForm
from reviews.conversation import Conversation
from reviews.diff import compare
from reviews.errors import NotDone, Stale
from reviews.lookalikes import look_alikes
from reviews.models import Decision, Finding, Review, Skip
from reviews.reading import decision_row

RESTORED = "This is what was typed. Nothing is saved yet: save it if you still want to."
STALE = (
    "Somebody saved another revision while you were writing. Yours is kept in the form, joined with theirs where you "
    "changed nothing; what they changed stands below. Read it, then save again."
)


def change(model_admin, request, pk):
    """Show the article as a form, and save what comes back as a new revision."""
    article = article_or_404(int(pk) if str(pk).isdecimal() else 0)
    if not request.user.has_perm("articles.view_article") and not request.user.has_perm(
        "articles.change_article"
    ):
        raise PermissionDenied
    may_edit = request.user.has_perm("articles.change_article")
    try:
        data = article.latest_revision.document.data
    except TextErased:
        return show(model_admin, request, "erased.html", article, typed=kept.typed(request))
    known = {"slug": article.slug, "owner": article.owner}
    if request.method != "POST":
        form = ArticleForm(data=data, base=article.latest_revision.digest, **known)
        return _page(model_admin, request, article, form, may_edit=may_edit)
    if not may_edit:
        raise PermissionDenied
    form = ArticleForm(request.POST, data=_data_of_base(article, request.POST.get("base"), data), **known)
    if is_restoring(request):
        messages.warning(request, RESTORED)
        return _page(model_admin, request, article, form)
    document = form.edited() if form.is_valid() else None
    if document is not None:
        _check_address(article, form)
    if document is None or form.errors:
        return _page(model_admin, request, article, form, status=422)
    person = Person.objects.of(request.user)
    try:
        with transaction.atomic():
            revision = intake.edit(article, document, by=person, seen=request.POST.get("base", ""))
            moved = _move(article, form)
    except Stale:
        return _stale(model_admin, request, article_or_404(article.pk), form)
    except IntegrityError:
        form.add_error("slug", "Another article took this address at this moment: choose another.")
        return _page(model_admin, request, article, form, status=409)
    except NotDone as refused:
        form.add_error(None, str(refused))
        return _page(model_admin, request, article, form, status=409)
    if revision:
        messages.success(request, f"Saved as revision {revision.number}.")
        if revision.requirements.exists():
            messages.info(request, "It waits for review now.")
    elif not moved:
        messages.info(request, "Nothing changed, so nothing was saved.")
    return redirect(change_url(article))


def _data_of_base(article, base, latest):
    """Return the document the form went out with, so that what came back can be told from what was typed."""
    revision = article.revisions.filter(text=base).with_text().newest().first() if base else None
    try:
        return revision.document.data if revision else latest
    except TextErased:
        return latest


def _stale(model_admin, request, article, form):
    """Show both texts: theirs as a difference, ours in the form, joined with theirs where we changed nothing."""
    theirs = article.latest_revision.document.data
    posted = request.POST.copy()
    posted["base"] = article.latest_revision.digest
    fresh = ArticleForm(data=theirs, base=article.latest_revision.digest)
    mine = set(form.changed_parts())
    for name, text in fresh.shown.items():
        if name not in mine:
            posted[name] = text
    if "flags" not in mine:
        posted.setlist("flags", fresh.flags_on)
    joined = ArticleForm(posted, data=theirs, slug=article.slug, owner=article.owner)
    # Where theirs is of a shape its field cannot hold, the field is closed, and mine stands beside it.
    unshown = [
        (form.fields[name].label or name.replace("_", " "), form.cleaned_data[name])
        for name in form.changed_parts()
        if joined.fields[name].disabled
    ]
    messages.error(request, STALE)
    difference = compare(form.document, theirs)
    return _page(model_admin, request, article, joined, status=409, difference=difference, unshown=unshown)


def _check_address(article, form):
    slug = form.cleaned_data.get("slug") or article.slug
    if slug in (article.slug, form.cleaned_data["slug_was"]):
        return
    taken = Article.objects.filter(slug=slug).exclude(pk=article.pk).exists()
    leads_elsewhere = Redirect.objects.filter(path=article_path(slug)).exclude(article=article).exists()
    if taken or leads_elsewhere:
        form.add_error("slug", "Another article has this address, or had it: choose another.")


def _move(article, form):
    """Change address and owner, which are the article's and no revision's. Returns whether anything changed."""
    said = form.cleaned_data
    # What the editor left as it was stays as it is, since a colleague may have changed it meanwhile.
    slug = said["slug"] if said.get("slug") and said["slug"] != said["slug_was"] else article.slug
    owner = said["owner"] if said["owner"] != said["owner_was"].strip() else article.owner
    if (slug, owner) == (article.slug, article.owner):
        return False
    article.rename(slug=slug, owner=owner)
    return True


def _page(model_admin, request, article, form, *, status=200, may_edit=True, difference=None, unshown=()):
    findings = Finding.objects.filter(run__revision=article.latest_revision, run__version=checks.VERSION)
    seats = (
        Review.objects.open()
        .of_text(article.latest_revision)
        .select_related("claimed_by")
        .prefetch_related(Prefetch("skips", Skip.objects.select_related("person")))
    )
    return show(
        model_admin,
        request,
        "change.html",
        article,
        status=status,
        title=article.latest_revision.title,
        form=form,
        may_edit=may_edit,
        findings=findings.order_by("number"),
        look_alikes=look_alikes(article.latest_revision),
        seats=seats,
        sent_back=_sent_back(request.user, article.latest_revision),
        verdict=gate.look(article.latest_revision),
        blind=may_still_judge(request.user, article),
        threads=_threads(request, article.latest_revision) if may_edit else [],
        unshown=unshown,
        difference=difference,
    )


def _sent_back(user, revision):
    """Return who asked for changes to this text or rejected it, and in which words, as far as this person may know."""
    if not user.has_perm("reviews.view_decision"):
        return []
    verdicts = Decision.objects.standing().on(revision.article_id, revision.digest)
    decisions = (
        verdicts.exclude(verdict=Decision.Verdict.APPROVE)
        .visible_to(Person.objects.of(user))
        .select_related("person", "note", "revision")
    )
    return [decision_row(decision) for decision in decisions.order_by("-pk")]


def _threads(request, revision):
    return Conversation(revision, revision.document, Person.objects.of(request.user)).threads


def add(model_admin, request):
    """Write an article by hand."""
    if not request.user.has_perm("articles.add_article"):
        raise PermissionDenied
    # The page that is sent names the article it makes, so that sending it twice does not make two.
    source_id = request.POST.get("source_id") or f"desk-{uuid.uuid4().hex[:12]}"
    data = {
        "source_id": source_id,
        "title": "",
        "body": "",
        "lang": settings.ARTICLE_LANG,
        "dir": settings.ARTICLE_DIR,
    }
    form = ArticleForm(request.POST or None, data=data, is_new=True)
    if request.method == "POST" and is_restoring(request):
        messages.warning(request, RESTORED)
    elif request.method == "POST" and form.is_valid():
        document = form.edited()
        if document is not None and not form.errors:
            person = Person.objects.of(request.user)
            try:
                article = intake.write(document, by=person, owner=form.cleaned_data["owner"])
            except NotDone as refused:
                form.add_error("source_id", str(refused))
            else:
                messages.success(request, "Written. Nobody sees it before it is released.")
                return redirect(change_url(article))
    status = 422 if form.errors and not is_restoring(request) else 200
    return show(
        model_admin,
        request,
        "change.html",
        None,
        status=status,
        title="Write an article",
        form=form,
        may_edit=True,
    )
