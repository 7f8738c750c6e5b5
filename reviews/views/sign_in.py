"""Who may enter the desk, and what happens to what they typed when they may not (any more)."""

from functools import wraps

from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from articles import kept
from articles.models import Person
from reviews.forms import HIDDEN, opened_page


def desk(view):
    """Let in reviewers only, as `request.person`; what they see is stored nowhere and indexed by nobody.

    A signed-out visitor signs in first. What a POST carried is kept meanwhile, and restored, never acted upon: the
    claim may be lost by now, and another person may sit here.
    """

    @wraps(view)
    @never_cache
    @sensitive_post_parameters("password")
    def guarded(request, *args, **kwargs):
        response = _enter(request) or view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        return response

    return guarded


def _enter(request):
    """Set `request.person` and return None, or return the page for who may not come in."""
    if not request.user.is_authenticated:
        if request.method != "POST" or not kept.can_be_restored(request):
            return redirect_to_login(request.get_full_path())
        form = AuthenticationForm(request, data=request.POST if "username" in request.POST else None)
        if not form.is_valid():
            return _sign_in_again(request, form)
        login(request, form.get_user())
        request.POST = request.POST.copy()
        request.POST[kept.RESTORE] = "1"
    if not request.user.has_perm("reviews.decide_review"):
        if request.POST.get("note"):
            return _kept(
                request,
                headline="You may not decide reviews",
                explanation="The account you signed in with has no right to decide reviews. Nothing was decided.",
                may_restore=False,
            )
        raise PermissionDenied
    request.person = Person.objects.of(request.user)
    request.person.account = request.user  # loaded already, with its permissions
    return None


def _sign_in_again(request, form):
    context = {
        "form": form,
        "kept_fields": kept.typed(request, but=kept.SIGN_IN),
        "note": request.POST.get("note", ""),
        "who": opened_page(request.POST.get("page", "")).name,
    }
    return render(request, "reviews/sign_in_again.html", context, status=401)


@never_cache
def csrf_failure(request, reason=""):
    """Answer a POST without a valid CSRF token, on any page of the site: nothing is done and nothing typed is lost.

    The usual cause is a page from before the last sign-in. A view that can be restored gets the fields again at the
    press of one button; for any other they are shown, to be copied.
    """
    response = _kept(
        request,
        headline="Your page was too old",
        explanation="You signed in or out after this page was opened, or cookies are off. Nothing was done.",
        may_restore=kept.can_be_restored(request),
    )
    response["X-Robots-Tag"] = "noindex"
    return response


def _kept(request, *, headline, explanation, may_restore):
    context = {
        "headline": headline,
        "explanation": explanation,
        "may_restore": may_restore,
        "kept_fields": kept.typed(request),
        "typed": [
            (name.replace("_", " ").capitalize(), value)
            for name, value in kept.typed(request, but=HIDDEN)
            if value.strip()
        ],
        "again_url": request.get_full_path(),
    }
    return render(request, "reviews/csrf.html", context, status=403)
