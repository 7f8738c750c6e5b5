"""What an editor does with an article: flag, release, roll back, withdraw, archive, take a candidate, revoke.

Each is one page with one form. What a verb refuses is said on the page, with everything typed kept.
"""

from django import forms
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from articles.kept import is_restoring
from articles.models import Release, TextErased
from reviews import checks, erasure, gate, intake, release
from reviews.admin.page import done, of_article, show
from reviews.diff import compare
from reviews.errors import NotDone
from reviews.models import Comment, Decision
from reviews.reading import did
from reviews.templatetags.desk import moment


def _area(rows):
    return forms.Textarea(attrs={"rows": rows, "class": "vLargeTextField", "dir": "auto"})


class ReasonForm(forms.Form):
    reason = forms.CharField(widget=_area(3), help_text="Kept for ever, with your name.")


class FlagForm(forms.Form):
    detail = forms.CharField(
        widget=_area(3), required=False, label="Why", help_text="The reviewer reads it first."
    )


class ReleaseForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput)
    revision = forms.ModelChoiceField(queryset=None, empty_label=None, widget=forms.HiddenInput)
    version = forms.CharField(max_length=32)
    owner = forms.CharField(max_length=200, help_text="Who answers for it.")
    expected_result = forms.CharField(widget=_area(3), help_text="What should be different afterwards.")
    rollback_note = forms.CharField(widget=_area(3), help_text="How to take it back, and what depends on it.")
    commands = forms.CharField(widget=_area(3), required=False, help_text="Evidence, one a line.")
    figures = forms.CharField(widget=_area(3), required=False, help_text="Evidence, one a line.")
    assumptions = forms.CharField(widget=_area(3), required=False, help_text="Evidence, one a line.")

    def evidence(self):
        return {
            name: [line.strip() for line in self.cleaned_data[name].splitlines() if line.strip()]
            for name in release.EVIDENCE
        }


class EraseForm(ReasonForm):
    reason = forms.CharField(
        widget=_area(3), help_text="Kept for ever, with your name: do not repeat in it what is to go."
    )


class RollbackForm(ReasonForm):
    seen = forms.IntegerField(widget=forms.HiddenInput)
    to = forms.ModelChoiceField(queryset=None, label="Show again", widget=forms.RadioSelect, empty_label=None)
    field_order = ["to", "reason", "seen"]


class WithdrawForm(ReasonForm):
    seen = forms.IntegerField(widget=forms.HiddenInput)


class CandidateForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput)


def _page(
    model_admin, request, article, form, *, title, act, error="", closed=(), template="act.html", **context
):
    """Show one form. `act` is the label of its button.

    `closed` says why it cannot be done now: then there is no button, and no form but for what was typed already.
    """
    status = 409 if error else 422 if form.errors else 200
    reasons = [] if error else list(closed)  # a refusal names them itself
    if is_restoring(request):
        error, status = "This is what was typed. Nothing was done yet.", 200
    return show(
        model_admin,
        request,
        template,
        article,
        status=status,
        title=title,
        form=form,
        act=act,
        error=error,
        is_closed=bool(closed),
        reasons=reasons,
        **context,
    )


def _acts(request, form):
    """Say whether this request asks for the act itself, with a form that is filled in."""
    return request.method == "POST" and not is_restoring(request) and form.is_valid()


@of_article("articles.view_article", "articles.change_article")
def flag(model_admin, request, article):
    form, error = FlagForm(request.POST or None), ""
    if _acts(request, form):
        try:
            intake.flag(article.latest_revision, by=request.person, detail=form.cleaned_data["detail"])
            return done(request, article, "It waits for review now.")
        except NotDone as refused:
            error = str(refused)
    return _page(
        model_admin,
        request,
        article,
        form,
        title="Flag for review",
        act="Send it to review",
        error=error,
    )


@of_article("articles.view_article", "articles.release_article")
def release_it(model_admin, request, article):
    """The one form of a release. `?revision=` names another revision than the latest."""
    wanted = request.POST.get("revision") or request.GET.get("revision") or article.latest_revision_id
    revision = get_object_or_404(article.revisions.with_text(), pk=wanted if str(wanted).isdecimal() else 0)
    checks.catch_up(revision)
    verdict = gate.look(revision)
    proposal = release.propose(article, revision) if revision.text.data is not None else None
    last = article.current_release
    form = ReleaseForm(
        request.POST or None,
        initial={
            "seen": revision.digest,
            "revision": revision.pk,
            "version": proposal.version if proposal else "",
            "owner": (last.owner if last else "") or article.owner,
        },
    )
    form.fields["revision"].queryset = article.revisions.all()
    error = ""
    if _acts(request, form):
        said = form.cleaned_data
        try:
            new = release.release(
                article,
                by=request.person,
                revision=revision,
                seen=said["seen"],
                version=said["version"],
                owner=said["owner"],
                expected_result=said["expected_result"],
                rollback_note=said["rollback_note"],
                evidence=form.evidence(),
            )
            return done(request, article, f"Version {new.version} is public: {article.get_absolute_url()}")
        except NotDone as refused:
            error = str(refused)
    old = article.current_release.revision if article.is_public else None
    closed = list(verdict.reasons)
    if article.archived_at:
        closed.insert(0, "This article is archived. Bring it back first.")
    if old and old.pk == revision.pk:
        closed.insert(0, f"This revision is public already, as version {last.version}.")
    return _page(
        model_admin,
        request,
        article,
        form,
        title="Release",
        act="Release it",
        error=error,
        closed=closed,
        template="release.html",
        revision=revision,
        verdict=verdict,
        proposal=proposal,
        difference=_difference(old, revision),
    )


@of_article("articles.view_article", "articles.release_article")
def rollback(model_admin, request, article):
    current = article.current_release
    form = RollbackForm(request.POST or None, initial={"seen": current.n if current else 0})
    earlier = Release.objects.filter(article=article, revision__isnull=False).newest()
    form.fields["to"].queryset = earlier.exclude(pk=current.pk if current and current.is_public else None)
    form.fields["to"].label_from_instance = lambda one: (
        f"{one.version}, {moment(one.released_at)} ({one.kind})"
    )
    closed, error = [], ""
    if article.archived_at:
        closed = ["This article is archived. Bring it back first."]
    elif not form.fields["to"].queryset.exists():
        closed = ["There is no earlier version that could be shown again."]
    if _acts(request, form):
        said = form.cleaned_data
        try:
            new = release.rollback(
                article, by=request.person, to=said["to"], reason=said["reason"], seen=said["seen"]
            )
            return done(request, article, f"Version {new.version} shows {said['to'].version} again.")
        except NotDone as refused:
            error = str(refused)
    return _page(
        model_admin,
        request,
        article,
        form,
        title="Roll back",
        act="Roll back",
        error=error,
        closed=closed,
    )


@of_article("articles.view_article", "articles.release_article")
def withdraw(model_admin, request, article):
    current = article.current_release
    form, error = WithdrawForm(request.POST or None, initial={"seen": current.n if current else 0}), ""
    if _acts(request, form):
        said = form.cleaned_data
        try:
            release.withdraw(article, by=request.person, reason=said["reason"], seen=said["seen"])
            return done(request, article, "Withdrawn. Readers no longer see it; nothing is lost.")
        except NotDone as refused:
            error = str(refused)
    return _page(
        model_admin,
        request,
        article,
        form,
        title="Withdraw",
        act="Withdraw it",
        error=error,
        closed=[] if article.is_public else ["This article is not public; there is nothing to withdraw."],
    )


@of_article("articles.view_article", "articles.change_article")
def archive(model_admin, request, article):
    form, error = forms.Form(request.POST if request.method == "POST" else None), ""
    archived = article.archived_at is not None
    if request.method == "POST" and not is_restoring(request):
        try:
            (intake.unarchive if archived else intake.archive)(article)
            return done(request, article, "It is back." if archived else "Archived. Nothing is deleted.")
        except NotDone as refused:
            error = str(refused)
    return _page(
        model_admin,
        request,
        article,
        form,
        title="Bring back" if archived else "Archive",
        act="Bring it back" if archived else "Archive it",
        error=error,
        closed=["Readers see this article now. Withdraw it first, then archive it."]
        if article.is_public
        else [],
    )


@of_article("articles.view_article", "articles.change_article")
def candidate(model_admin, request, article):
    """The source's newer text beside a person's edit: what the source changed, and how it differs from the latest."""
    new = article.candidate
    form = CandidateForm(request.POST or None, initial={"seen": new.digest if new else ""})
    error = ""
    if _acts(request, form):
        try:
            if "dismiss" in request.POST:
                intake.dismiss(article, seen=form.cleaned_data["seen"])
                return done(request, article, "Put aside. It stays in the history.")
            revision = intake.adopt(article, by=request.person, seen=form.cleaned_data["seen"])
            return done(request, article, f"Taken over as revision {revision.number}.")
        except NotDone as refused:
            error = str(refused)
    source = article.revisions.filter(origin="import").with_text().newest().first()
    return _page(
        model_admin,
        request,
        article,
        form,
        title="New source text",
        act="Take it over",
        error=error,
        closed=[] if new else ["No newer text of the source waits here."],
        template="candidate.html",
        against_source=_difference(source, new),
        against_latest=_difference(article.latest_revision, new),
    )


def _difference(old, new):
    """Return the difference between two revisions, or None where one is missing or was erased."""
    try:
        return compare(old.document.data, new.document.data) if old and new else None
    except TextErased:
        return None


@of_article("articles.view_article", "reviews.view_decision")
def revoke(model_admin, request, article):
    """Take a decision back: one's own, or any with the right to. `?decision=` names it."""
    wanted = request.POST.get("decision") or request.GET.get("decision", "")
    decisions = Decision.objects.standing().filter(article=article).select_related("person", "revision")
    decision = get_object_or_404(decisions, pk=wanted if wanted.isdecimal() else 0)
    if decision.person != request.person and not request.user.has_perm("reviews.revoke_decision"):
        raise PermissionDenied
    form, error = ReasonForm(request.POST or None), ""
    if _acts(request, form):
        try:
            decision.revoke(by=request.person, reason=form.cleaned_data["reason"])
            return done(request, article, "Revoked. A fresh seat is open where one is needed.")
        except NotDone as refused:
            error = str(refused)
    return _page(
        model_admin,
        request,
        article,
        form,
        title=f"Revoke: {decision.person} {did(decision)} revision {decision.revision.number}",
        act="Revoke it",
        error=error,
        hidden={"decision": decision.pk},
    )


@of_article("articles.view_article", "articles.add_erasure")
def erase(model_admin, request, article):
    """Erase the bytes of a text (`?revision=`) or what was said with a decision or in a thread, for a reason.

    `?decision=` names the decision, `?comment=` the comment.
    """
    asked = request.POST if request.method == "POST" else request.GET
    revision, decision = asked.get("revision", ""), asked.get("decision", "")
    if asked.get("comment", "").isdecimal():
        rows = Comment.objects.filter(thread__article=article).exclude(note=None).visible_to(request.person)
        comment = get_object_or_404(rows.select_related("note", "person"), pk=asked["comment"])
        title, hidden = f"Erase what {comment.person} said", {"comment": comment.pk}
        verb, thing, gone = erasure.erase_note, comment.note, comment.note.text is None
    elif decision.isdecimal():
        rows = Decision.objects.filter(article=article).exclude(note=None).visible_to(request.person)
        decision = get_object_or_404(rows.select_related("note", "person"), pk=decision)
        title, hidden = f"Erase what {decision.person} wrote", {"decision": decision.pk}
        verb, thing, gone = erasure.erase_note, decision.note, decision.note.text is None
    else:
        revision = get_object_or_404(
            article.revisions.with_text(), pk=revision if revision.isdecimal() else 0
        )
        title, hidden = f"Erase the text of revision {revision.number}", {"revision": revision.pk}
        verb, thing, gone = erasure.erase_text, revision.text, revision.text.data is None
    form, error = EraseForm(request.POST or None), ""
    if _acts(request, form):
        try:
            verb(thing, by=request.person, reason=form.cleaned_data["reason"])
            return done(request, article, "Erased. Its digest, the reason and a ledger entry remain.")
        except NotDone as refused:
            error = str(refused)
    is_shown = article.is_public and thing == article.current_release.revision.text
    closed = ["This was erased before; nothing of it is left."] if gone else []
    closed += ["Readers see this text now. Withdraw the article first."] if is_shown else []
    return _page(
        model_admin,
        request,
        article,
        form,
        title=title,
        act="Erase it for ever",
        error=error,
        closed=closed,
        hidden=hidden,
    )


VIEWS = {
    "flag": flag,
    "release": release_it,
    "rollback": rollback,
    "withdraw": withdraw,
    "archive": archive,
    "candidate": candidate,
    "revoke": revoke,
    "erase": erase,
}
